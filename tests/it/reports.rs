//! What clients report, what is printed of it, and the status.

use serde_json::{Value, json};

use crate::support::{Save, TestServer, wait_until};

const ITEM: &str = "Item {}\n";

fn error(client: &str, version: &str, message: &str) -> Value {
    json!({"client": client, "kind": "error", "version": version, "message": message})
}

#[track_caller]
fn post(server: &TestServer, report: &Value) {
    let response = server.report(report);
    assert_eq!(response.status, 204, "{report}: {response:?}");
    assert_eq!(response.body, b"");
}

#[test]
fn clients_are_listed_with_what_they_show() {
    let server = TestServer::start(&[("main.qml", ITEM), ("B.qml", ITEM)]);
    assert_eq!(server.status()["clients"], json!([]));

    let one = server.events_at("/@qmlserve/events?client=tablet&qt=6.12.0&document=B.qml");
    let version = one.change().version;
    let status = server.status();
    assert_eq!(status["entry"], "main.qml");
    assert_eq!(status["ready"], true);
    assert_eq!(status["version"], version);
    assert_eq!(status["errors"], json!([]));
    let client = &status["clients"][0];
    assert_eq!(client["id"], "tablet");
    assert_eq!(client["qt"], "6.12.0");
    assert_eq!(client["document"], "B.qml");
    assert_eq!(client["address"], "127.0.0.1");
    assert_eq!(client["version"], Value::Null);
    assert!(client["since"].as_u64().unwrap() > 1_600_000_000);

    let loaded =
        json!({"client": "tablet", "kind": "loaded", "version": version, "duration": 12.5});
    post(&server, &loaded);
    assert_eq!(server.status()["clients"][0]["version"], version);
    // A client that is not connected changes nothing.
    post(
        &server,
        &json!({"client": "nobody", "kind": "loaded", "version": "0123456789abcdef"}),
    );
    assert_eq!(server.status()["clients"][0]["version"], version);

    let two = server.events();
    two.change();
    let clients = server.status()["clients"].clone();
    assert_eq!(clients.as_array().unwrap().len(), 2);
    assert_ne!(clients[1]["id"], "");
    drop(one);
    wait_until(
        "the client that left is off the list",
        || server.status().to_string(),
        || server.status()["clients"].as_array().unwrap().len() == 1,
    );
}

#[test]
fn the_version_of_qt_is_told_from_what_it_accepts() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    for (agent, encodings, kind, qt) in [
        ("Mozilla/5.0", "gzip, deflate", "qt", json!("5")),
        ("Mozilla/5.0", "zstd, br, gzip, deflate", "qt", json!("6")),
        (
            "Mozilla/5.0 (X11; Linux)",
            "gzip, br",
            "browser",
            Value::Null,
        ),
    ] {
        let host = server.address.to_string();
        let headers = [("User-Agent", agent), ("Accept-Encoding", encodings)];
        let stream = server.events_as("/@qmlserve/events?client=probe", &host, &headers);
        stream.change();
        let clients = server.status()["clients"].clone();
        let client = clients.as_array().unwrap().last().unwrap();
        assert_eq!(
            (&client["kind"], &client["qt"]),
            (&json!(kind), &qt),
            "{agent}"
        );
    }
}

#[test]
fn an_error_is_printed_with_its_line_a_caret_and_who_said_it() {
    let server = TestServer::start(&[(
        "sub dir/Bad.qml",
        "import QtQuick\nItem {\n    widht: 10\n}\n",
    )]);
    let stream = server.events_at("/@qmlserve/events?client=tablet&qt=6.12.0");
    let version = stream.change().version;
    let message =
        format!("http://127.0.0.1:1/@{version}/sub%20dir/Bad.qml:3:5: Cannot assign to \"widht\"");

    post(&server, &error("tablet", &version, &message));

    server.logged("sub dir/Bad.qml:3:5: Cannot assign to \"widht\"");
    let lines =
        "\n    3 |     widht: 10\n      |     ^\n      reported by tablet (Qt 6.12.0, 127.0.0.1)\n";
    server.logged(lines);
    let failure = &server.status()["errors"][0];
    assert_eq!(failure["client"], "tablet");
    assert_eq!(failure["version"], version);
    assert_eq!(
        failure["errors"],
        json!([{
            "file": "sub dir/Bad.qml",
            "line": 3,
            "column": 5,
            "message": "Cannot assign to \"widht\"",
        }])
    );
}

#[test]
fn an_error_of_a_version_that_is_past_is_shown_with_the_line_of_that_version() {
    let server = TestServer::start(&[("main.qml", "Item {\n  bad: 1\n}\n")]);
    let events = server.events();
    let version = events.change().version;
    server.save("main.qml", "Item {\n  good: 1\n}\n", Save::Rename);
    events.until_changed("main.qml");

    let message = format!("http://h/@{version}/main.qml:2:3: Cannot assign");
    post(&server, &error("late", &version, &message));

    server.logged("    2 |   bad: 1");
}

#[test]
fn the_same_error_is_printed_once_a_version_whoever_reports_it() {
    let server = TestServer::start(&[("main.qml", "Item {\n  bad: 1\n}\n")]);
    let events = server.events();
    let version = events.change().version;
    let text = "Cannot assign to non-existent property \"bad\"";
    let reports =
        |version: &str| {
            // Qt 5.15 and 6.4 know no column, and the versions differ in colons.
            for (client, place) in [
                ("five", "main.qml:2"),
                ("six", "main.qml:2:3:"),
                ("six again", "main.qml:2:3:"),
                ("six four", "main.qml:2:-1:"),
                ("on another port", "main.qml:2:"),
            ] {
                let message = format!("http://{client}.localhost/@{version}/{place} {text}")
                    .replacen(&format!("{client}."), "", 1);
                post(&server, &error(client, version, &message));
            }
            // A fence: what came before it has been printed.
            post(&server, &error("last", version, "something else"));
        };
    let printed = || server.stderr().matches(text).count();

    reports(&version);
    server.logged("reported by last");
    assert_eq!(printed(), 1, "{}", server.stderr());

    // Of several errors in one report, only the new ones are printed.
    let both = format!(
        "http://h/@{version}/main.qml:2: {text}\nhttp://h/@{version}/main.qml:3:1: Another"
    );
    post(&server, &error("both", &version, &both));
    server.logged("main.qml:3:1: Another");
    assert_eq!(printed(), 1, "{}", server.stderr());

    // The same in another version is news: it was not repaired.
    server.save("main.qml", "Item {\n  bad: 1; width: 1\n}\n", Save::Rename);
    let version = events.until_changed("main.qml").version;
    reports(&version);
    server.logged("bad: 1; width: 1");
    wait_until("it is printed again", || server.stderr(), || printed() == 2);
    // All of them are in the status, newest first.
    let errors = server.status()["errors"].clone();
    assert_eq!(errors.as_array().unwrap().len(), 13);
    assert_eq!(errors[0]["client"], "last");
}

#[test]
fn texts_that_are_odd_are_printed_as_well_as_can_be() {
    let server = TestServer::start(&[("main.qml", "Item {\n\tä☃: 1\n}\n")]);
    let version = server.version();
    for message in [
        String::new(),
        "\n\n".to_owned(),
        ":".to_owned(),
        "http://".to_owned(),
        "http:// x".to_owned(),
        format!("http://h/@{version}/main.qml:99999: beyond the end"),
        format!("http://h/@{version}/main.qml:2:99999: beyond the line"),
        format!("http://h/@{version}/main.qml:0:0: zero"),
        format!("http://h/@{version}/main.qml:99999999999999999999:1: huge"),
        format!("http://h/@{version}/../../etc/passwd:1: outside"),
        format!("http://h/@{version}/%ff.qml:1: not UTF-8"),
        "http://h/@0123456789abcdef/main.qml:1: unknown version".to_owned(),
        "http://[::1:8080/main.qml:1: no host".to_owned(),
        "x".repeat(60_000),
    ] {
        post(&server, &error("odd", &version, &message));
    }
    post(&server, &json!({"client": "", "kind": "error"}));
    post(
        &server,
        &json!({"client": "x", "kind": "error", "version": "nonsense", "message": null}),
    );
    server.logged("beyond the line");
    assert_eq!(server.get("/main.qml").status, 200);
    assert!(!server.stderr().contains("root:"), "{}", server.stderr());
}

#[test]
fn only_the_last_failures_are_kept() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let version = server.version();
    for n in 0..60 {
        post(&server, &error("one", &version, &format!("error {n}")));
    }

    let errors = server.status()["errors"].clone();

    let errors = errors.as_array().unwrap();
    assert_eq!(errors.len(), 50);
    assert_eq!(errors[0]["errors"][0]["message"], "error 59");
}

#[test]
fn equal_errors_of_one_report_are_one() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let version = server.version();
    let line = format!("{}/@{version}/main.qml:1:1: no\n", server.announced);
    let other = format!("{}/@{version}/main.qml:1: yes\n", server.announced);
    post(&server, &error("a", &version, &(line.repeat(40) + &other)));
    let errors = &server.status()["errors"][0]["errors"];
    let messages: Vec<_> = errors.as_array().unwrap().iter().collect();
    assert_eq!(messages.len(), 2, "{errors}");
    assert_eq!(messages[1]["message"], "yes");
    server.logged("yes");
    assert_eq!(server.stderr().matches(": no").count(), 1);
}

#[test]
fn one_report_cannot_flood_the_log() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let lines: String = (0..10_000).map(|n| format!("{n}\n")).collect();

    post(&server, &error("loud", &server.version(), &lines));
    post(&server, &error("last", &server.version(), "the end"));

    server.logged("reported by last");
    let printed = server.stderr().matches("reported by loud").count();
    assert!((1..=100).contains(&printed), "{printed}");
}

#[test]
fn many_reports_cannot_flood_the_log() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let version = server.version();
    let long = "é".repeat(20_000);
    for n in 0..300 {
        post(&server, &error("loud", &version, &format!("{n} {long}")));
    }

    server.logged("more errors are reported than are printed");
    let log = server.stderr();
    assert!(log.matches("reported by loud").count() < 300);
    assert!(log.lines().all(|line| line.chars().count() < 1200));
}

#[test]
fn a_report_that_is_not_one_is_refused_in_one_shape() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let valid = error("x", "0123456789abcdef", "y").to_string();
    let large = error("x", "0123456789abcdef", &"y".repeat(70_000)).to_string();
    for (body, status) in [
        (&b""[..], 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"{}", 400),
        (b"{\"client\": \"x\", \"kind\": \"exploded\"}", 400),
        (b"{\"client\": 7, \"kind\": \"error\"}", 400),
        (b"\xff\xfe", 400),
        (b"{\"client\": \"\\ud800\", \"kind\": \"error\"}", 400),
        (&[b'['; 60_000], 400),
        (large.as_bytes(), 413),
    ] {
        let head = format!(
            "POST /@qmlserve/report HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let response = server.raw(&[head.as_bytes(), body].concat());

        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
        assert_eq!(response.status, status, "{shown}: {response:?}");
        let error = &response.json()["error"];
        assert_eq!(error["status"], status, "{shown}");
        assert!(error["message"].is_string(), "{shown}");
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{shown}");
    }
    // Without a length, in chunks that never end: cut off at the limit.
    let mut chunked =
        b"POST /@qmlserve/report HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec();
    for _ in 0..20 {
        chunked.extend_from_slice(b"1000\r\n");
        chunked.extend_from_slice(&[b' '; 0x1000]);
        chunked.extend_from_slice(b"\r\n");
    }
    assert_eq!(server.raw(&chunked).status, 413);
    let type_ = [("Content-Type", "text/plain")];
    let response = server.request("POST", "/@qmlserve/report", &type_, valid.as_bytes());
    assert_eq!(response.status, 204, "Qt sends what type it likes");
    assert_eq!(server.status()["errors"].as_array().unwrap().len(), 1);
}

#[test]
fn what_the_server_does_not_have_is_not_found() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    for (method, path, status) in [
        ("GET", "/@qmlserve/nothing", 404),
        ("GET", "/@qmlserve/page/", 404),
        ("GET", "/@qmlserve/page/nothing", 404),
        ("GET", "/@qmlserve", 404),
        ("GET", "/@qmlserve/live.qml/x", 404),
        ("GET", "/@qmlserve/..%2f..%2fCargo.toml", 404),
        ("GET", "/@qmlserve/live.qml", 200),
        ("GET", "/@qmlserve/qmldir", 200),
        ("POST", "/@qmlserve/status", 405),
        ("DELETE", "/@qmlserve/report", 405),
    ] {
        let response = server.request(method, path, &[], b"");
        assert_eq!(response.status, status, "{method} {path}");
        if status != 200 {
            assert_eq!(
                response.json()["error"]["status"],
                status,
                "{method} {path}"
            );
        }
    }
}

#[test]
fn a_singleton_that_goes_on_running_is_told_of_once() {
    let clock = |interval: u32| {
        format!(
            "pragma Singleton\nimport QtQuick 2.12\nItem {{ Timer {{ interval: {interval} }} }}\n"
        )
    };
    let server = TestServer::start(&[
        ("main.qml", ITEM),
        ("Clock.qml", &clock(1)),
        (
            "Theme.qml",
            "pragma Singleton\nimport QtQuick 2.12\nItem {}\n",
        ),
    ]);
    let events = server.events_at("/@qmlserve/events?client=tablet");
    let first = events.change().version;
    post(
        &server,
        &json!({"client": "tablet", "kind": "loaded", "version": first}),
    );
    for interval in [2, 3] {
        server.write("Clock.qml", clock(interval));
        let version = events.change().version;
        post(
            &server,
            &json!({"client": "tablet", "kind": "loaded", "version": version}),
        );
    }

    server.logged("Clock.qml: a client keeps the former instance");
    assert_eq!(server.stderr().matches("former instance").count(), 1);
}

#[test]
fn an_error_is_explained_to_who_asks() {
    let main = "import QtQuick 2.12\nItem {\n    Buton {}\n}\n";
    let server = TestServer::start(&[
        ("main.qml", main),
        ("pages/Gauge.qml", ITEM),
        (
            "pages/Front.qml",
            "import QtQuick 2.12\nItem { Vehicle {} }\n",
        ),
        ("Vehicle.qml", ITEM),
    ]);
    let version = server.version();
    let explain = |message: &str| {
        let place = format!("http://localhost/@{version}/main.qml:3:5");
        let mut report = error("tablet", &version, &format!("{place}: {message}"));
        report["explain"] = json!(true);
        let response = server.report(&report);
        assert_eq!(response.status, 200, "{response:?}");
        response.json()["errors"][0].clone()
    };
    let explained = explain("Buton is not a type");
    assert_eq!(explained["place"], "main.qml:3:5");
    assert_eq!(explained["source"], "    3 |     Buton {}\n      |     ^");
    server.logged("did you mean Button?");
    for (name, hint) in [
        ("Buton", json!("did you mean Button?")),
        (
            "Button",
            json!("it is a type of Qt's: import QtQuick.Controls"),
        ),
        (
            "Controls.Button",
            json!("it is a type of Qt's: import QtQuick.Controls"),
        ),
        (
            "Gauge",
            json!("pages/Gauge.qml is in another folder: import \"pages\""),
        ),
        ("Vehicel", json!("did you mean Vehicle?")),
        ("Rectangel", json!("did you mean Rectangle?")),
        ("Xyzzy", Value::Null),
        ("", Value::Null),
        (&"A".repeat(5_000), Value::Null),
    ] {
        let explained = explain(&format!("{name} is not a type"));
        assert_eq!(explained["hint"], hint, "{name}");
    }
    assert_eq!(explain("Expected token `}'")["hint"], Value::Null);
}

#[test]
fn a_client_s_coming_and_going_and_how_fast_it_is_are_told() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let stream = server.events_at("/@qmlserve/events?client=tablet&qt=6.12.0&document=main.qml");
    let shown = |version: &str| {
        post(
            &server,
            &json!({"client": "tablet", "kind": "loaded", "version": version, "duration": 20.4}),
        );
    };
    shown(&stream.change().version);
    server.logged("tablet (Qt 6.12.0, 127.0.0.1) has come, and shows main.qml in 20 ms");
    server.write("main.qml", "Item { }\n");
    shown(&stream.change().version);
    server.logged("shown in 20 ms by tablet (Qt 6.12.0, 127.0.0.1)");
    // A stream that is renewed is no going.
    let renewed = server.events_at("/@qmlserve/events?client=tablet&qt=6.12.0&document=main.qml");
    drop(stream);
    drop(renewed);
    server.logged("tablet (Qt 6.12.0, 127.0.0.1) has gone");
}
