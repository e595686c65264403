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

/// The documents that may be the first, windows before others: no singleton, without an error, and
/// named by no other document.
fn roots(snapshot: &Snapshot) -> Vec<TreePath> {
    let build_dirs = snapshot.project().build_dirs.iter();
    let aside: Vec<_> = build_dirs.chain(snapshot.stand_in_roots()).collect();
    let mut candidates = Vec::new();
    let mut used = HashSet::new();
    let mut named = HashSet::new();
    for (path, file) in snapshot.files() {
        let Some(document) = file.document() else {
            continue;
        };
        let references = &document.references;
        let own = type_name(path.name());
        let names = references.names.iter().map(AsRef::as_ref);
        used.extend(names.filter(|name| Some(*name) != own));
        let literals = references.literals.iter().map(AsRef::as_ref);
        named.extend(literals.filter_map(|name: &str| name.rsplit('/').next()));
        let is_root = path.kind() == Kind::Document(Language::Qml)
            && !document.singleton
            && document.syntax_error.is_none()
            && !aside.iter().any(|dir| path.is_within(dir));
        if is_root {
            let root = references.shown.types.get("");
            let is_window = root.is_some_and(|root| root.root.ends_with("Window"));
            candidates.push((!is_window, path));
        }
    }
    candidates.retain(|(_, path)| {
        let is_used = type_name(path.name()).is_some_and(|name| used.contains(name));
        !is_used && !named.contains(path.name())
    });
    let sorted: BTreeSet<_> = candidates.into_iter().collect();
    sorted.into_iter().map(|(_, path)| path).collect()
}
