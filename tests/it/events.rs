//! The stream of events: what a client is told, when, and how a stream ends.

use std::time::Instant;

use crate::support::{Change, DEADLINE, Message, Save, Setup, TestServer};

const ITEM: &str = "Item {}\n";

fn strings(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn the_state_is_told_at_once() {
    let server = TestServer::start(&[("main.qml", ITEM)]);

    let events = server.events();
    let version = server.version();

    assert_eq!(events.message(), Message::Retry(1000));
    let first = Change {
        version: version.clone(),
        url: Some(server.url(&format!("/@{version}/main.qml#{version}"))),
        changed: Vec::new(),
        hint: None,
        context: None,
    };
    assert_eq!(events.message(), Message::Change(first));
    for (name, value) in [
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
    ] {
        let header = events.headers.iter().find(|(n, _)| n == name);
        assert_eq!(header.map(|(_, v)| &**v), Some(value), "{name}");
    }
}

#[test]
fn a_change_names_what_changed() {
    let server = TestServer::start(&[("main.qml", ITEM), ("b/B.qml", ITEM), ("c.png", "1")]);
    let events = server.events();
    let mut before = events.change().version;
    for (path, content) in [
        ("main.qml", "Item { width: 1 }"),
        ("b/B.qml", "Item { width: 2 }"),
        ("c.png", "2"),
        ("b/new one.js", "var x"),
        ("Größe \"☃\".qml", ITEM),
    ] {
        server.save(path, content, Save::Rename);

        let change = events.change();

        assert_eq!(change.changed, [path]);
        assert_ne!(change.version, before);
        assert_eq!(change.hint, None);
        let url = change.url.unwrap();
        assert!(url.contains(&change.version), "{url}");
        assert!(url.ends_with(&format!("#{}", change.version)), "{url}");
        before = change.version;
    }
    let names: Vec<_> = (0..150).map(|n| format!("many/F{n:03}.qml")).collect();
    for name in &names {
        server.write(name, ITEM);
    }
    let mut seen = 0;
    events.until(|change| {
        assert!(change.changed.len() <= 100, "{change:?}");
        seen += change.changed.len();
        server
            .get(&format!("/@{}/many/F149.qml", change.version))
            .status
            == 200
    });
    assert!(seen >= 100, "{seen}");
}

#[test]
fn a_missing_entry_is_waited_for() {
    let named = ["--document", "main.qml"];
    let server = Setup::new().file("Other.qml", ITEM).args(&named).start();
    let events = server.events();

    let first = events.change();
    assert_eq!(first.url, None);
    let hint = first.hint.unwrap();
    assert!(hint.contains("main.qml does not exist yet"), "{hint}");
    assert!(server.stdout().contains("main.qml does not exist yet"));
    assert_eq!(server.status()["ready"], false);

    // Something else changes, the hint goes by what is nearest.
    server.write("Main.qml", ITEM);
    let nearer = events.until_changed("Main.qml");
    assert_eq!(nearer.url, None);
    assert!(nearer.hint.unwrap().contains("--document Main.qml"));

    server.write("main.qml", ITEM);
    let there = events.until_changed("main.qml");
    assert_eq!(there.hint, None);
    assert_eq!(server.get(&there.url.unwrap()).text(), ITEM);
    assert_eq!(server.status()["ready"], true);

    server.folder.remove("main.qml");
    let gone = events.until_changed("main.qml");
    assert_eq!(gone.url, None);
    assert!(gone.hint.is_some());
}

#[test]
fn the_document_is_the_clients_choice() {
    let server = Setup::new()
        .args(&["--document", "app/start page.qml"])
        .files(&[("app/start page.qml", ITEM), ("b/Other.qml", ITEM)])
        .start();
    for (query, path) in [
        ("", "app/start%20page.qml"),
        ("?document=", "app/start%20page.qml"),
        ("?document=b/Other.qml", "b/Other.qml"),
        ("?document=/b/Other.qml", "b/Other.qml"),
        ("?document=b%2FOther.qml", "b/Other.qml"),
        ("?document=b/./x/../Other.qml", "b/Other.qml"),
        ("?document=app/start+page.qml", "app/start%20page.qml"),
        (
            "?client=me&qt=6.12.0&document=b/Other.qml&unknown=1",
            "b/Other.qml",
        ),
    ] {
        let events = server.events_at(&format!("/@qmlserve/events{query}"));
        let change = events.change();
        let expected = server.url(&format!("/@{0}/{path}#{0}", change.version));
        assert_eq!(change.url, Some(expected), "{query}");
    }
}

#[test]
fn a_document_that_cannot_be_is_refused() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    for query in [
        "document=..",
        "document=../main.qml",
        "document=a/../../main.qml",
        "document=%2e%2e%2fmain.qml",
        "document=a%00b",
        "document=a%0ab",
        "document=C:%5Cmain.qml",
        "document=a%5Cb",
        "document=nul",
        "document=http://evil.example/main.qml",
        "document=a.qml&document=b.qml",
        &format!("document={}", "a/".repeat(3000)),
    ] {
        let response = server.get_as_is(&format!("/@qmlserve/events?{query}"));

        assert_eq!(response.status, 400, "{query}: {response:?}");
        let error = &response.json()["error"];
        assert_eq!(error["status"], 400, "{query}");
        assert!(error["message"].is_string(), "{query}");
    }
}

#[test]
fn the_urls_name_the_host_that_was_asked() {
    let server = Setup::new()
        .args(&["--allowed-host", "box.example"])
        .file("main.qml", ITEM)
        .start();
    let port = server.port();
    for host in [
        format!("localhost:{port}"),
        format!("app.localhost:{port}"),
        "box.example".to_owned(),
        "box.example:8443".to_owned(),
        format!("[::1]:{port}"),
    ] {
        let events = server.events_as("/@qmlserve/events", &host, &[]);
        let url = events.change().url.unwrap();
        assert!(url.starts_with(&format!("http://{host}/@")), "{url}");
    }
}

#[test]
fn a_silent_stream_shows_that_it_lives() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let events = server.events();
    events.change();

    assert_eq!(events.message(), Message::Comment("heartbeat".into()));
}

#[test]
fn a_new_stream_tells_the_same_version_and_no_change() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let first = server.events().change();

    let second = server.events().change();
    assert_eq!(second, first);

    // What happened between two streams shows in the version alone.
    let between = server.events();
    between.change();
    server.write("main.qml", "Item { width: 1 }");
    let told = between.until_changed("main.qml");
    drop(between);
    let third = server.events().change();
    assert_eq!((third.version, third.url), (told.version, told.url));
    assert_eq!(third.changed, strings(&[]));
}

#[test]
fn a_stream_is_renewed_before_the_clients_text_grows_too_long() {
    // Long names make long events: some 20 KB each.
    let name = |n: usize| format!("{}/{n:03}{}.txt", "d".repeat(100), "n".repeat(100));
    let mut setup = Setup::new().file("main.qml", ITEM);
    for n in 0..100 {
        setup = setup.file(&name(n), "0");
    }
    let server = setup.start();
    let events = server.events();
    events.change();
    let mut rounds = 0;
    let deadline = Instant::now() + DEADLINE;
    let before = 'rounds: loop {
        rounds += 1;
        for n in 0..100 {
            server.write(&name(n), rounds.to_string());
        }
        loop {
            assert!(Instant::now() < deadline, "no renewal: {}", events.text());
            match events.message() {
                Message::Renew => break 'rounds events.ended(),
                Message::Change(change) if is_last(&server, &change, &name(99), rounds) => break,
                Message::End => panic!("it ended without a word"),
                _ => {}
            }
        }
    };

    assert_eq!(before, [], "nothing comes after the renewal");
    let length = events.text().len();
    assert!(length <= 256 * 1024, "{length}");
    assert!(length > 128 * 1024, "{length}: renewed much too early");
    // Nothing is lost to whoever opens the next one.
    assert_eq!(server.events().change().version, server.version());
}

fn is_last(server: &TestServer, change: &Change, path: &str, round: usize) -> bool {
    let response = server.get(&format!("/@{}/{path}", change.version));
    response.status == 200 && response.text() == round.to_string()
}

#[test]
fn an_event_longer_than_a_stream_may_be_renews_it_and_is_not_an_endless_circle() {
    // 100 paths of nearly 4 KB.
    let dir = vec!["d".repeat(250); 14].join("/");
    let server = TestServer::start(&[("main.qml", ITEM), (&format!("{dir}/a"), "")]);
    let events = server.events();
    events.change();
    for n in 0..100 {
        server.write(&format!("{dir}/{n:03}{}", "n".repeat(200)), "x");
    }
    let mut renewed = false;
    for message in events.ended() {
        renewed |= message == Message::Renew;
    }
    assert!(renewed);
    assert!(events.text().len() <= 256 * 1024);

    let next = server.events();
    next.change();
    server.write("main.qml", "Item { width: 1 }");
    next.until_changed("main.qml");
}

#[test]
fn many_clients_are_all_told() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let clients: Vec<_> = (0..100).map(|_| server.events()).collect();
    for client in &clients {
        client.change();
    }
    assert_eq!(server.status()["clients"].as_array().unwrap().len(), 100);

    server.save("main.qml", "Item { width: 1 }", Save::Rename);

    let version = clients[0].until_changed("main.qml").version;
    for client in &clients[1..] {
        assert_eq!(client.until_changed("main.qml").version, version);
    }
}

#[test]
fn a_client_that_does_not_read_holds_nobody_up_and_is_told_the_newest() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    // Opened and never read until the end.
    let mut slow = crate::support::connect(server.address);
    std::io::Write::write_all(
        &mut slow,
        b"GET /@qmlserve/events HTTP/1.1\r\nHost: localhost\r\n\r\n",
    )
    .unwrap();
    let events = server.events();
    events.change();

    let mut version = String::new();
    for n in 0..50 {
        server.save("main.qml", format!("Item {{ width: {n} }}"), Save::Rename);
        version = events.until_changed("main.qml").version;
    }

    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&text).contains(&version) {
        let read = std::io::Read::read(&mut slow, &mut buffer).unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&buffer[..read]);
    }
}

#[test]
fn the_version_for_scripts_is_a_line_of_text() {
    let server = TestServer::start(&[("main.qml", ITEM)]);

    let response = server.get("/@qmlserve/version");

    assert_eq!(response.status, 200);
    let text = response.text();
    assert_eq!(text.len(), 17, "{text:?}");
    assert!(text.ends_with('\n'));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(server.events().change().version, text.trim());
    assert_eq!(server.status()["version"], text.trim());
}

#[test]
fn the_pictures_of_the_document_are_named_once_until_they_change() {
    let picture = |name: &str| {
        format!(
            "import QtQuick 2.12\nItem {{ Image {{ source: \"{name}\"; sourceSize.width: 20 }} Part {{}} }}\n"
        )
    };
    let files: &[(&str, &str)] = &[
        ("main.qml", &picture("a.png")),
        (
            "Part.qml",
            "import QtQuick 2.12\nFontLoader { source: \"b.ttf\" }\n",
        ),
        (
            "Unused.qml",
            "import QtQuick 2.12\nImage { source: \"a.png\" }\n",
        ),
        ("a.png", "a"),
        ("b.ttf", "b"),
        ("large.png", &"x".repeat((1 << 20) + 1)),
    ];
    let server = Setup::new()
        .files(files)
        .args(&["--granularity", "document"])
        .start();
    let stream = server.events();
    let version = stream.change().version;
    let named = format!(
        "\"pictures\":[{{\"url\":\"/@{version}/a.png\",\"size\":[20,0],\"fill\":0}},{{\"url\":\"/@{version}/b.ttf\",\"fill\":0}}]"
    );
    assert!(stream.text().contains(&named), "{}", stream.text());

    let before = stream.text().len();
    server.write("Part.qml", "import QtQuick 2.12\nItem {}\n");
    stream.until_changed("Part.qml");
    let renamed = stream.text()[before..].to_owned();
    assert!(renamed.contains("\"pictures\":[{"), "{renamed}");
    assert!(!renamed.contains("b.ttf"), "{renamed}");

    let before = stream.text().len();
    server.write("main.qml", picture("large.png"));
    stream.until_changed("main.qml");
    let none = stream.text()[before..].to_owned();
    assert!(none.contains("\"pictures\":[]"), "{none}");

    let before = stream.text().len();
    server.write("main.qml", picture("large.png") + "\n");
    stream.until_changed("main.qml");
    let same = stream.text()[before..].to_owned();
    assert!(!same.contains("pictures"), "{same}");
}
