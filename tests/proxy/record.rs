//! What was recorded is answered again, with the target gone.

use std::fs;
use std::io::Write as _;

use serde_json::Value;

use crate::support::{Response, Signal, TestServer, connect, wait_until};
use crate::target::{Target, configured, proxy, recording, section};

/// The headers that are to be the same: all but those of the connection and cookies, which are not
/// recorded. An answer in pieces is given as a whole; one that came again but for its date is given
/// as it came first.
fn lasting(response: &Response) -> Vec<(String, String)> {
    let passing = [
        "connection",
        "date",
        "transfer-encoding",
        "set-cookie",
        "content-length",
    ];
    let mut headers = response.headers.clone();
    headers.retain(|(name, _)| !passing.contains(&name.as_str()));
    headers.sort();
    headers
}

/// A request of a session: method, path, body.
type Asked = (&'static str, String, Vec<u8>);

/// Two hundred requests of all kinds; some are asked more than once.
fn session() -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for n in 0..20_usize {
        let mut add = |method, path: String, body: &[u8]| all.push((method, path, body.to_vec()));
        add("GET", format!("/x/text?n={n}&b=%C3%BC"), b"");
        add("GET", format!("/x/binary?n={n}"), b"");
        add(
            "POST",
            format!("/x/text?n={n}"),
            format!("{{\"a\": {n}, \"b\": [1, 2]}}").as_bytes(),
        );
        add(
            "PUT",
            format!("/x/text?n={n}"),
            &[0xff, 0, u8::try_from(n).unwrap()],
        );
        add("GET", "/x/count?of=session".to_owned(), b"");
        add("GET", format!("/x/chunked?n={n}"), b"");
        add(
            "DELETE",
            format!("/x/status?code={}", [200, 204, 404, 409, 500][n % 5]),
            b"",
        );
        add("GET", format!("/x/redirect?to=text%3Fn%3D{n}"), b"");
        add("HEAD", format!("/x/text?n={n}"), b"");
        match n % 4 {
            0 => add("GET", "/x/gzip".to_owned(), b""),
            1 => add("GET", "/x/stubborn".to_owned(), b""),
            2 => add("GET", "/x/cookies".to_owned(), b""),
            _ => add("GET", format!("/x/missing/{n}"), b""),
        }
    }
    all
}

fn ask(server: &TestServer, asked: &Asked) -> Response {
    let (method, path, body) = asked;
    let headers = match body.first() {
        Some(b'{') => vec![
            ("Content-Type", "application/json"),
            ("Accept-Encoding", "gzip"),
        ],
        _ => vec![("Accept-Encoding", "gzip")],
    };
    server.request(method, path, &headers, body)
}

#[test]
fn a_session_is_the_same_with_the_target_stopped() {
    let mut target = Target::start();
    let mut server = proxy(&target, "mode = \"record\"");
    let session = session();
    assert_eq!(session.len(), 200);
    let recorded: Vec<Response> = session.iter().map(|asked| ask(&server, asked)).collect();
    assert_eq!(server.stop(Signal::Terminate).0, Some(0));
    target.stop();

    let toml = section(&target, "mode = \"record\"");
    fs::write(server.folder.around().join("qmlserve.toml"), toml).unwrap();
    let har = server.folder.around().join("recordings/x.har");
    let text = fs::read_to_string(&har).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["log"]["version"], "1.2");
    assert!(text.contains("\"text\": \"GET 3 0 ü\\n\""), "text is text");

    // `--offline` replays, whatever the file says.
    let offline = crate::support::Setup::new().args(&["--offline"]);
    let around = offline.folder().around().to_owned();
    fs::create_dir(around.join("recordings")).unwrap();
    fs::copy(&har, around.join("recordings/x.har")).unwrap();
    fs::write(
        around.join("qmlserve.toml"),
        section(&target, "mode = \"record\""),
    )
    .unwrap();
    let offline = offline.start();
    for (asked, expected) in session.iter().zip(&recorded) {
        let given = ask(&offline, asked);
        assert_eq!(given.status, expected.status, "{asked:?}");
        assert_eq!(given.body, expected.body, "{asked:?}");
        assert_eq!(lasting(&given), lasting(expected), "{asked:?}");
    }
    // Those of a request come in their order, and then the last one.
    let last = ask(
        &offline,
        &("GET", "/x/count?of=session".to_owned(), Vec::new()),
    );
    assert_eq!(last.json()["count"], 20);
    assert_eq!(offline.status()["proxies"][0]["mode"], "replay");
    assert_eq!(
        fs::read_to_string(around.join("recordings/x.har")).unwrap(),
        text
    );
}

#[test]
fn a_request_is_known_by_what_it_means() {
    let mut target = Target::start();
    let server = proxy(&target, "mode = \"auto\"\nignore_query = [\"t\"]");
    let post = |path: &str, body: &str| server.request("POST", path, &[], body.as_bytes());
    let first = post(
        "/x/text?a=1&b=2&t=5",
        "{\"a\": 1, \"b\": {\"c\": 2, \"d\": 3}}",
    );
    recording(&server, 1);
    target.stop();
    for (path, body, found) in [
        ("/x/text?b=2&a=1", "{\"b\":{\"d\":3,\"c\":2},\"a\":1}", true),
        (
            "/x/text?a=1&b=2&t=9",
            "{\"a\": 1, \"b\": {\"c\": 2, \"d\": 3}}",
            true,
        ),
        (
            "/x/text?a=1&b=3",
            "{\"a\": 1, \"b\": {\"c\": 2, \"d\": 3}}",
            false,
        ),
        (
            "/x/text?a=1&b=2",
            "{\"a\": 1, \"b\": {\"c\": 2, \"d\": 4}}",
            false,
        ),
        ("/x/text?a=1&b=2", "", false),
    ] {
        let answer = post(path, body);
        assert_eq!(answer.status == 200, found, "{path} {body}");
        if found {
            assert_eq!(answer.body, first.body);
        }
    }
    assert_eq!(server.get("/x/text?a=1&b=2").status, 502);
}

#[test]
fn what_is_not_recorded_names_the_nearest() {
    let target = Target::start();
    let server = proxy(&target, "mode = \"auto\"");
    server.get("/x/text?n=1");
    server.get("/x/chunked?n=1");
    recording(&server, 2);
    let mut server = server;
    server.stop(Signal::Terminate);
    let toml = section(&target, "mode = \"replay\"");
    fs::write(server.folder.around().join("qmlserve.toml"), toml).unwrap();
    server.restart();
    let answer = server.get("/x/text?n=2");
    assert_eq!(answer.status, 502);
    let error = &answer.json()["error"];
    assert_eq!(
        error["message"],
        "there is no recording of GET /text?n=2 in x.har"
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.starts_with("the nearest is GET /text?n=1; "), "{hint}");
    assert!(hint.contains("mode = \"auto\""), "{hint}");
}

#[test]
fn recording_again_merges_and_leaves_the_rest_as_it_was() {
    let target = Target::start();
    let mut server = proxy(&target, "mode = \"record\"");
    for path in [
        "/x/text?n=2",
        "/x/text?n=1",
        "/x/count?of=merge",
        "/x/count?of=merge",
    ] {
        server.get(path);
    }
    // Asked again and again, the same is one.
    for _ in 0..5 {
        server.get("/x/text?n=1");
    }
    server.stop(Signal::Terminate);
    let har = server.folder.around().join("recordings/x.har");
    let before = fs::read_to_string(&har).unwrap();
    let urls = |text: &str| -> Vec<String> {
        let file: Value = serde_json::from_str(text).unwrap();
        let entries = file["log"]["entries"].as_array().unwrap().clone();
        let url = |entry: &Value| entry["request"]["url"].as_str().unwrap().to_owned();
        entries
            .iter()
            .map(url)
            .map(|url| url.rsplit('/').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        urls(&before),
        ["count?of=merge", "count?of=merge", "text?n=1", "text?n=2"]
    );

    server.restart();
    server.get("/x/text?n=1");
    server.get("/x/text?n=3");
    server.stop(Signal::Terminate);
    let after = fs::read_to_string(&har).unwrap();
    assert_eq!(
        urls(&after),
        [
            "count?of=merge",
            "count?of=merge",
            "text?n=1",
            "text?n=2",
            "text?n=3"
        ]
    );
    // Line for line what was there is there.
    let mut lines = after.lines();
    for line in before.lines().take(before.lines().count() - 4) {
        assert!(lines.any(|new| new == line), "{line} is gone");
    }

    // What changed takes the place of what was there.
    server.restart();
    server.get("/x/count?of=merge");
    server.stop(Signal::Terminate);
    let after = fs::read_to_string(&har).unwrap();
    assert_eq!(
        urls(&after),
        ["count?of=merge", "text?n=1", "text?n=2", "text?n=3"]
    );
    assert!(after.contains("\\\"count\\\": 3"), "{after}");
}

#[test]
fn an_edited_recording_counts_while_the_server_runs() {
    let target = Target::start();
    let server = proxy(&target, "mode = \"auto\"");
    let text = server.get("/x/text?n=1").text().to_owned();
    server.get("/x/text?n=2");
    let har = server.folder.around().join("recordings/x.har");
    let read = || fs::read_to_string(&har).unwrap_or_default();
    wait_until("both are written", read, || {
        read().matches("/text?n=").count() == 2
    });
    let before = read();
    let edited = before.replacen(text.trim_end(), "by hand", 1);
    assert_ne!(before, edited);

    // Half an edit changes nothing, and is told.
    fs::write(&har, &edited[..edited.len() / 2]).unwrap();
    server.logged("what was edited does not count");
    assert_eq!(server.get("/x/text?n=1").text(), text);

    fs::write(&har, &edited).unwrap();
    let answer = || server.get("/x/text?n=1").text().to_owned();
    wait_until("the edit counts", answer, || answer() == "by hand\n");
    // Nor is it lost when more is recorded.
    server.get("/x/text?n=3");
    wait_until("the third is written", read, || read().contains("n=3"));
    assert!(read().contains("by hand"), "{}", read());
}

#[test]
fn what_breaks_off_or_is_too_large_is_not_recorded() {
    let target = Target::start();
    let server = proxy(&target, "mode = \"record\"\nmax_body = \"2kB\"");
    assert_eq!(server.get("/x/binary").body.len(), 3000);
    server.logged("GET /binary is passed on and not recorded: its answer has more than 2000 bytes");
    let mut stream = connect(server.address);
    stream
        .write_all(b"GET /x/cut?how=chunked HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    server.logged("broke off its answer");
    server.get("/x/text");
    let file = recording(&server, 1);
    assert!(!file.to_string().contains("half"));
}

#[test]
fn a_recording_lies_where_it_is_named_and_is_not_served() {
    let target = Target::start();
    let setup = crate::support::Setup::new();
    let toml = section(
        &target,
        "mode = \"record\"\nrecording = \"tree/seen/it.har\"",
    );
    fs::write(setup.folder().around().join("qmlserve.toml"), toml).unwrap();
    let server = setup.start();
    assert_eq!(server.get("/x/text").status, 200);
    let file = server.folder.on_disk("seen/it.har");
    crate::support::wait_until("it is written", || server.stderr(), || file.exists());
    assert_eq!(server.get("/seen/it.har").status, 404);
    assert!(!server.get("/seen/").text().contains("it.har"));
}

#[test]
fn sockets_are_not_replayed() {
    let target = Target::start();
    let server = configured(&section(&target, "mode = \"replay\""), &[]);
    let answer = server.raw(
        b"GET /x/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
          Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("WebSockets are not recorded"));
}
