//! The programs to attach to, and what they have compiled in.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::Value;
use crate::attach::{Resources, Target};
use crate::path::TreePath;

impl Value for Target {
    fn expected() -> String {
        "HOST:PORT, or HOST:PORT=document.qml, such as \"localhost:3768\"".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

/// A table in the file, `FOLDER=DIR` with commas between in a flag or a variable.
impl Value for Resources {
    fn expected() -> String {
        r#"resource folders with their directories below the tree, such as { "/qt/qml/MyApp" = "." }, or "/qt/qml/MyApp=." in a flag"#
            .to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let pairs = text
            .split(',')
            .map(str::trim)
            .filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| {
            let (folder, dir) = pair.rsplit_once('=')?;
            Some((folder.trim().to_owned(), directory(dir.trim())?))
        });
        Some(Self::new(pairs.collect::<Option<Vec<_>>>()?))
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let table = value.get_ref().as_table().ok_or_else(|| value.span())?;
        let pairs = table.iter().map(|(folder, dir)| {
            let dir_of_tree = dir.get_ref().as_str().and_then(directory);
            let dir_of_tree = dir_of_tree.ok_or_else(|| dir.span())?;
            Ok::<_, Range<usize>>((folder.get_ref().to_string(), dir_of_tree))
        });
        Ok(Self::new(pairs.collect::<Result<Vec<_>, _>>()?))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        let entries = self.folders().map(|(folder, dir)| {
            let dir = if dir.is_root() { "." } else { dir.as_str() };
            (folder, dir.into())
        });
        Some(toml::Value::Table(entries.collect()))
    }
}

/// A directory below the tree, or the tree itself.
fn directory(text: &str) -> Option<TreePath> {
    let relative = !text.starts_with('/') && text.split('/').all(|part| part != "..");
    relative.then(|| TreePath::parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_read_from_a_flag_and_written_as_a_table() {
        let resources = Resources::parse("/qt/qml/MyApp=., :/icons=assets/icons").unwrap();
        let written = resources.write(Path::new("/w")).unwrap().to_string();
        assert_eq!(
            written,
            r#"{ "/icons" = "assets/icons", "/qt/qml/MyApp" = "." }"#
        );
        for text in ["/qt", "/qt=../up", "/qt=/abs"] {
            assert_eq!(Resources::parse(text), None, "{text}");
        }
    }
}
