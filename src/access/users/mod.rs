//! Paths for which people sign in: Basic authentication (RFC 7617), as browsers, curl, QML's engine
//! and its XMLHttpRequest speak it.
//!
//! Errs on the side of asking: where a path might mean another one to somebody behind, credentials
//! for both are asked for. What is behind never sees the credentials.

mod ask;
mod guesses;
mod meaning;
#[cfg(test)]
mod tests;
mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpMessage as _, HttpRequest};

use super::pass::Open;
use super::passwords::StoredHash;
use meaning::{meanings, parts};
use verify::Verifier;

pub(crate) use ask::sign_in;

/// `[[access]]`: who may ask for a path and for what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsersConfig {
    /// Without a slash at its end; `/` is everything.
    pub path: String,
    /// At least one, by name.
    pub users: BTreeMap<String, StoredHash>,
    /// What a person is told to sign in to.
    pub realm: Option<String>,
}

impl UsersConfig {
    /// Whether a path within one of them is within the other.
    pub(crate) fn is_of_same_path(&self, other: &Self) -> bool {
        parts(&self.path) == parts(&other.path)
    }
}

/// All rules, and what is known of those who came.
#[derive(Debug)]
pub(crate) struct Users {
    rules: Vec<Rule>,
    /// The paths that are open to everybody.
    open: Open,
    verifier: Verifier,
}

#[derive(Debug)]
struct Rule {
    parts: Vec<String>,
    users: BTreeMap<String, StoredHash>,
    realm: String,
}

/// Paths below which the server tells of everything that it serves: the page's questions, the
/// programs that see through clients, what clients show and print, the repository of the tree.
const TELLS_ALL: [&str; 5] = ["page", "mcp", "log", "status", "git"];

impl Users {
    /// The rules of `config`; the paths `open` are open to everybody.
    pub(crate) fn new(config: Vec<UsersConfig>, open: Open) -> Self {
        let rules = config.into_iter().map(|config| Rule {
            parts: parts(&config.path),
            users: config.users,
            realm: config.realm.unwrap_or_else(|| match config.path.as_str() {
                "/" => "qmlserve".to_owned(),
                path => format!("qmlserve {path}"),
            }),
        });
        Self {
            rules: rules.collect(),
            open,
            verifier: Verifier::default(),
        }
    }

    /// Whether anybody is asked to sign in for anything.
    pub(crate) fn is_any(&self) -> bool {
        !self.rules.is_empty()
    }

    /// The rules, by their number, that have to be met for this path as it stands in a request.
    fn asked_for(&self, path: &str) -> Vec<usize> {
        if self.rules.is_empty() || (self.open)(path) {
            return Vec::new();
        }
        let meanings = meanings(path);
        if meanings.iter().any(|parts| tells_all(parts)) {
            return (0..self.rules.len()).collect();
        }
        let mut asked: Vec<usize> = meanings
            .iter()
            .filter_map(|parts| self.most_specific(parts))
            .collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    fn most_specific(&self, parts: &[String]) -> Option<usize> {
        let rules = self.rules.iter().enumerate();
        let within = rules.filter(|(_, rule)| rule.covers(parts));
        let most = within.max_by_key(|(_, rule)| rule.parts.len());
        most.map(|(number, _)| number)
    }
}

fn tells_all(parts: &[String]) -> bool {
    let mut parts = parts.iter().map(String::as_str);
    match parts.next() {
        Some("@qmlserve") => parts.next().is_some_and(|own| TELLS_ALL.contains(&own)),
        // The web channel, by which all collections are reached by their names.
        Some("channel") => parts.next().is_none(),
        _ => false,
    }
}

impl Rule {
    fn covers(&self, path: &[String]) -> bool {
        let Some((last, folders)) = self.parts.split_last() else {
            return true;
        };
        // The list of a collection is a file beside it, too: /colors.xml.
        path.starts_with(folders)
            && path
                .get(folders.len())
                .is_some_and(|part| part == last || part.strip_suffix(".xml") == Some(last))
    }
}

/// Who signed in with a request: the rules that this meets.
#[derive(Clone, Debug)]
struct SignedIn {
    users: Arc<Users>,
    met: Vec<usize>,
}

/// Whether this request may be told what is at `path`, a path of this server as it stands in a
/// URL, though it asked for another one.
pub(crate) fn may_see(request: &HttpRequest, path: &str) -> bool {
    let extensions = request.extensions();
    // Without rules nobody signs in.
    let Some(SignedIn { users, met }) = extensions.get::<SignedIn>() else {
        return true;
    };
    let asked = users.asked_for(path);
    asked.iter().all(|rule| met.contains(rule))
}
