//! The pictures, the fonts and the types with enumerations of a document's closure, nearest first.

use std::collections::{HashSet, VecDeque};

use super::declared::locate;
use super::index::FileId;
use super::{Graph, Node};
use crate::path::name::parent;
use crate::qml::document::pictures::Key;

/// A picture or a font that a document of a closure names by a literal, or such a document itself,
/// if others may name its enumerations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// The document.
    pub document: &'a str,
    /// The file; it exists.
    pub file: &'a str,
    /// How the document loads it; `None` for a type.
    pub key: Option<Key>,
}

/// Whether it is known under which URL a document loads what has this name: what a URL would write
/// otherwise, or what leads out of the version, is left to the document.
fn is_plain(name: &str) -> bool {
    let path = name.strip_prefix("qrc:");
    let is_absolute = path.is_none() && name.starts_with('/');
    !is_absolute && !path.unwrap_or(name).contains(['%', '?', '#', ':', '\\'])
}

impl Graph {
    /// What the document at `path`, and those that it leads to, name by literals, and which of them
    /// have enumerations. Those come first that are reached in fewer steps.
    pub fn pictures(&self, path: &str) -> Vec<Named<'_>> {
        let Some(first) = self.index.file(path) else {
            return Vec::new();
        };
        let nodes = self.nodes.iter().flatten();
        // Singletons are loaded with the directory that maps them.
        let is_named = |node: &Node| node.document.enumerations && !node.document.singleton;
        let is_wanted = |node: &&Node| !node.document.pictures.is_empty() || is_named(node);
        // A closure may be the whole tree: it is left once nothing is to be found any more.
        let mut left = nodes.filter(is_wanted).count();
        let mut pictures = Vec::new();
        let mut met: HashSet<FileId> = HashSet::from([first]);
        let mut waiting = VecDeque::from([first]);
        while left > 0
            && let Some(file) = waiting.pop_front()
        {
            let Some(node) = self.node(file) else {
                continue;
            };
            left -= usize::from(is_wanted(&node));
            let document = self.index.path(file);
            if is_named(node) && file != first {
                pictures.push(Named {
                    document,
                    file: document,
                    key: None,
                });
            }
            for picture in &node.document.pictures {
                let name = Some(&*picture.source).filter(|name| is_plain(name));
                let path = name.and_then(|name| locate(parent(document), name));
                if let Some(file) = path.and_then(|path| self.index.file(&path)) {
                    pictures.push(Named {
                        document,
                        file: self.index.path(file),
                        key: Some(picture.key),
                    });
                }
            }
            waiting.extend(node.edges().filter(|file| met.insert(*file)));
        }
        pictures
    }
}
