//! `qmlserve data …`: the objects of a collection out, in, and back.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use tokio::sync::watch;

use crate::config::Config;
use crate::http::Budget;
use crate::server::collections_config;
use crate::services::collections::{Collections, CollectionsConfig};

/// What is done with the objects of a collection.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(super) enum DataCommand {
    /// Write all objects as JSON to FILE, or to standard output
    Export {
        /// The collection
        name: String,
        /// The file to write
        file: Option<PathBuf>,
    },
    /// Put the objects of FILE, or of standard input, in the place of all others
    Import {
        /// The collection
        name: String,
        /// The file to read
        file: Option<PathBuf>,
    },
    /// Put the seed in the place of all objects
    Reset {
        /// The collection
        name: String,
    },
}

/// Does it, and tells on standard error what came of it.
///
/// # Errors
/// There is no such collection, a file that is no good, or a database that does not do it;
/// nothing is changed then.
pub(super) async fn run(config: &Config, command: DataCommand) -> anyhow::Result<()> {
    let (_stop, stopping) = watch::channel(false);
    // The command reaches a collection by name; what path it has does not matter.
    let config = CollectionsConfig {
        // What it does is to be there afterwards.
        may_forget: false,
        ..collections_config(config)
    };
    let collections = Collections::open(
        &config,
        &|_| false,
        // Nobody listens.
        Budget::new(0, 0),
        stopping,
    )
    .await?;
    let (name, count) = match command {
        DataCommand::Export { name, file } => {
            let text = collections.export(&name).await?;
            match file {
                Some(path) => fs::write(&path, text).with_context(|| path.display().to_string())?,
                None => io::stdout().write_all(text.as_bytes())?,
            }
            return Ok(());
        }
        DataCommand::Import { name, file } => {
            let (path, bytes) = match file {
                Some(path) => {
                    let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
                    (path, bytes)
                }
                None => {
                    let mut bytes = Vec::new();
                    io::stdin().read_to_end(&mut bytes)?;
                    (PathBuf::from("standard input"), bytes)
                }
            };
            let count = collections.import(&name, path, &bytes).await?;
            (name, count)
        }
        DataCommand::Reset { name } => {
            let count = collections.reset(&name).await?;
            (name, count)
        }
    };
    writeln!(io::stderr(), "{name} has {count} objects now")?;
    Ok(())
}
