//! Which document of a tree is its first, where nobody has said so.

use std::collections::{BTreeSet, HashSet};

use super::snapshot::Snapshot;
use crate::path::{Kind, Language, TreePath};
use crate::qml::qmldir::type_name;

/// The names that a first document has, at the top of a tree.
const MAIN: [&str; 2] = ["main.qml", "Main.qml"];

/// What a tree starts with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// The one to show unless another one is asked for.
    pub chosen: Option<TreePath>,
    /// Those that it may be, likeliest first.
    pub choices: Vec<TreePath>,
}

impl Snapshot {
    /// What the tree starts with: what the project names, or `main.qml`, or the only document that
    /// nobody else uses. Of several that the project names, one at the top goes before the others.
    pub fn entries(&self) -> &Entries {
        self.entries.get_or_init(|| find(self))
    }
}

fn find(snapshot: &Snapshot) -> Entries {
    let exists = |path: &TreePath| snapshot.file(path).is_some();
    let mut choices: Vec<_> = Vec::new();
    for entry in &snapshot.project().entries {
        if exists(&entry.document) && !choices.contains(&entry.document) {
            choices.push(entry.document.clone());
        }
    }
    let main: Vec<_> = MAIN
        .iter()
        .filter_map(|name| TreePath::root().child(name))
        .collect();
    let mut at_top = main.into_iter().filter(exists);
    if choices.is_empty() {
        choices.extend(at_top.next());
    }
    if choices.is_empty() {
        choices = roots(snapshot);
    }
    let chosen = match choices.as_slice() {
        [only] => Some(only.clone()),
        several => at_top.find(|main| several.contains(main)),
    };
    Entries { chosen, choices }
}

impl Snapshot {
    /// The QML documents that may stand alone: no singleton, no stand-in, nothing of a build, and of
    /// no type that another document uses. Pages that are loaded by their names are among them.
    pub fn standing_alone(&self) -> Vec<TreePath> {
        let build_dirs = self.project().build_dirs.iter();
        let aside: Vec<_> = build_dirs.chain(self.stand_in_roots()).collect();
        let mut used = HashSet::new();
        let mut found = Vec::new();
        for (path, file) in self.files() {
            let Some(document) = file.document() else {
                continue;
            };
            let own = type_name(path.name());
            let names = document.references.names.iter().map(AsRef::as_ref);
            used.extend(names.filter(|name| Some(*name) != own));
            let is_aside = document.singleton || aside.iter().any(|dir| path.is_within(dir));
            if path.kind() == Kind::Document(Language::Qml) && !is_aside {
                found.push(path);
            }
        }
        found.retain(|path| type_name(path.name()).is_none_or(|name| !used.contains(name)));
        found.sort();
        found
    }
}

/// The documents that may be the first, windows before others: standing alone, without an error, and
/// named by no other document.
fn roots(snapshot: &Snapshot) -> Vec<TreePath> {
    let documents = snapshot.files().filter_map(|(_, file)| file.document());
    let literals = documents.flat_map(|document| &document.references.literals);
    let names = literals.filter_map(|name| name.rsplit('/').next());
    let named: HashSet<&str> = names.collect();
    let mut candidates = BTreeSet::new();
    for path in snapshot.standing_alone() {
        let Some(document) = snapshot.file(&path).and_then(|file| file.document()) else {
            continue;
        };
        if document.syntax_error.is_none() && !named.contains(path.name()) {
            let root = document.references.shown.types.get("");
            let is_window = root.is_some_and(|root| root.root.ends_with("Window"));
            candidates.insert((!is_window, path));
        }
    }
    candidates.into_iter().map(|(_, path)| path).collect()
}
