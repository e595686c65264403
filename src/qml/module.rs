//! From a dotted module name to the directory of the tree that holds the module.
//!
//! A module is where a `qmldir` says so with `module My.Module`, or where the engine would
//! look for it below an import root: `My/Module`, or a versioned copy such as `My/Module.2`.
//! This map is kept apart from its sources, so that others (CMake, resource files) can feed it.
//!
//! Qt's own namespaces belong to Qt: a directory takes their place only if its `qmldir`
//! declares the module.

use std::collections::{BTreeMap, BTreeSet};

/// The modules of a tree. Directories are relative to the tree, with `/`; its root is `""`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modules {
    declared: BTreeMap<String, BTreeSet<String>>,
    undeclared: BTreeSet<String>,
    roots: Vec<String>,
}

impl Modules {
    /// Takes every directory that has documents, with the module that its `qmldir` declares,
    /// and the directories below which modules are looked for, first one first.
    pub fn new<'a>(
        directories: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
        roots: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut modules = Self {
            roots: roots.into_iter().map(str::to_owned).collect(),
            ..Self::default()
        };
        for (directory, uri) in directories {
            let directory = directory.to_owned();
            match uri {
                Some(uri) => {
                    let found = modules.declared.entry(uri.to_owned()).or_default();
                    found.insert(directory);
                }
                None => {
                    modules.undeclared.insert(directory);
                }
            }
        }
        modules
    }

    /// The directory that `import uri version` means to a document in directory `from`, if it is
    /// one of the tree. Of several that declare the module, as in a tree with several programs,
    /// it is the nearest.
    pub fn lookup(&self, uri: &str, version: Option<&str>, from: &str) -> Option<&str> {
        let places = self.probe_order(uri, version);
        if let Some(declared) = self.declared.get(uri) {
            let is_copy = |directory: &&String| is_versioned(directory, uri);
            let probed: Vec<_> = places
                .iter()
                .filter_map(|place| declared.get(place))
                .collect();
            // A copy for just this version goes before all others.
            if let Some(copy) = probed.first().filter(|first| is_copy(first)) {
                return Some(copy);
            }
            let rest = declared.iter().filter(|directory| !is_copy(directory));
            let all = probed.into_iter().chain(rest);
            let distance = |directory: &&String| std::cmp::Reverse(shared(directory, from));
            return all.min_by_key(distance).map(String::as_str);
        }
        if belongs_to_qt(uri) {
            return None;
        }
        places
            .iter()
            .find_map(|place| self.undeclared.get(place))
            .map(String::as_str)
    }

    /// Whether nothing can be found.
    pub fn is_empty(&self) -> bool {
        self.declared.is_empty() && self.undeclared.is_empty()
    }

    /// The modules that several directories declare, copies for one version left out.
    pub fn ambiguous(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.declared.iter().filter_map(|(uri, directories)| {
            let directories = directories.iter().map(String::as_str);
            let directories: Vec<_> = directories.filter(|dir| !is_versioned(dir, uri)).collect();
            (directories.len() > 1).then_some((uri.as_str(), directories))
        })
    }

    /// The modules of the tree by name: those that are declared, and those that lie where the
    /// engine would look for them and are named as modules are, each part with a capital.
    pub fn uris(&self) -> BTreeSet<String> {
        let is_name = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase());
        let lying = self.roots.iter().flat_map(|root| {
            self.undeclared.iter().filter_map(move |directory| {
                let below = match root.as_str() {
                    "" => directory.as_str(),
                    root => directory.strip_prefix(root)?.strip_prefix('/')?,
                };
                let is_module = below.split('/').all(is_name) && !below.contains('.');
                is_module.then(|| below.replace('/', "."))
            })
        });
        let lying = lying.filter(|uri| !belongs_to_qt(uri));
        self.declared.keys().cloned().chain(lying).collect()
    }

    /// Where the engine looks for a module: below each root first the copies with the full
    /// version, then those with the major one, then the plain path.
    fn probe_order(&self, uri: &str, version: Option<&str>) -> Vec<String> {
        let parts: Vec<&str> = uri.split('.').collect();
        let mut paths = Vec::new();
        for suffix in suffixes(version) {
            paths.extend(
                (0..parts.len())
                    .rev()
                    .map(|at| with_suffix(&parts, at, &suffix)),
            );
        }
        paths.push(parts.join("/"));
        let below = |root: &String| -> Vec<String> {
            let join = |path: &String| match root.as_str() {
                "" => path.clone(),
                root => format!("{root}/{path}"),
            };
            paths.iter().map(join).collect()
        };
        self.roots.iter().flat_map(below).collect()
    }
}

/// `.2.15` and `.2` for version 2.15.
fn suffixes(version: Option<&str>) -> Vec<String> {
    let Some(version) = version else {
        return Vec::new();
    };
    let major = version.split('.').next().unwrap_or(version);
    let mut suffixes = vec![format!(".{version}"), format!(".{major}")];
    suffixes.dedup();
    suffixes
}

/// `My.2/Mod` for `["My", "Mod"]`, 0 and `.2`.
fn with_suffix(parts: &[&str], at: usize, suffix: &str) -> String {
    let (head, tail) = parts.split_at(at + 1);
    let mut path = head.join("/");
    path.push_str(suffix);
    for part in tail {
        path.push('/');
        path.push_str(part);
    }
    path
}

/// How many directories two paths have in common, from the root.
fn shared(one: &str, other: &str) -> usize {
    let both = one.split('/').zip(other.split('/'));
    both.take_while(|(one, other)| one == other).count()
}

/// Whether `directory` is a copy of the module for one version, as in `My/Mod.2`. It serves
/// no import of another version.
fn is_versioned(directory: &str, uri: &str) -> bool {
    let mut directories = directory.rsplit('/');
    uri.rsplit('.').any(|part| {
        directories
            .next()
            .and_then(|name| name.strip_prefix(part)?.strip_prefix('.'))
            .is_some_and(|version| version.split('.').all(is_number))
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a module is of Qt by its name.
pub(crate) fn belongs_to_qt(uri: &str) -> bool {
    uri.starts_with("Qt") || uri.split('.').next() == Some("QML")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        directories: &[(&str, Option<&str>)],
        import: (&str, Option<&str>),
        expected: Option<&str>,
    ) {
        let modules = Modules::new(directories.iter().copied(), ["", "imports"]);
        assert_eq!(
            modules.lookup(import.0, import.1, ""),
            expected,
            "{import:?} in {directories:?}"
        );
    }

    #[test]
    fn a_module_is_found_where_a_qmldir_declares_it() {
        let declared = [("lib/widgets", Some("My.Mod")), ("My/Mod", None)];
        check(&declared, ("My.Mod", None), Some("lib/widgets"));
        check(&declared, ("My.Mod", Some("2.0")), Some("lib/widgets"));
        check(&declared, ("My", None), None);
        check(&[("My/Mod", Some("Other"))], ("My.Mod", None), None);
    }

    #[test]
    fn an_undeclared_module_is_found_below_the_roots_in_order() {
        check(&[("My/Mod", None)], ("My.Mod", None), Some("My/Mod"));
        check(
            &[("imports/My/Mod", None)],
            ("My.Mod", None),
            Some("imports/My/Mod"),
        );
        check(
            &[("imports/My/Mod", None), ("My/Mod", None)],
            ("My.Mod", None),
            Some("My/Mod"),
        );
        check(&[("src/My/Mod", None)], ("My.Mod", None), None);
        check(&[], ("My.Mod", None), None);
    }

    #[test]
    fn of_several_directories_with_one_name_the_nearest_counts() {
        let declared = [
            ("one/src/app", Some("App")),
            ("two/src/app", Some("App")),
            ("App", Some("App")),
        ];
        let modules = Modules::new(declared, [""]);
        for (from, expected) in [
            ("one/src/pages", "one/src/app"),
            ("two", "two/src/app"),
            ("two/src/app", "two/src/app"),
            ("three", "App"),
            ("", "App"),
        ] {
            assert_eq!(modules.lookup("App", None, from), Some(expected), "{from}");
        }
        assert_eq!(
            modules.ambiguous().collect::<Vec<_>>(),
            [("App", vec!["App", "one/src/app", "two/src/app"])]
        );
    }

    #[test]
    fn modules_are_known_by_name() {
        let directories = [
            ("app", Some("My.App")),
            ("My/Mod", None),
            ("imports/Other", None),
            ("pages", None),
            ("My/Mod.2", None),
            ("QtThings", None),
            ("", None),
        ];
        let uris = Modules::new(directories, ["", "imports"]).uris();
        assert_eq!(
            uris.into_iter().collect::<Vec<_>>(),
            ["My.App", "My.Mod", "Other"]
        );
    }

    #[test]
    fn versioned_copies_are_probed_in_the_engine_s_order() {
        let order = ["My/Mod.2.0", "My.2.0/Mod", "My/Mod.2", "My.2/Mod", "My/Mod"];
        for at in 0..order.len() {
            let present: Vec<_> = order[at..].iter().map(|path| (*path, None)).collect();
            check(&present, ("My.Mod", Some("2.0")), Some(order[at]));
            let declared: Vec<_> = order[at..]
                .iter()
                .map(|path| (*path, Some("My.Mod")))
                .collect();
            check(&declared, ("My.Mod", Some("2.0")), Some(order[at]));
            check(&declared, ("My.Mod", None), Some("My/Mod"));
        }
    }

    #[test]
    fn a_copy_for_one_version_serves_no_other() {
        check(
            &[("My/Mod.2", Some("My.Mod"))],
            ("My.Mod", Some("1.0")),
            None,
        );
        check(&[("My.2/Mod", Some("My.Mod"))], ("My.Mod", None), None);
        check(
            &[("My/Mod.2", Some("My.Mod"))],
            ("My.Mod", Some("2.7")),
            Some("My/Mod.2"),
        );
        check(
            &[("src/mod.2", Some("My.Mod"))],
            ("My.Mod", Some("1.0")),
            Some("src/mod.2"),
        );
    }

    #[test]
    fn the_namespaces_of_qt_are_taken_from_the_tree_only_when_declared() {
        for uri in [
            "QtQuick",
            "QtQuick.Controls",
            "Qt.labs.platform",
            "QML",
            "QtWebSockets",
        ] {
            let path = uri.replace('.', "/");
            check(&[(&path, None)], (uri, None), None);
            check(&[(&path, Some(uri))], (uri, Some("2.15")), Some(&path));
        }
        check(
            &[("QMLTricks", None)],
            ("QMLTricks", None),
            Some("QMLTricks"),
        );
    }
}
