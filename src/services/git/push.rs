//! What is let in of a push, and how it comes to be served.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use actix_web::web;
use tracing::{info, warn};

use super::commit;
use super::{Checkout, Deploy, GitError, Quarantine};
use crate::path::TreePath;
use crate::tree::look::Look;
use crate::tree::snapshot::Snapshot;
use crate::tree::{SwitchError, TreeConfig, TreeError};

/// Faults and documents that are named to who pushes.
const NAMED: usize = 10;

/// A branch or tag that is pushed to: what it was, and what it is to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Update {
    pub(super) old: String,
    pub(super) new: String,
    pub(super) name: String,
}

/// Why something is not served.
#[derive(Debug, thiserror::Error)]
pub(super) enum PushError {
    /// For the person who pushes, a line each.
    #[error("{}", .0.join("; "))]
    Refused(Vec<String>),
    /// Git does not do its part.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The folder cannot be exchanged.
    #[error("the folder cannot be exchanged: {0}")]
    Switch(#[from] SwitchError),
    /// What was pushed cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The server has no thread for it.
    #[error("the server is stopping")]
    Stopping,
}

fn refused(line: impl Into<String>) -> PushError {
    PushError::Refused(vec![line.into()])
}

/// What came of a push.
pub(super) struct Served {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) commit: String,
    /// Where that is which somebody wrote into the folder meanwhile.
    pub(super) kept: Option<PathBuf>,
}

/// The updates as git tells them to hooks, a line each.
pub(super) fn updates(input: &str) -> Vec<Update> {
    let read = |line: &str| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        Some(Update {
            old: words.next()?,
            new: words.next()?,
            name: words.next()?,
        })
    };
    input.lines().filter_map(read).collect()
}

/// The name that stands for nothing.
fn is_nothing(name: &str) -> bool {
    name.bytes().all(|byte| byte == b'0')
}

impl Deploy {
    /// Why nothing is kept under this name, if that is so.
    pub(super) fn is_elsewhere(&self, name: &str) -> Option<String> {
        let branch = &self.config.branch;
        (name != self.repository.branch()).then(|| {
            format!(
                "{name} is not served, and not kept: push to {branch} \
                 (git push URL YOUR-BRANCH:{branch}); branch in [git] of qmlserve.toml is its name"
            )
        })
    }

    /// Whether what is pushed may be served; prepares all that takes time. Says what there is.
    pub(super) async fn judge(
        &self,
        push: u64,
        updates: &[Update],
        quarantine: &Quarantine,
    ) -> Result<Option<String>, PushError> {
        let branch = self.repository.branch();
        let Some(update) = updates.iter().find(|update| update.name == branch) else {
            return Ok(None);
        };
        if !self.enter(push) {
            return Err(refused(
                "another push is being served right now; push again when it is done, and pull \
                 first if it was not yours",
            ));
        }
        if is_nothing(&update.new) {
            return Err(refused(format!(
                "{} is what is served and stays; push another commit in its place",
                self.config.branch
            )));
        }
        let goes_on = is_nothing(&update.old)
            || self
                .repository
                .leads_to(&update.old, &update.new, quarantine)
                .await;
        if !self.config.force && !goes_on {
            return Err(refused(
                "this takes back commits that are served; pull first, or set force = true in [git] \
                 of qmlserve.toml",
            ));
        }
        let largest = self.config.largest;
        let listed = commit::list(&self.repository, &update.new, quarantine, largest).await?;
        if !listed.reasons.is_empty() {
            return Err(PushError::Refused(listed.reasons));
        }
        let mut state = self.state.lock().await;
        if let Some(served) = &state.served {
            let changes = state.folder.changes(&self.repository, served).await?;
            if !changes.is_none() {
                return Err(refused(changed(&changes)));
            }
        } else if !state.folder.is_empty() {
            return Err(refused(changed(&state.folder.entries())));
        }
        if let Some(earlier) = state.staged.take() {
            earlier.discard();
        }
        let staged = state
            .folder
            .stage(&self.repository, &update.new, quarantine)
            .await?;
        match self.look_at(&staged).await {
            Ok(entry) => {
                state.staged = Some(staged);
                let files = listed.files;
                let s = if files == 1 { "" } else { "s" };
                Ok(Some(format!("{files} file{s}, {entry} loads")))
            }
            Err(error) => {
                staged.discard();
                Err(error)
            }
        }
    }

    /// Whether a client would take the entry of a checkout; gives that.
    async fn look_at(&self, checkout: &Checkout) -> Result<TreePath, PushError> {
        let config = TreeConfig {
            dir: checkout.dir.clone(),
            ..self.tree_config.clone()
        };
        let looked = web::block(move || Look::at(&config)).await;
        let look = looked.map_err(|_| PushError::Stopping)??;
        let entry = self.live.entry(&look.snapshot);
        let mut lines: Vec<_> = look
            .unreadable
            .iter()
            .map(|(path, message)| format!("{path}: {message}"))
            .collect();
        if look.snapshot.file(&entry).is_none() {
            lines.push(nothing_to_show(&look.snapshot, &entry));
        }
        let faults = look.refused(&entry);
        lines.extend(faults.iter().map(|fault| {
            let hint = fault.hint.as_ref();
            let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
            format!("{}:{}: {}{hint}", fault.path, fault.line, fault.message)
        }));
        if lines.is_empty() {
            return Ok(entry);
        }
        let more = lines.len().saturating_sub(NAMED);
        lines.truncate(NAMED);
        if more > 0 {
            lines.push(format!("and {more} more: qmlserve check tells all"));
        }
        lines.push(format!(
            "clients would refuse {entry}: what was served stays"
        ));
        Err(PushError::Refused(lines))
    }

    /// Has the folder be the commit that was pushed last, in one step, if it is not. Nothing where
    /// it is.
    pub(super) async fn settle(&self) -> Result<Option<Served>, PushError> {
        let mut state = self.state.lock().await;
        let Some(pushed) = self.repository.pushed().await else {
            return Ok(None);
        };
        if state.served.as_ref() == Some(&pushed) {
            return Ok(None);
        }
        let staged = state.staged.take();
        let checkout = match staged.filter(|staged| staged.commit == pushed) {
            Some(staged) => Ok(staged),
            None => {
                let nothing = Quarantine::default();
                state
                    .folder
                    .stage(&self.repository, &pushed, &nothing)
                    .await
            }
        };
        let switched = match checkout {
            Ok(checkout) => {
                let switched = self.tree.switch(state.folder.exchange(&checkout)).await;
                switched
                    .map(|snapshot| (checkout, snapshot))
                    .map_err(PushError::from)
            }
            Err(error) => Err(error.into()),
        };
        let (checkout, snapshot) = match switched {
            Ok(switched) => switched,
            Err(error) => {
                // Whoever clones gets what is served.
                let served = state.served.as_deref();
                self.repository.take_back(&pushed, served).await?;
                return Err(error);
            }
        };
        let before = state.served.replace(pushed.clone());
        let kept = state
            .folder
            .exchanged(&self.repository, checkout, before)
            .await;
        if let Some(kept) = &kept {
            warn!(
                "files of the folder were written to while a push was served: they are in {}",
                kept.display()
            );
        }
        if let Err(error) = self.repository.note_served(&pushed).await {
            warn!("{error}");
        }
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(pushed.clone());
        let commit = self.repository.described(&pushed).await;
        info!(version = %snapshot.version(), "pushed: {commit}");
        Ok(Some(Served {
            snapshot,
            commit,
            kept,
        }))
    }
}

fn changed(changes: &impl std::fmt::Display) -> String {
    format!(
        "the served folder has changes that no push brought ({changes}); on the server, take them \
         into a commit or move them away: what is not there as it was pushed comes back when \
         qmlserve is started on the empty folder"
    )
}

fn nothing_to_show(snapshot: &Snapshot, entry: &TreePath) -> String {
    let documents: BTreeSet<_> = snapshot
        .files()
        .filter(|(path, file)| path.as_str().ends_with(".qml") && file.document().is_some())
        .map(|(path, _)| path.to_string())
        .take(NAMED)
        .collect();
    match documents.is_empty() {
        true => format!("there is no {entry}, nor any other document"),
        false => format!(
            "there is no {entry}; it is the document to show, unless the server is started with \
             --document and one of these: {}",
            documents.into_iter().collect::<Vec<_>>().join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_tells_hooks() {
        let read = updates("aa bb refs/heads/main\n00 cc refs/tags/a b\nodd\n");
        let names: Vec<_> = read.iter().map(|update| update.name.as_str()).collect();
        assert_eq!(names, ["refs/heads/main", "refs/tags/a b"]);
        assert!(is_nothing("0000") && !is_nothing("0001"));
    }
}
