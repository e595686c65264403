//! The names that a document is known to ask for.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Node;
use super::declared::locate;
use super::index::Index;
use super::shape::{Shape, unescaped};
use crate::path::TreePath;
use crate::path::name::{decoded, parent, without_query};
use crate::qml::document::references::Pattern;

/// The names that some documents are known to ask for, whether there are such files or not.
#[derive(Debug, Default)]
pub struct Foreseen {
    /// Hashes of paths, sorted. That two paths share one in 64 bits does not happen.
    paths: Vec<u64>,
    /// Partly known names, each with the directory of its document.
    patterns: Vec<(Box<str>, Pattern)>,
}

impl Foreseen {
    pub(super) fn of(index: &Index, node: &Node) -> Self {
        let references = &node.document.references;
        let directory = parent(index.path(node.file));
        let mut paths: Vec<u64> = node.edges().map(|file| hash(index.path(file))).collect();
        paths.push(hash(index.path(node.file)));
        // A name without a suffix that no file has is no name of a file.
        let names = references.literals.iter().filter(|name| name.contains('.'));
        for name in names {
            let name = without_query(name);
            let decoded = decoded(name).and_then(|name| locate(directory, &name));
            let forms = [locate(directory, name), decoded];
            paths.extend(forms.into_iter().flatten().map(|path| hash(&path)));
        }
        let compiled_in = references.patterns.iter();
        let compiled_in =
            compiled_in.flat_map(|pattern| index.matching_compiled_in(directory, pattern));
        paths.extend(compiled_in.map(|path| hash(&path)));
        Self {
            paths,
            patterns: references
                .patterns
                .iter()
                .map(|pattern| (directory.into(), pattern.clone()))
                .collect(),
        }
    }

    /// Adds what others are known to ask for.
    pub fn extend(&mut self, other: Self) {
        self.paths.extend(other.paths);
        self.patterns.extend(other.patterns);
    }

    /// Adds the name of a file.
    pub fn add(&mut self, path: &TreePath) {
        self.paths.push(hash(path.as_str()));
    }

    /// To be called before anything is looked up.
    pub fn sort(&mut self) {
        self.paths.sort_unstable();
        self.paths.dedup();
        self.paths.shrink_to_fit();
    }

    /// Whether one of the documents is known to ask for `path`.
    pub fn contains(&self, path: &TreePath) -> bool {
        self.paths.binary_search(&hash(path.as_str())).is_ok()
    }

    /// Whether `path`, which no file has, fits one of the partly known names.
    pub fn fits(&self, path: &TreePath) -> bool {
        self.patterns.iter().any(|(directory, pattern)| {
            let shapes = [
                Shape::of(directory, pattern),
                Shape::of(directory, &unescaped(pattern)),
            ];
            let mut shapes = shapes.into_iter().flatten();
            shapes
                .any(|shape| path.as_str().starts_with(&shape.prefix) && shape.fits(path.as_str()))
        })
    }
}

fn hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
