//! Which documents are drawn, and what each is given: as a client gets it from the server.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::path::{Kind, Language, TreePath};
use crate::tree::Tree;
use crate::tree::snapshot::Snapshot;

/// The suffix of compiled translations.
const TRANSLATIONS: &str = ".qm";

/// The documents that a person names, by their paths in the tree or from the current directory.
///
/// # Errors
/// One is not there; the message says so.
pub(super) fn named(
    tree: &Tree,
    snapshot: &Snapshot,
    names: &[PathBuf],
) -> Result<Vec<TreePath>, String> {
    let mut found = Vec::new();
    for name in names {
        let in_tree = TreePath::parse(&name.to_string_lossy()).ok();
        let from_here = || {
            let file = env::current_dir().ok()?.join(name);
            tree.root().path_of(&file.canonicalize().ok()?)
        };
        let is_there = |path: &TreePath| {
            path.kind() == Kind::Document(Language::Qml) && snapshot.file(path).is_some()
        };
        let path = in_tree.filter(is_there).or_else(from_here);
        match path.filter(is_there) {
            Some(path) if !found.contains(&path) => found.push(path),
            Some(_) => {}
            None => {
                let shown = name.display();
                return Err(format!("there is no QML document {shown} in the folder"));
            }
        }
    }
    Ok(found)
}

/// All that may stand alone, and what the project names as its first.
pub(super) fn standing_alone(snapshot: &Snapshot) -> Vec<TreePath> {
    let mut found = snapshot.standing_alone();
    found.extend(snapshot.entries().choices.iter().cloned());
    found.sort();
    found.dedup();
    found
}

/// Where a document is, and what it is given.
pub(super) fn given(tree: &Tree, snapshot: &Arc<Snapshot>, base: &str, path: &TreePath) -> Value {
    let generation = snapshot.generations().document(path);
    let url = generation.map_or_else(String::new, |generation| generation.url_path(path));
    let mut pictures = tree.store().pictures(snapshot, path);
    for picture in &mut pictures {
        picture.url.insert_str(0, base);
    }
    let context = snapshot.context_of(path);
    let context = context.map(|(initial, names)| json!({ "initial": initial, "names": names }));
    json!({ "url": format!("{base}{url}"), "pictures": pictures, "context": context })
}

/// The tree's translations into a language: those of `de_DE`, else those of `de`, by the ends of
/// their names.
pub(super) fn translation(tree: &Tree, snapshot: &Snapshot, language: &str) -> Option<PathBuf> {
    let short = language.split('_').next().unwrap_or(language);
    let ends = [language, short].map(|name| format!("_{name}{TRANSLATIONS}"));
    let find = |end: &String| {
        let mut paths = snapshot.files().map(|(path, _)| path);
        paths.find(|path| path.as_str().ends_with(end))
    };
    let found = ends.iter().find_map(find)?;
    Some(tree.root().on_disk(&found)).filter(|file| Path::exists(file))
}
