//! `GET /@qmlserve/page/document?path=FILE`: a document's text, and where its names lead.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Page;
use crate::http::{ErrorAnswer, uncached};
use crate::path::TreePath;
use crate::qml::qmldir::type_name;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// The longest text that is shown, in bytes.
const LONGEST: usize = 1 << 20;

/// Which one.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    path: String,
}

/// A document.
#[derive(Debug, Serialize)]
struct Shown {
    path: TreePath,
    version: Version,
    /// Absent for what is no text.
    text: Option<String>,
    size: u64,
    /// What it imports of the tree.
    imports: Vec<Import>,
    /// The types that it uses of the tree, by name.
    types: BTreeMap<String, TreePath>,
    /// What else it leads to.
    files: Vec<TreePath>,
    /// The documents that lead to it.
    used_by: Vec<TreePath>,
}

#[derive(Debug, Serialize)]
struct Import {
    /// From 1.
    line: u32,
    /// Directories and scripts.
    targets: Vec<TreePath>,
}

/// Shows it, as it is in the newest state.
pub(super) async fn document(
    request: HttpRequest,
    asked: Query<Asked>,
    page: Data<Page>,
) -> HttpResponse {
    let snapshot = page.tree.store().newest();
    let found = TreePath::parse(&asked.path).ok();
    match found.and_then(|path| shown(&page, &snapshot, path)) {
        Some(shown) => uncached(StatusCode::OK).json(shown),
        None => {
            let message = format!("{:?} is not in the tree", asked.path);
            let hint = "name a file of the tree, relative to its top";
            ErrorAnswer::new(StatusCode::NOT_FOUND, message, hint).respond(&request)
        }
    }
}

fn shown(page: &Page, snapshot: &Snapshot, path: TreePath) -> Option<Shown> {
    let file = snapshot.file(&path)?;
    let bytes = file.bytes().filter(|bytes| bytes.len() <= LONGEST);
    let dir = path.parent();
    let imports = file.document().into_iter();
    let imports = imports.flat_map(|document| &document.imports);
    let imports = imports.map(|import| Import {
        line: import.line,
        targets: snapshot.imported(&dir, import),
    });
    let graph = page.tree.store().graph();
    let parsed = |path: &str| TreePath::parse(path).ok();
    let mut types = BTreeMap::new();
    let mut files = Vec::new();
    let mut used_by = Vec::new();
    if let Some(graph) = &graph {
        for target in graph.references(path.as_str()) {
            let Some(target) = parsed(target).filter(|target| *target != path) else {
                continue;
            };
            match type_name(target.name()) {
                Some(name) => _ = types.insert(name.to_owned(), target),
                None => files.push(target),
            }
        }
        let users = snapshot.files().map(|(other, _)| other);
        let is_user = |other: &TreePath| {
            *other != path && graph.references(other.as_str()).contains(&path.as_str())
        };
        used_by.extend(users.filter(is_user));
    }
    Some(Shown {
        version: snapshot.version(),
        text: bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
        size: file.stat.len,
        imports: imports
            .filter(|import| !import.targets.is_empty())
            .collect(),
        types,
        files,
        used_by,
        path,
    })
}
