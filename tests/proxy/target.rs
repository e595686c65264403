//! What is behind the proxy, and the server in front of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Running, Setup, TestServer};

/// A target of somebody's own; ended on drop.
pub struct Target {
    running: Running,
    /// Its port.
    pub port: u16,
    scheme: &'static str,
}

pub fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/proxy");
    folder.join(name)
}

impl Target {
    #[track_caller]
    pub fn start() -> Self {
        Self::spawn(&[], "http")
    }

    /// Over TLS, with this certificate and its key.
    #[track_caller]
    pub fn with_tls(certificate: &Path, key: &Path) -> Self {
        Self::spawn(&[certificate, key], "https")
    }

    #[track_caller]
    fn spawn(args: &[&Path], scheme: &'static str) -> Self {
        let running = Running::spawn(Command::new("python3").arg(fixture("target.py")).args(args));
        let port = running.line().trim().parse().unwrap();
        Self {
            running,
            port,
            scheme,
        }
    }

    /// The URL of its part that is proxied.
    pub fn url(&self) -> String {
        format!("{}://localhost:{}/base", self.scheme, self.port)
    }

    pub fn stop(&mut self) {
        self.running.kill();
    }
}

/// A server with this config file, and these flags.
#[track_caller]
pub fn configured(toml: &str, args: &[&str]) -> TestServer {
    let setup = Setup::new().args(args);
    std::fs::write(setup.folder().around().join("qmlserve.toml"), toml).unwrap();
    setup.start()
}

/// A server with one proxy at `/x`, and these settings more.
#[track_caller]
pub fn proxy(target: &Target, more: &str) -> TestServer {
    configured(&section(target, more), &[])
}

/// The section of a proxy at `/x`.
pub fn section(target: &Target, more: &str) -> String {
    format!(
        "[[proxy]]\npath = \"/x\"\nto = \"{}\"\n{more}\n",
        target.url()
    )
}

/// What is in the file of a recording; waits until it is written.
#[track_caller]
pub fn recording(server: &TestServer, count: usize) -> serde_json::Value {
    let path = server.folder.around().join("recordings/x.har");
    let read = || -> Option<serde_json::Value> {
        serde_json::from_slice(&std::fs::read(&path).ok()?).ok()
    };
    let entries = |file: &serde_json::Value| file["log"]["entries"].as_array().map(Vec::len);
    crate::support::wait_until(
        &format!("{count} entries are recorded"),
        || {
            format!(
                "{:?}\n{}",
                read().as_ref().and_then(entries),
                server.stderr()
            )
        },
        || read().as_ref().and_then(entries) == Some(count),
    );
    read().unwrap()
}
