//! Files by the path under which a program has them compiled in: `qrc:/icons/a.svg`.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::Place;
use crate::path::TreePath;

/// What one file of the project compiles in. Two programs of one tree may have different files
/// under one resource path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourceSet {
    /// What declares it.
    pub(crate) declared: Place,
    /// The files by resource path, with a leading slash: `/icons/a.svg`.
    pub(crate) files: BTreeMap<String, TreePath>,
}

/// All that is compiled in, in any program of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resources {
    sets: Vec<ResourceSet>,
}

impl Resources {
    /// Takes the sets; of two with the same path, the one nearer to who asks counts, then the
    /// first.
    pub(crate) fn new(sets: Vec<ResourceSet>) -> Self {
        Self { sets }
    }

    /// How many files are compiled in.
    pub(crate) fn len(&self) -> usize {
        self.sets.iter().map(|set| set.files.len()).sum()
    }

    /// What declares the sets.
    pub(crate) fn declared(&self) -> impl Iterator<Item = &Place> {
        self.sets.iter().map(|set| &set.declared)
    }

    /// The file that `qrc:PATH` (with a leading slash) is to what lies in directory `from`.
    pub(crate) fn file(&self, from: &TreePath, path: &str) -> Option<&TreePath> {
        self.nearest(from, |set| set.files.get(path))
    }

    /// The directory of the tree in which everything lies that is directly in the resource
    /// directory `path` (leading slash, none at its end); `None` if that is not one directory.
    pub(crate) fn dir(&self, from: &TreePath, path: &str) -> Option<TreePath> {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        self.nearest(from, |set| {
            let mut dirs = below(set, &prefix)
                .filter(|(rest, _)| !rest.contains('/'))
                .map(|(_, file)| file.parent());
            let first = dirs.next()?;
            dirs.all(|dir| dir == first).then_some(first)
        })
    }

    /// Each file whose resource path begins with `prefix` (leading slash), with the rest of it, in
    /// the sets that count for what lies in `from`.
    pub(crate) fn below<'a>(
        &'a self,
        from: &TreePath,
        prefix: &'a str,
    ) -> BTreeMap<&'a str, &'a TreePath> {
        let mut found = BTreeMap::new();
        for set in self.by_distance(from) {
            for (rest, file) in below(set, prefix) {
                found.entry(rest).or_insert(file);
            }
        }
        found
    }

    fn nearest<'a, T>(
        &'a self,
        from: &TreePath,
        find: impl Fn(&'a ResourceSet) -> Option<T>,
    ) -> Option<T> {
        self.by_distance(from).into_iter().find_map(find)
    }

    /// The sets, those first whose declaration shares most directories with `from`.
    fn by_distance(&self, from: &TreePath) -> Vec<&ResourceSet> {
        let shared = |set: &&ResourceSet| {
            let dir = set.declared.path.parent();
            let both = dir.components().zip(from.components());
            both.take_while(|(a, b)| a == b).count()
        };
        let mut sets: Vec<_> = self.sets.iter().collect();
        sets.sort_by_key(|set| std::cmp::Reverse(shared(set)));
        sets
    }
}

fn below<'a>(
    set: &'a ResourceSet,
    prefix: &'a str,
) -> impl Iterator<Item = (&'a str, &'a TreePath)> {
    set.files
        .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
        .map_while(move |(path, file)| Some((path.strip_prefix(prefix)?, file)))
}
