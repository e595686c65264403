//! Which files of the tree a program has compiled in, and under which resource paths.

use crate::path::TreePath;
use crate::tree::file::QMLDIR;

/// Resource folders (`/qt/qml/MyApp`) with the directory of the tree whose files they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Resources {
    /// The longest first.
    folders: Vec<(String, TreePath)>,
}

impl Resources {
    /// The folders and their directories. How a folder is written does not matter:
    /// `qrc:/a`, `:/a`, `/a/` and `/a` are the same.
    pub(crate) fn new(folders: impl IntoIterator<Item = (String, TreePath)>) -> Self {
        let folders = folders.into_iter();
        let mut folders: Vec<_> = folders
            .map(|(folder, dir)| (normal(&folder).to_owned(), dir))
            .collect();
        folders.sort_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
        Self { folders }
    }

    /// The folders, as `/a/b`, with their directories.
    pub(crate) fn folders(&self) -> impl Iterator<Item = (String, &TreePath)> {
        let folders = self.folders.iter();
        folders.map(|(folder, dir)| (format!("/{folder}"), dir))
    }

    /// What a program calls a file of the tree.
    #[must_use]
    pub(crate) fn names_of(&self, path: &TreePath) -> Vec<String> {
        let below = |dir: &TreePath| {
            let rest = path.as_str().strip_prefix(dir.as_str())?;
            let rest = if dir.is_root() {
                Some(rest)
            } else {
                rest.strip_prefix('/')
            };
            rest.filter(|rest| !rest.is_empty())
        };
        let names = self.folders.iter().filter_map(|(folder, dir)| {
            let slash = if folder.is_empty() { "" } else { "/" };
            Some(format!(":/{folder}{slash}{}", below(dir)?))
        });
        // A longer folder may hide what a shorter one would lead to.
        names
            .filter(|name| self.find(name).as_ref() == Some(path))
            .collect()
    }

    /// The modules that these folders are, by where Qt puts and looks for modules: below
    /// `/qt/qml`, or below `/` as it did before Qt 6.5.
    pub(crate) fn modules(&self) -> impl Iterator<Item = (String, TreePath)> {
        self.folders.iter().filter_map(|(folder, dir)| {
            let folder = folder.strip_prefix("qt/qml/").unwrap_or(folder);
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let is_module = folder.split('/').all(|part| {
                part.starts_with(|c: char| c.is_ascii_uppercase()) && part.chars().all(is_name)
            });
            is_module.then(|| (folder.replace('/', "."), dir.clone()))
        })
    }

    /// The path in the tree of what a program asks for as `:/…` or `qrc:/…`. A qmldir stays the
    /// program's, which was made by its build and names its plug-ins.
    #[must_use]
    pub(crate) fn find(&self, asked: &str) -> Option<TreePath> {
        if !asked.starts_with(':') && !asked.starts_with("qrc:") {
            return None;
        }
        let asked = normal(asked);
        if asked.rsplit('/').next() == Some(QMLDIR) {
            return None;
        }
        self.folders.iter().find_map(|(folder, dir)| {
            let rest = asked.strip_prefix(folder.as_str())?;
            let rest = match rest.strip_prefix('/') {
                Some(rest) => rest,
                None if folder.is_empty() => rest,
                None => return None,
            };
            // No way out of the directory. Qt itself asks for `:/a//Type.qml` (measured with 6.12).
            rest.split('/')
                .filter(|name| !name.is_empty())
                .try_fold(dir.clone(), |path, name| path.child(name))
        })
    }
}

/// `qt/qml/MyApp`, however a resource path is written.
fn normal(path: &str) -> &str {
    let path = path.strip_prefix("qrc").unwrap_or(path);
    path.strip_prefix(':').unwrap_or(path).trim_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_found_in_the_tree_and_nothing_beside_it() {
        fn dir(path: &str) -> TreePath {
            TreePath::parse(path).unwrap()
        }
        let resources = Resources::new([
            ("/qt/qml/MyApp".to_owned(), TreePath::root()),
            ("qrc:/qt/qml/MyApp/sub/".to_owned(), dir("else")),
            (":/icons".to_owned(), dir("assets/icons")),
        ]);
        let check = |asked, expected: Option<&str>| {
            assert_eq!(resources.find(asked), expected.map(dir), "{asked}");
        };
        check(":/qt/qml/MyApp/Main.qml", Some("Main.qml"));
        check(":/qt/qml/MyApp//Main.qml", Some("Main.qml"));
        check("qrc:/qt/qml/MyApp/a/b.png", Some("a/b.png"));
        check(":/qt/qml/MyApp/sub/b.png", Some("else/b.png"));
        check(":/icons/x.svg", Some("assets/icons/x.svg"));
        check(":/qt/qml/MyApplication/Main.qml", None);
        check(":/qt/qml/MyApp/../../etc/passwd", None);
        check(":/qt/qml/MyApp", None);
        check("/qt/qml/MyApp/Main.qml", None);
        check(":/qt/qml/MyApp/qmldir", None);
        check("", None);
        let names = |path| resources.names_of(&dir(path));
        assert_eq!(names("Main.qml"), [":/qt/qml/MyApp/Main.qml"]);
        assert_eq!(
            names("else/b.png"),
            [":/qt/qml/MyApp/sub/b.png", ":/qt/qml/MyApp/else/b.png"]
        );
        assert!(names("sub/b.png").is_empty());
        let modules: Vec<_> = resources.modules().collect();
        assert_eq!(modules, [("MyApp".to_owned(), TreePath::root())]);
        let all = Resources::new([("/".to_owned(), TreePath::root())]);
        assert_eq!(all.find(":/a/b.qml"), Some(dir("a/b.qml")));
    }
}
