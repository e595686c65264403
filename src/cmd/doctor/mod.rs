//! `qmlserve doctor`: what this machine has and lacks to show a folder. Changes nothing, but for a
//! hidden file that it makes in the folder and removes again, to see whether it hears of that.

mod modules;
mod watching;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write as _};
use std::net::{TcpListener, ToSocketAddrs as _};
use std::process::ExitCode;

use crate::cmd::run::places::Places;
use crate::cmd::run::runtimes::{self, Runtime};
use crate::config::{Config, Host, Port};
use crate::qml::document::ImportTarget;
use crate::server::{self, tree_config};
use crate::tree::Tree;
use crate::tree::snapshot::Snapshot;
use modules::Module;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// It works, but not as well as it could.
    Weak,
    Missing,
}

/// One line of the answer.
#[derive(Debug)]
struct Finding {
    state: State,
    what: String,
    /// What to do about it.
    remedy: Option<String>,
}

impl Finding {
    fn good(what: impl Into<String>) -> Self {
        Self::new(State::Good, what, None)
    }

    fn missing(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(State::Missing, what, Some(remedy.into()))
    }

    fn new(state: State, what: impl Into<String>, remedy: Option<String>) -> Self {
        Self {
            state,
            what: what.into(),
            remedy,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.state {
            State::Good => "ok     ",
            State::Weak => "slow   ",
            State::Missing => "MISSING",
        };
        write!(f, "  {mark}  {}", self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n           {remedy}"),
            None => Ok(()),
        }
    }
}

/// Prints what is found, and ends with 1 if something is missing.
///
/// # Errors
/// The folder cannot be served, or nothing can be printed.
pub(super) fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut is_missing = false;
    let mut say = |title: &str, findings: Vec<Finding>| -> io::Result<()> {
        writeln!(out, "{title}")?;
        for finding in findings {
            is_missing |= finding.state == State::Missing;
            writeln!(out, "{finding}")?;
        }
        out.flush()
    };
    let tree = Tree::open(&tree_config(config))?;
    let snapshot = tree.store().newest();
    let runtimes = runtimes::all(&Places::of_this_machine());
    say("Runtimes of QML", of_runtimes(&runtimes))?;
    let imported = imported(&snapshot);
    if !imported.is_empty() {
        for runtime in &runtimes {
            let title = format!("Modules that the documents import, in {runtime}");
            say(&title, modules::of(runtime, &imported))?;
        }
    }
    let title = format!("Watching {}", config.dir.value.display());
    say(&title, vec![watching::of(&config.dir.value, &snapshot)])?;
    say("Network", of_network(config))?;
    Ok(match is_missing {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn of_runtimes(runtimes: &[Runtime]) -> Vec<Finding> {
    if runtimes.is_empty() {
        return vec![Finding::missing("none was found", runtimes::INSTALL)];
    }
    runtimes
        .iter()
        .map(|runtime| Finding::good(runtime.to_string()))
        .collect()
}

/// The modules that documents import and the tree does not have, each as it is written.
fn imported(snapshot: &Snapshot) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for (path, file) in snapshot.files() {
        for import in file
            .document()
            .iter()
            .flat_map(|document| &document.imports)
        {
            if let ImportTarget::Module(uri) = &import.target
                && snapshot.imported(&path.parent(), import).is_empty()
            {
                found.insert(Module {
                    uri: uri.clone(),
                    version: import.version.clone(),
                });
            }
        }
    }
    found
}

fn of_network(config: &Config) -> Vec<Finding> {
    let port = match config.port.value {
        Port::FirstFree => server::FIRST_PORT,
        Port::Given(port) => port,
    };
    let mut findings = Vec::new();
    for host in &config.host.value {
        if let Host::Unix(_) = host {
            continue;
        }
        let addresses = (host.to_string(), port).to_socket_addrs();
        let bound =
            addresses.and_then(|addresses| TcpListener::bind(&*addresses.collect::<Vec<_>>()));
        findings.push(match bound {
            Ok(_) if port == 0 => Finding::good(format!("{host}: some port is free")),
            Ok(_) => Finding::good(format!("{host}: port {port} is free")),
            Err(error) => Finding::missing(
                format!("{host}: port {port} cannot be had: {error}"),
                "without --port the next free one is taken; or name another one: --port N",
            ),
        });
    }
    let is_local = |host: &Host| match host {
        Host::Ip(ip) => ip.is_loopback(),
        Host::Name(name) => name == "localhost",
        Host::Unix(_) => true,
    };
    findings.push(match config.host.value.iter().all(is_local) {
        true => Finding::good("only this machine reaches the server; for others: --host 0.0.0.0"),
        false => Finding::good(format!(
            "others may reach the server; if one does not, look at the firewall (ufw allow {port}/tcp, \
             firewall-cmd --add-port={port}/tcp)"
        )),
    });
    findings
}
