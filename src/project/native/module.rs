//! To which module the types of a header belong, as the build says it: `qt_add_qml_module` in
//! CMake and `QML_IMPORT_NAME` in qmake. Words only; nothing is evaluated.

use std::collections::BTreeSet;

use super::ModuleName;
use crate::path::TreePath;

/// A module that a build file declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredModule {
    /// The build file.
    path: TreePath,
    name: ModuleName,
    /// All words of the declaration; the files of the module are among them.
    words: BTreeSet<String>,
}

impl DeclaredModule {
    /// A module that the build file at `path` declares, of whose files nothing is known.
    pub(crate) fn of_build(path: TreePath, uri: String) -> Self {
        Self {
            path,
            name: ModuleName { uri, major: 1 },
            words: BTreeSet::new(),
        }
    }

    /// The module's name.
    pub(crate) fn name(&self) -> &ModuleName {
        &self.name
    }
}

/// Whether the file at `path` may declare modules, by its name.
pub(crate) fn is_build_file(path: &TreePath) -> bool {
    let name = path.name();
    name == "CMakeLists.txt" || name.ends_with(".pro") || name.ends_with(".pri")
}

/// The modules that the build file at `path` declares.
pub(crate) fn declared_modules(path: &TreePath, text: &str) -> Vec<DeclaredModule> {
    if path.name() == "CMakeLists.txt" {
        in_cmake(path, text)
    } else {
        in_qmake(path, text).into_iter().collect()
    }
}

/// The module of the types in the header at `path`: the one that lists it, else the nearest in the
/// directories above it.
pub(crate) fn module_of<'a>(
    path: &TreePath,
    modules: &'a [DeclaredModule],
) -> Option<&'a ModuleName> {
    let above = modules
        .iter()
        .filter(|module| path.is_within(&module.path.parent()));
    let lists = |module: &&DeclaredModule| {
        let relative = module.path.parent().relative_to(path);
        module.words.contains(&relative)
    };
    let depth = |module: &&DeclaredModule| module.path.components().count();
    let best = above.max_by_key(|module| (lists(module), depth(module)))?;
    Some(&best.name)
}

fn in_cmake(path: &TreePath, text: &str) -> Vec<DeclaredModule> {
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut modules = Vec::new();
    for (at, found) in text.match_indices("add_qml_module") {
        let rest = text
            .get(at + found.len()..)
            .unwrap_or_default()
            .trim_start();
        let Some(inside) = rest
            .strip_prefix('(')
            .and_then(|rest| rest.split(')').next())
        else {
            continue;
        };
        let words: Vec<_> = inside
            .split_whitespace()
            .map(|word| word.trim_matches('"').to_owned())
            .collect();
        let behind = |key: &str| {
            let mut pairs = words.windows(2);
            pairs.find_map(|pair| match pair {
                [word, value] if word == key && !value.contains('$') => Some(value.clone()),
                _ => None,
            })
        };
        let Some(uri) = behind("URI") else { continue };
        let major = behind("VERSION").and_then(|version| version.split('.').next()?.parse().ok());
        modules.push(DeclaredModule {
            path: path.clone(),
            name: ModuleName {
                uri,
                major: major.unwrap_or(1),
            },
            words: words.into_iter().collect(),
        });
    }
    modules
}

/// `QML_IMPORT_NAME = My.Module`
fn in_qmake(path: &TreePath, text: &str) -> Option<DeclaredModule> {
    let value = |key: &str| {
        text.lines().find_map(|line| {
            let value = line
                .trim()
                .strip_prefix(key)?
                .trim_start()
                .strip_prefix('=')?;
            value.split_whitespace().next()
        })
    };
    let uri = value("QML_IMPORT_NAME")?.to_owned();
    let major = value("QML_IMPORT_MAJOR_VERSION").and_then(|major| major.parse().ok());
    Some(DeclaredModule {
        path: path.clone(),
        name: ModuleName {
            uri,
            major: major.unwrap_or(1),
        },
        words: text.split_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_belongs_to_the_module_that_lists_it_or_to_the_nearest() {
        let at = |path: &str| TreePath::parse(path).unwrap();
        let mut modules = declared_modules(
            &at("CMakeLists.txt"),
            "qt_add_qml_module(app URI My.App VERSION 2.1 QML_FILES Main.qml)\nqt6_add_qml_module(b # )\n URI \"My.Lib\"\n SOURCES lib/b.h lib/b.cpp)\nqt_add_qml_module(c URI ${X})",
        );
        modules.extend(declared_modules(
            &at("sub/CMakeLists.txt"),
            "ecm_add_qml_module(s URI Sub VERSION 1.0)",
        ));
        modules.extend(declared_modules(
            &at("old/a.pro"),
            "QT += qml\nQML_IMPORT_NAME = Old.One\nQML_IMPORT_MAJOR_VERSION = 3\n",
        ));
        for (path, expected) in [
            ("lib/b.h", "My.Lib 1"),
            ("sub/x.h", "Sub 1"),
            ("old/src/y.h", "Old.One 3"),
        ] {
            let found = module_of(&at(path), &modules).unwrap();
            assert_eq!(format!("{} {}", found.uri, found.major), expected, "{path}");
        }
        assert!(module_of(&at("a.h"), &modules).is_some());
        assert_eq!(module_of(&at("a.h"), &modules[2..]), None);
    }
}
