//! The pictures and fonts that a client loads before it makes an entry's objects: those that the
//! documents of its closure name by literals, under the URLs that these will ask for. And the types
//! with enumerations: of a remote type, of which nothing makes an object, `Kind.Value.A` is an error
//! as long as it is not loaded (measured in 5.15, 6.4 and 6.12).

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use serde::Serialize;

use super::snapshot::Snapshot;
use crate::path::TreePath;
use crate::qml::document::pictures::Key;
use crate::qml::graph::Graph;

/// The most files that are named.
const MOST: usize = 100;

/// The largest file that is named, in bytes: what is larger takes longer than anybody waits.
const LARGEST: u64 = 1 << 20;

/// The most bytes of all files together.
const MOST_BYTES: u64 = 8 << 20;

/// What to load, as a client reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// The path and the token, percent-encoded.
    pub url: String,
    /// Width and height of `sourceSize`, 0 where it is not set; absent for what is no picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<(u32, u32)>,
    /// `fillMode`, as far as it matters.
    pub fill: u8,
    /// Whether it is a document, of which the type is wanted.
    #[serde(rename = "type", skip_serializing_if = "std::ops::Not::not")]
    pub is_type: bool,
}

/// What was found last. Every stream of events asks for its entry at each change, most of them for
/// the same one, and finding it takes the whole closure.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The snapshot that it was found in.
    of: Weak<Snapshot>,
    by_entry: HashMap<TreePath, Vec<Picture>>,
}

impl Found {
    /// What `entry` is going to show of `snapshot`, by `graph` if nobody asked before.
    pub(super) fn of_entry(
        &mut self,
        graph: &Graph,
        snapshot: &Arc<Snapshot>,
        entry: &TreePath,
    ) -> Vec<Picture> {
        if snapshot.file(entry).is_none() {
            return Vec::new();
        }
        if self.of.as_ptr() != Arc::as_ptr(snapshot) {
            self.of = Arc::downgrade(snapshot);
            self.by_entry.clear();
        }
        let found = self.by_entry.entry(entry.clone());
        found
            .or_insert_with(|| of_entry(graph, snapshot, entry))
            .clone()
    }
}

/// What `entry` is going to show of `snapshot`, nearest first and within bounds. `graph` may be of
/// a newer state: a picture too many or too few costs a request.
fn of_entry(graph: &Graph, snapshot: &Snapshot, entry: &TreePath) -> Vec<Picture> {
    let mut pictures: Vec<Picture> = Vec::new();
    let mut bytes = 0;
    let mut all = graph.pictures(entry.as_str());
    // Without these there is an error, without others they come later.
    all.sort_by_key(|named| named.key.is_some());
    for named in all {
        let found = (TreePath::parse(named.document), TreePath::parse(named.file));
        let (Ok(document), Ok(path)) = found else {
            continue;
        };
        let generation = snapshot.generations().document(&document);
        let (Some(generation), Some(file)) = (generation, snapshot.file(&path)) else {
            continue;
        };
        let (size, fill) = match named.key {
            None | Some(Key::Font) => (None, 0),
            Some(Key::Image { size, fill }) => (Some(size), fill),
        };
        let picture = Picture {
            url: generation.url_path(&path),
            size,
            fill,
            is_type: named.key.is_none(),
        };
        if file.stat.len > LARGEST || pictures.contains(&picture) {
            continue;
        }
        bytes += file.stat.len;
        if bytes > MOST_BYTES || pictures.len() == MOST {
            break;
        }
        pictures.push(picture);
    }
    pictures
}
