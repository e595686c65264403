//! What is wrong is told, with what to do about it.

use serde_json::json;

use crate::provider::{ACCOUNT, Provider, Visitor, configured, returned, text};
use crate::support::{Setup, command, run};

/// A sign-in at `issuer`.
fn section(issuer: &str) -> String {
    format!("[oauth.music]\nissuer = \"{issuer}\"\nclient_id = \"qmlserve\"\n")
}

#[test]
fn a_service_that_is_not_there() {
    // Nobody listens at that port.
    let server = configured(&section("http://127.0.0.1:9"), &[]).start();
    let answer = server.get(ACCOUNT);
    assert_eq!(answer.status, 502);
    let error = answer.json()["error"].clone();
    assert!(
        text(&error["message"]).contains("http://127.0.0.1:9/.well-known"),
        "{error}"
    );
    assert!(
        text(&error["hint"]).contains("[oauth.music] of qmlserve.toml"),
        "{error}"
    );
}

#[test]
fn a_service_that_calls_itself_otherwise() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let other = provider.url.replace("127.0.0.1", "localhost");
    let server = configured(&section(&other), &[]).start();
    let answer = server.get(ACCOUNT);
    assert_eq!(answer.status, 502);
    let message = answer.json()["error"]["message"].clone();
    assert!(
        text(&message).contains(&format!("describes the service {}", provider.url)),
        "{message}"
    );

    // Or is none at all.
    let server = configured(&section(&format!("{}/api", provider.url)), &[]).start();
    let answer = server.get(ACCOUNT);
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("answers 401"), "{}", answer.text());
}

#[test]
fn a_secret_that_is_missing_or_wrong() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let setup = Setup::new();
    let toml = setup.folder().around().join("qmlserve.toml");
    std::fs::write(&toml, provider.sections("", "")).unwrap();
    let server = setup.start();
    server.logged("set MUSIC_SECRET in the environment");
    let answer = server.get(ACCOUNT);
    assert_eq!(answer.status, 503);
    assert!(
        answer.text().contains("set MUSIC_SECRET and start"),
        "{}",
        answer.text()
    );

    let setup = Setup::new().env("MUSIC_SECRET", "another");
    let toml = setup.folder().around().join("qmlserve.toml");
    std::fs::write(&toml, provider.sections("", "")).unwrap();
    let server = setup.start();
    let mut program = Visitor::new(&server);
    let back = returned(&mut program);
    let page = server.get_with(&back, &[("Accept", "text/html")]);
    assert_eq!(page.status, 502, "{}", page.text());
    assert!(
        page.text().contains("does not know this server"),
        "{}",
        page.text()
    );
    assert!(text(&program.account()["problem"]).contains("client_secret_env"));
}

#[test]
fn what_is_replayed_needs_no_sign_in() {
    let toml = "[oauth.music]\nissuer = \"http://127.0.0.1:9\"\nclient_id = \"qmlserve\"\n\
                [[proxy]]\npath = \"/music\"\nto = \"http://127.0.0.1:9\"\noauth = \"music\"\n\
                mode = \"replay\"\n";
    let setup = configured(toml, &[]);
    let recordings = setup.folder().around().join("recordings");
    std::fs::create_dir(&recordings).unwrap();
    let har = json!({"log": {"version": "1.2", "creator": {"name": "a", "version": "1"},
    "entries": [{
        "startedDateTime": "2026-01-01T00:00:00Z", "time": 1,
        "request": {"method": "GET", "url": "http://127.0.0.1:9/playlists",
            "httpVersion": "HTTP/1.1", "cookies": [], "headers": [], "queryString": [],
            "headersSize": -1, "bodySize": 0},
        "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1",
            "cookies": [], "headers": [],
            "content": {"size": 2, "mimeType": "application/json", "text": "[]"},
            "redirectURL": "", "headersSize": -1, "bodySize": 2},
        "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0},
    }]}});
    std::fs::write(recordings.join("music.har"), har.to_string()).unwrap();
    let server = setup.start();
    let answer = server.get("/music/playlists");
    assert_eq!((answer.status, answer.text()), (200, "[]"));
}

#[test]
fn a_proxy_of_a_sign_in_that_is_not_declared() {
    let setup = Setup::new();
    let toml = "[[proxy]]\npath = \"/a\"\nto = \"http://h\"\noauth = \"musik\"\n\
                [oauth.music]\nissuer = \"https://h\"\nclient_id = \"me\"\n";
    std::fs::write(setup.folder().around().join("qmlserve.toml"), toml).unwrap();
    let finished = run(&mut command(&["tree"], setup.folder().around()));
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("there is music"),
        "{}",
        finished.stderr
    );
}
