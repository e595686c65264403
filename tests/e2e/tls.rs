//! Clients over TLS, on a system that trusts the server's CA.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::client::{QtClient, namespace};
use crate::picture::png_of;
use crate::runtime::{Runtime, in_each_runtime, is_missing};
use crate::support::{Setup, TestServer, wait_until};
use crate::tree::edit;

in_each_runtime!(
    an_edit_is_shown,
    an_edit_is_shown_below_a_token,
    a_client_that_trusts_nobody_shows_nothing_and_the_terminal_says_so,
);

const TOKEN: &str = "correct-horse-battery";

/// A tree that needs all kinds of URLs.
fn secure(token: Option<&str>) -> TestServer {
    let main = "import QtQuick 2.12\nimport \"parts\"\nimport \"logic.js\" as Logic\n\
        Item {\nwidth: 100; height: 50\nPart { id: part }\n\
        Image { id: image; source: \"a.png\"; onStatusChanged: told() }\n\
        Loader { id: page; source: \"pages/\" + Logic.page() + \".qml\"; onLoaded: told() }\n\
        function told() { if (image.status === Image.Ready && page.item)\n\
            console.log(\"SHOWS \" + part.text + \" \" + page.item.text) }\n}\n";
    let part = "import QtQuick 2.12\nItem { property string text: \"part-one\" }\n";
    let page = "import QtQuick 2.12\nItem { property string text: \"page-one\" }\n";
    let setup = Setup::new()
        .file("a.png", png_of(8, [0, 0, 200]))
        .file("main.qml", main)
        .file("parts/Part.qml", part)
        .file("pages/Page.qml", page)
        .file("logic.js", "function page() { return \"Page\" }\n")
        .tls();
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
    client.wait_for_since(0, "SHOWS part-one page-one");
    let mark = client.mark();
    edit(&server.folder, "parts/Part.qml", "part-one", "part-two");
    client.wait_for_since(mark, "SHOWS part-two page-one");
    let mark = client.mark();
    edit(&server.folder, "pages/Page.qml", "page-one", "page-two");
    client.wait_for_since(mark, "SHOWS part-two page-two");
    // An error is read back to its line over the same way.
    edit(&server.folder, "parts/Part.qml", "property", "proprety");
    server.logged("parts/Part.qml:2");
    let mark = client.mark();
    edit(&server.folder, "parts/Part.qml", "proprety", "property");
    edit(&server.folder, "parts/Part.qml", "part-two", "part-three");
    client.wait_for_since(mark, "SHOWS part-three page-two");
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
