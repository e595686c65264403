//! Tokens that end before the sign-in does.

use std::io::Write as _;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::provider::{Provider, Visitor, get, sign_in, text};
use crate::support::{Signal, connect, wait_until};

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut program = Visitor::new(&server);
    sign_in(&mut program, "ada");
    provider.test(&server, "end-access");
    let answer = program.request("POST", "/music/new", &[], b"the body");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["body"], "the body", "it is sent once more");
    assert_eq!(provider.count(&server, "refreshed"), 1);
    assert_eq!(provider.count(&server, "api"), 2);

    // What is too long to be kept is not, but the next request has another token.
    provider.test(&server, "end-access");
    let long = vec![b'x'; 300 << 10];
    let answer = program.request("POST", "/music/new", &[], &long);
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.json()["error"],
        "invalid_token",
        "the target says so"
    );
    let answer = program.request("POST", "/music/new", &[], &long);
    assert_eq!(answer.status, 200);
    assert_eq!(provider.count(&server, "refreshed"), 2);
}

#[test]
fn no_refresh_token_is_spent_twice() {
    // A service that is slow enough for all to come meanwhile, and ends everything where a refresh
    // token comes a second time.
    let Some(provider) = Provider::start(&json!({"slow": 300})) else {
        return;
    };
    let server = provider.server("session = \"server\"", "", &[]);
    sign_in(&mut Visitor::new(&server), "ada");
    provider.test(&server, "end-access");
    let address = server.address;
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(move || assert_eq!(get(address, "/music/playlists").status, 200));
        }
    });
    assert_eq!(provider.count(&server, "refreshed"), 1);

    // Whoever asked is gone before there is a token: it is not lost.
    provider.test(&server, "end-access");
    let asked = provider.count(&server, "token");
    let mut gone = connect(server.address);
    let request = format!(
        "GET /music/playlists HTTP/1.1\r\nHost: {}\r\n\r\n",
        server.address
    );
    gone.write_all(request.as_bytes()).unwrap();
    wait_until(
        "a token is asked for",
        || server.stderr(),
        || provider.count(&server, "token") > asked,
    );
    drop(gone);
    assert_eq!(server.get("/music/playlists").status, 200);
    assert_eq!(provider.count(&server, "refreshed"), 2);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let Some(provider) = Provider::start(&json!({"access": 3})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut program = Visitor::new(&server);
    sign_in(&mut program, "ada");
    wait_until(
        "it is renewed",
        || server.stderr(),
        || {
            thread::sleep(Duration::from_millis(200));
            assert_eq!(program.get("/music/playlists").status, 200);
            provider.count(&server, "refreshed") >= 2
        },
    );
    assert_eq!(
        provider.count(&server, "refused"),
        0,
        "no target ever saw an old one"
    );
}

#[test]
fn a_refresh_token_that_was_revoked_ends_the_sign_in() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut program = Visitor::new(&server);
    sign_in(&mut program, "ada");
    provider.test(&server, "end-access");
    provider.test(&server, "end-refresh");
    let refused = program.get("/music/playlists");
    assert_eq!(refused.status, 401);
    let error = refused.json()["error"].clone();
    assert!(text(&error["message"]).contains("invalid_grant"), "{error}");
    assert!(
        text(&error["hint"]).contains("/@qmlserve/oauth/music"),
        "{error}"
    );
    let told = program.account();
    assert_eq!(told["signedIn"], false);
    assert!(text(&told["problem"]).contains("sign in again"), "{told}");
    server.logged("signed out: music");
    sign_in(&mut program, "ada");
    assert_eq!(program.get("/music/playlists").status, 200);
}

#[test]
fn a_service_that_is_down_ends_no_sign_in() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut program = Visitor::new(&server);
    sign_in(&mut program, "ada");
    provider.test(&server, "down");
    assert_eq!(
        program.get("/music/playlists").status,
        200,
        "it is not needed"
    );
    provider.test(&server, "end-access");
    let failed = program.get("/music/playlists");
    assert_eq!(failed.status, 502, "{failed:?}");
    let error = failed.json()["error"].clone();
    assert!(
        text(&error["message"]).contains("temporarily_unavailable"),
        "{error}"
    );
    assert_eq!(program.account()["signedIn"], true);
    provider.test(&server, "up");
    wait_until(
        "it goes on",
        || server.stderr(),
        || program.get("/music/playlists").status == 200,
    );
}

#[test]
fn a_sign_in_outlives_the_server_if_it_is_kept() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    for keep in [true, false] {
        let mut server = provider.server(&format!("session = \"server\"\nkeep = {keep}"), "", &[]);
        sign_in(&mut Visitor::new(&server), "ada");
        let file = server.folder.around().join(".qmlserve/oauth-music.json");
        assert_eq!(file.exists(), keep);
        if keep {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let ignored = server.folder.around().join(".qmlserve/.gitignore");
            assert_eq!(std::fs::read_to_string(ignored).unwrap(), "*\n");
        }
        server.stop(Signal::Terminate);
        server.restart();
        let expected = if keep { 200 } else { 401 };
        assert_eq!(server.get("/music/playlists").status, expected);
    }
}

#[test]
fn what_was_kept_for_another_service_is_not_used() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let mut server = provider.server("session = \"server\"", "", &[]);
    sign_in(&mut Visitor::new(&server), "ada");
    server.stop(Signal::Terminate);
    let toml = server.folder.around().join("qmlserve.toml");
    let text = std::fs::read_to_string(&toml).unwrap();
    let other = text.replace("client_id = \"qmlserve\"", "client_id = \"other\"");
    std::fs::write(&toml, other).unwrap();
    server.restart();
    assert_eq!(server.get("/music/playlists").status, 401);
    server.logged("it is not used");
    let file = server.folder.around().join(".qmlserve/oauth-music.json");
    server.stop(Signal::Terminate);
    std::fs::write(&file, "{\"half").unwrap();
    server.restart();
    server.logged("has no sign-ins in it");
    assert_eq!(server.get("/music/playlists").status, 401);
}
