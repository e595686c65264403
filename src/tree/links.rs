//! Directories behind symbolic links: each is on disk once and in the tree at every path that
//! leads to it.
//!
//! The disk is not looked at for the further paths: their directories are those of the real
//! path, shared. Links that lead to each other, as the packages of a workspace do, multiply: a
//! path never passes through one directory twice, short paths come first, and there are no more
//! than [`MOST`].

use std::collections::{BTreeMap, VecDeque};

use super::snapshot::{Draft, within};
use crate::path::TreePath;

/// The most directories that a tree has behind links.
pub const MOST: usize = 2_000;

/// The links to directories, and the directories that they lead to, both by their real paths.
pub type Links = BTreeMap<TreePath, TreePath>;

/// A directory that links lead to.
struct Found {
    /// Where the tree has it.
    at: TreePath,
    /// Where it really is.
    real: TreePath,
    /// The real directories on the way: for each link passed, from where to where.
    way: Vec<(TreePath, TreePath)>,
}

/// Brings what `draft` has behind `links` up to date with the real directories. `is_ignored`
/// says which paths never count. Whether there were more than [`MOST`].
pub fn follow(draft: &mut Draft, links: &Links, is_ignored: &dyn Fn(&TreePath) -> bool) -> bool {
    let mut wanted = BTreeMap::new();
    let mut waiting: VecDeque<Found> = VecDeque::new();
    let mut too_many = false;
    for (link, target) in links {
        waiting.extend(through(
            link.clone(),
            link,
            target,
            &[(TreePath::root(), link.parent())],
        ));
    }
    while let Some(found) = waiting.pop_front() {
        for dir in real_dirs(draft, links, &found.real) {
            let at = moved(&dir, &found.real, &found.at);
            if is_ignored(&at) {
                continue;
            }
            if wanted.len() >= MOST {
                too_many = true;
                break;
            }
            wanted.insert(at, dir);
        }
        if too_many {
            break;
        }
        for (link, target) in within(links, &found.real) {
            let at = moved(link, &found.real, &found.at);
            if !is_ignored(&at) {
                let mut way = found.way.clone();
                way.push((found.real.clone(), link.parent()));
                waiting.extend(through(at, link, target, &way));
            }
        }
    }
    draft.keep_within(links.keys(), &wanted);
    for (at, real) in &wanted {
        draft.share(real, at, &|name| is_ignored(&at.with(name)));
    }
    too_many
}

/// The directory behind a link, unless the way there has passed through it.
fn through(
    at: TreePath,
    link: &TreePath,
    target: &TreePath,
    way: &[(TreePath, TreePath)],
) -> Option<Found> {
    let is_passed =
        |(from, to): &(TreePath, TreePath)| target.is_within(from) && to.is_within(target);
    let leads_on = !way.iter().any(is_passed) && link != target;
    leads_on.then(|| Found {
        at,
        real: target.clone(),
        way: way.to_vec(),
    })
}

/// A real directory and those below it, without what lies behind links.
fn real_dirs(draft: &Draft, links: &Links, real: &TreePath) -> Vec<TreePath> {
    let is_behind_link = |dir: &&TreePath| {
        let up = std::iter::successors(Some((*dir).clone()), |dir| {
            (dir != real && !dir.is_root()).then(|| dir.parent())
        });
        up.into_iter().any(|dir| links.contains_key(&dir))
    };
    let dirs = draft.dirs_within(real);
    dirs.filter(|dir| !is_behind_link(dir)).cloned().collect()
}

/// `path`, which lies in `from`, as it is called below `to`.
fn moved(path: &TreePath, from: &TreePath, to: &TreePath) -> TreePath {
    let rest = path.components().skip(from.components().count());
    rest.fold(to.clone(), |path, name| path.with(name))
}
