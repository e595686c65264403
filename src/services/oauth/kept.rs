//! Where sign-ins are kept: a file beside the tree that only its owner reads, written as a whole or
//! not at all. Tokens of another service, or of another client there, are not taken from it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use tracing::warn;

use super::config::{OAuthConfig, Place};
use super::grant::Grant;

/// The file of one sign-in.
#[derive(Debug)]
pub(super) struct Kept {
    file: PathBuf,
    /// Whose tokens they are.
    of: String,
    /// One writes at a time, and what was newest when it began.
    writing: Mutex<()>,
}

/// What the file holds.
#[derive(Serialize, Deserialize)]
struct Content {
    of: String,
    sessions: BTreeMap<String, Grant>,
}

impl Kept {
    /// The file of `config` in `folder`, which is made right away: what there is as the server
    /// starts is kept out of version control.
    pub(super) fn of(config: &OAuthConfig, folder: &Path) -> Self {
        // That it cannot be made is told when something is to be kept.
        let _ = fs::create_dir_all(folder);
        let service = match &config.place {
            Place::Issuer(issuer) => issuer,
            Place::Given(endpoints) => &endpoints.token,
        };
        Self {
            file: folder.join(format!("oauth-{}.json", config.name)),
            of: format!(
                "{} {} at {service}",
                config.session.word(),
                config.client_id
            ),
            writing: Mutex::default(),
        }
    }

    /// What was kept. A file that cannot be used is told of, and what it has is left behind by the
    /// next one.
    pub(super) fn read(&self) -> BTreeMap<String, Grant> {
        let file = self.file.display();
        let bytes = match fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return BTreeMap::new(),
            Err(error) => {
                warn!("{file} cannot be read: {error}; whoever was signed in signs in again");
                return BTreeMap::new();
            }
        };
        // What is wrong with it would quote what is in it.
        let Ok(content) = serde_json::from_slice::<Content>(&bytes) else {
            warn!("{file} has no sign-ins in it; whoever was signed in signs in again");
            return BTreeMap::new();
        };
        if content.of != self.of {
            warn!(
                "{file} is of {} and not of {}: it is not used",
                content.of, self.of
            );
            return BTreeMap::new();
        }
        content.sessions
    }

    /// Keeps what `sessions` says, as it is once nobody else writes.
    pub(super) fn write(&self, sessions: impl FnOnce() -> BTreeMap<String, Grant>) {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let content = Content {
            of: self.of.clone(),
            sessions: sessions(),
        };
        let outcome = match content.sessions.is_empty() {
            true => remove(&self.file),
            false => self.replace(&content),
        };
        if let Err(error) = outcome {
            warn!(
                "sign-ins cannot be kept in {}: {error}; they end with this server",
                self.file.display()
            );
        }
    }

    fn replace(&self, content: &Content) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        // Only its owner reads it, from the beginning.
        let mut file = NamedTempFile::with_prefix_in(".oauth-", folder)?;
        serde_json::to_writer(&mut file, content)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.file)?;
        Ok(())
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
