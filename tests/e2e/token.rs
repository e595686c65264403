//! Clients that know nothing of tokens, at a server that asks everybody for one.

use crate::attach_program::{PROGRAMS, free_port, serve};
use crate::client::QtClient;
use crate::picture::png_of;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{Setup, TestServer, wait_until};
use crate::tree::edit;

in_each_runtime!(
    everything_of_a_client_is_below_the_token,
    a_loader_is_told_its_address_with_the_token,
);

const TOKEN: &str = "correct-horse-battery";

/// A tree that needs all kinds of URLs: a module, a directory, a script, an image and a page that
/// is loaded by a name.
fn guarded() -> TestServer {
    let main = "import QtQuick 2.12\nimport \"parts\"\nimport \"logic.js\" as Logic\n\
        Item {\nwidth: 100; height: 50\nPart { id: part }\n\
        Image { id: image; source: \"a.png\"; onStatusChanged: told() }\n\
        Loader { id: page; source: \"pages/\" + Logic.page() + \".qml\"; onLoaded: told() }\n\
        function told() { if (image.status === Image.Ready && page.item)\n\
            console.log(\"SHOWS \" + part.text + \" \" + page.item.text) }\n}\n";
    Setup::new()
        .file("a.png", png_of(8, [0, 0, 200]))
        .files(&[
            ("main.qml", main),
            (
                "parts/Part.qml",
                "import QtQuick 2.12\nItem { property string text: \"part-one\" }\n",
            ),
            (
                "pages/Page.qml",
                "import QtQuick 2.12\nItem { property string text: \"page-one\" }\n",
            ),
            ("logic.js", "function page() { return \"Page\" }\n"),
        ])
        .env("QMLSERVE_TOKEN", TOKEN)
        .start()
}

fn follows(client: &QtClient, server: &TestServer) {
    client.wait_for_since(0, "SHOWS part-one page-one");
    let mark = client.mark();
    edit(&server.folder, "parts/Part.qml", "part-one", "part-two");
    client.wait_for_since(mark, "SHOWS part-two page-one");
    let mark = client.mark();
    edit(&server.folder, "pages/Page.qml", "page-one", "page-two");
    client.wait_for_since(mark, "SHOWS part-two page-two");
    wait_until(
        "the client reports what it shows",
        || server.status().to_string(),
        || server.status()["clients"][0]["version"] == server.version().as_str(),
    );
    // An error is read back to its line, and the token is in none of it.
    edit(&server.folder, "parts/Part.qml", "property", "proprety");
    server.logged("parts/Part.qml:2");
    server.logged("proprety string text");
    assert!(!server.stderr().contains(TOKEN), "{}", server.stderr());
    let errors = server.status()["errors"].to_string();
    assert!(
        errors.contains("parts/Part.qml") && !errors.contains(TOKEN),
        "{errors}"
    );
    let mark = client.mark();
    edit(&server.folder, "parts/Part.qml", "proprety", "property");
    edit(&server.folder, "parts/Part.qml", "part-two", "part-three");
    client.wait_for_since(mark, "SHOWS part-three page-two");
    assert_eq!(server.get("/main.qml").status, 401);
}

fn everything_of_a_client_is_below_the_token(runtime: Runtime) {
    let server = guarded();
    let url = format!("{}/@qmlserve/live.qml", server.announced);
    follows(&QtClient::open(runtime, &url), &server);
}

fn a_loader_is_told_its_address_with_the_token(runtime: Runtime) {
    let server = guarded();
    follows(&QtClient::remote(runtime, &server.announced), &server);
}

#[test]
fn a_program_that_is_attached_to_is_told_the_token() {
    for program in PROGRAMS {
        if !program.is_available() {
            continue;
        }
        let port = free_port();
        let target = format!("127.0.0.1:{port}={}", program.document());
        let server = serve(&["--attach", &target, "--token"]);
        let client = program.start(port, true);
        client.wait_to_show(
            0,
            &program.shows("panel-two word-two theme-two 2 none", false),
        );
        let mark = client.mark();
        edit(
            &server.folder,
            "parts/Panel.qml",
            "panel-two",
            "panel-three",
        );
        client.wait_for_since(mark, "panel-three");
    }
}
