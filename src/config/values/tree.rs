//! Paths and patterns of the tree, and what of it is renewed.

use std::fmt;
use std::path::Path;

use ignore::gitignore::GitignoreBuilder;

use super::{Value, words};
use crate::path::TreePath;
use crate::tree::generation::Granularity;

words!(Granularity: "document" = Document, "tree" = Tree);

impl Value for TreePath {
    fn expected() -> String {
        r#"a path below the tree, relative, without "..", "\" or ":""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        let relative = !text.starts_with('/') && text.split('/').all(|part| part != "..");
        let path = relative.then(|| TreePath::parse(text).ok()).flatten();
        path.filter(|path| !path.is_root())
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.as_str().into())
    }
}

/// A line of a `.gitignore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IgnorePattern(String);

impl fmt::Display for IgnorePattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Value for IgnorePattern {
    fn expected() -> String {
        r#"a pattern as in a .gitignore, such as "*.tmp" or "/build/""#.to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        // A blank line and a comment are good lines there, and here a mistake.
        let names_nothing = text.trim().is_empty() || text.starts_with('#');
        let one_line = !text.contains(['\n', '\r']);
        let compiles = GitignoreBuilder::new("").add_line(None, text).is_ok();
        (one_line && compiles && !names_nothing).then(|| Self(text.to_owned()))
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.0.as_str().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_paths() {
        for (text, expected) in [
            ("main.qml", Some("main.qml")),
            ("./ui//main.qml", Some("ui/main.qml")),
            ("imports/", Some("imports")),
            ("a b#?%ü.qml", Some("a b#?%ü.qml")),
            ("..qml", Some("..qml")),
            ("/main.qml", None),
            ("../main.qml", None),
            ("ui/../../main.qml", None),
            ("..\\main.qml", None),
            ("C:main.qml", None),
            ("http://localhost/main.qml", None),
            ("a\0b", None),
            (".", None),
            ("", None),
        ] {
            let path = <TreePath as Value>::parse(text);
            assert_eq!(path.as_ref().map(TreePath::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn ignore_patterns() {
        for (text, good) in [
            ("*.tmp", true),
            ("/build/", true),
            ("!keep.tmp", true),
            ("\\#real", true),
            ("# nothing", false),
            (" ", false),
            ("a\nb", false),
            ("[z-a]", false),
        ] {
            assert_eq!(IgnorePattern::parse(text).is_some(), good, "{text:?}");
        }
    }
}
