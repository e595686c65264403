//! Clients over TLS, on a system that trusts the server's CA.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::client::{QtClient, namespace};
use crate::runtime::{Runtime, in_each_runtime, is_missing};
use crate::support::{TestServer, wait_until};
use crate::tree::{break_part, edits_are_shown, of_all_kinds, repair_is_shown};

in_each_runtime!(
    an_edit_is_shown,
    an_edit_is_shown_below_a_token,
    a_client_that_trusts_nobody_shows_nothing_and_the_terminal_says_so,
);

const TOKEN: &str = "correct-horse-battery";

fn secure(token: Option<&str>) -> TestServer {
    let setup = of_all_kinds().tls();
    match token {
        Some(token) => setup.env("QMLSERVE_TOKEN", token).start(),
        None => setup.start(),
    }
}

/// A folder with the server's CA as OpenSSL looks it up; none where the tools for that are not
/// there.
fn certs(server: &TestServer) -> Option<PathBuf> {
    let folder = server.folder.around().join("certs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(server.ca(), folder.join("qmlserve.pem")).unwrap();
    let rehashed = works(Command::new("openssl").arg("rehash").arg(&folder));
    if !rehashed {
        is_missing("openssl", "apt-get install openssl", "PATH");
        return None;
    }
    if namespace().is_none() {
        // No package mends that: not a failure anywhere.
        eprintln!("SKIPPED: a mount namespace cannot be made here: run as root, or allow it");
        return None;
    }
    Some(folder)
}

fn works(command: &mut Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn follows(runtime: Runtime, certs: &Path, server: &TestServer) {
    let url = format!("{}/@qmlserve/live.qml", server.announced);
    let client = QtClient::open_trusting(runtime, certs, &url);
    edits_are_shown(&client, server);
    // An error is read back to its line over the same way.
    break_part(server);
    repair_is_shown(&client, server);
}

fn an_edit_is_shown(runtime: Runtime) {
    let server = secure(None);
    if let Some(certs) = certs(&server) {
        follows(runtime, &certs, &server);
    }
}

fn an_edit_is_shown_below_a_token(runtime: Runtime) {
    let server = secure(Some(TOKEN));
    if let Some(certs) = certs(&server) {
        follows(runtime, &certs, &server);
        assert!(!server.stderr().contains(TOKEN), "{}", server.stderr());
    }
}

fn a_client_that_trusts_nobody_shows_nothing_and_the_terminal_says_so(runtime: Runtime) {
    let server = secure(None);
    let url = format!("{}/@qmlserve/live.qml", server.announced);
    let client = QtClient::open(runtime, &url);
    server.logged("trust this server's certificate");
    wait_until(
        "the client says it, too",
        || client.lines().join("\n"),
        || {
            client
                .lines()
                .iter()
                .any(|line| line.contains("Network error"))
        },
    );
    assert!(!client.lines().iter().any(|line| line.contains("SHOWS")));
}
