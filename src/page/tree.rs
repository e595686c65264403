//! The tree as the page shows it: every file with its state.

use std::collections::HashSet;
use std::sync::{Arc, Weak};

use serde::Serialize;
use serde_json::{Value, json};

use super::Page;
use super::problems::{self, Problem};
use crate::live::Client;
use crate::path::name::parent;
use crate::path::{Kind, Language, TreePath};
use crate::qml::document::references::Computed;
use crate::qml::graph::Graph;
use crate::tree::file::File;
use crate::tree::snapshot::Snapshot;
use crate::tree::version::Version;

/// What is known of a state of the tree; found out once for each.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    of: Weak<Snapshot>,
    /// The documents that are shown, and the one that is by default.
    entries: Vec<TreePath>,
    /// What they lead to; unknown where names are not read.
    reached: Option<Reached>,
    /// Documents that may load anything.
    open: HashSet<String>,
    /// What is wrong with files by themselves.
    pub(super) problems: Vec<Problem>,
}

/// Files, and the directories that they lie in.
#[derive(Debug)]
struct Reached {
    files: HashSet<String>,
    dirs: HashSet<String>,
}

impl Analysis {
    /// Looks at the newest state, unless it is the one that is known.
    pub(super) fn follow(&mut self, page: &Page, snapshot: &Arc<Snapshot>) {
        let is_known = self.of.as_ptr() == Arc::as_ptr(snapshot);
        let mut entries = vec![page.live.entry(snapshot)];
        for client in page.live.clients() {
            if !entries.contains(&client.document) {
                entries.push(client.document);
            }
        }
        if is_known && entries == self.entries {
            return;
        }
        let graph = page.tree.store().graph();
        self.reached = graph.as_deref().map(|graph| {
            let files = graph.reached(entries.iter().map(TreePath::as_str));
            let dirs = files.iter().map(|file| parent(file).to_owned());
            Reached {
                dirs: dirs.collect(),
                files,
            }
        });
        self.entries = entries;
        if is_known {
            return;
        }
        self.of = Arc::downgrade(snapshot);
        self.open = graph.map_or_else(HashSet::new, |graph| open(&graph, snapshot));
        self.problems = problems::of_files(snapshot);
    }

    fn is_reached(&self, path: &TreePath) -> bool {
        let Some(reached) = &self.reached else {
            return true;
        };
        match path.kind() {
            // It is asked for with any document of its directory.
            Kind::Qmldir => reached.dirs.contains(parent(path.as_str())),
            _ => reached.files.contains(path.as_str()),
        }
    }
}

/// The documents that name files in ways that cannot be read off.
fn open(graph: &Graph, snapshot: &Snapshot) -> HashSet<String> {
    let is_open = |path: &TreePath| {
        let freedom = graph.freedom(path.as_str()).unwrap_or_default();
        path.kind().is_document() && freedom.computed > Computed::No
    };
    let paths = snapshot.files().map(|(path, _)| path);
    let open = paths.filter(is_open);
    open.map(|path| path.as_str().to_owned()).collect()
}

/// A file as it is told of.
#[derive(Debug, Serialize)]
pub(crate) struct FileState {
    /// Its path.
    pub path: TreePath,
    /// `qml`, `js`, `qmldir` or `file`.
    pub kind: &'static str,
    hash: Version,
    size: u64,
    /// `fine`, `broken`, or `unused` where nothing that is shown leads to it.
    pub state: &'static str,
    /// Whether it names files in ways that cannot be read off.
    pub open: bool,
}

/// The section of the page.
pub(super) fn section(page: &Page, snapshot: &Snapshot, analysis: &Analysis) -> Value {
    let entry = page.live.entry(snapshot);
    json!({
        "version": snapshot.version(),
        "ready": snapshot.file(&entry).is_some(),
        "choices": page.live.choices(snapshot, &entry),
        "entry": entry,
        "files": files(page, snapshot, analysis),
    })
}

impl Page {
    /// The files of the tree.
    pub(crate) fn files(&self, snapshot: &Arc<Snapshot>) -> Vec<FileState> {
        let mut analysis = Analysis::default();
        analysis.follow(self, snapshot);
        files(self, snapshot, &analysis)
    }
}

fn files(page: &Page, snapshot: &Snapshot, analysis: &Analysis) -> Vec<FileState> {
    let clients = page.live.clients();
    let broken = broken(&clients);
    let files = snapshot.files().map(|(path, file)| FileState {
        kind: kind(&path),
        hash: Version::from_hash(&file.hash.into()),
        size: file.stat.len,
        state: match () {
            () if broken.contains(&path) || is_broken(file) => "broken",
            () if analysis.is_reached(&path) => "fine",
            () => "unused",
        },
        open: analysis.open.contains(path.as_str()),
        path,
    });
    files.collect()
}

fn is_broken(file: &File) -> bool {
    let document = file.document();
    document.is_some_and(|document| document.syntax_error.is_some())
}

/// The files of which connected clients say that they fail with them.
fn broken(clients: &[Client]) -> HashSet<TreePath> {
    let failures = clients.iter().filter_map(|client| client.failed.as_deref());
    let errors = failures.flat_map(|failure| &failure.errors);
    errors.filter_map(|error| error.file.clone()).collect()
}

fn kind(path: &TreePath) -> &'static str {
    match path.kind() {
        Kind::Document(Language::Qml) => "qml",
        Kind::Document(Language::Js | Language::Mjs) => "js",
        Kind::Qmldir => "qmldir",
        Kind::Asset => "file",
    }
}
