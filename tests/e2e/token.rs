//! Clients that know nothing of tokens, at a server that asks everybody for one.

use crate::attach_program::{PROGRAMS, free_port, serve};
use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{TestServer, wait_until};
use crate::tree::{break_part, edit, edits_are_shown, of_all_kinds, repair_is_shown};

in_each_runtime!(
    everything_of_a_client_is_below_the_token,
    a_loader_is_told_its_address_with_the_token,
);

const TOKEN: &str = "correct-horse-battery";

fn guarded() -> TestServer {
    of_all_kinds().env("QMLSERVE_TOKEN", TOKEN).start()
}

fn follows(client: &QtClient, server: &TestServer) {
    edits_are_shown(client, server);
    wait_until(
        "the client reports what it shows",
        || server.status().to_string(),
        || server.status()["clients"][0]["version"] == server.version().as_str(),
    );
    // An error is read back to its line, and the token is in none of it.
    break_part(server);
    server.logged("proprety string text");
    assert!(!server.stderr().contains(TOKEN), "{}", server.stderr());
    let errors = server.status()["errors"].to_string();
    assert!(
        errors.contains("parts/Part.qml") && !errors.contains(TOKEN),
        "{errors}"
    );
    repair_is_shown(client, server);
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
