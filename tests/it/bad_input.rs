//! What goes wrong in a tree: each case has a defined outcome and a message,
//! and none of them stops the server or loses the last good state.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Folder, Save, Setup, TestServer, wait_until};

/// A qmldir that maps nothing.
const NOTHING: &str = "internal QmlserveNothing nothing.qml\n";
const ITEM: &str = "Item {}\n";

/// The server still sees changes and answers.
#[track_caller]
fn is_well(server: &TestServer) {
    let events = server.events();
    events.change();
    let text = format!("{:?}", Instant::now());
    server.save("well.txt", &text, Save::Rename);
    let change = events.until_changed("well.txt");
    let served = server.get(&format!("/@{}/well.txt", change.version));
    assert_eq!(served.text(), text);
    assert!(!server.stderr().contains("panicked"), "{}", server.stderr());
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_told_and_keeps_its_last_good_state() {
    use std::os::unix::fs::PermissionsExt as _;
    let setup = Setup::new().files(&[
        ("main.qml", ITEM),
        ("Locked.qml", ITEM),
        ("B.qml", ITEM),
        ("closed/X.qml", ITEM),
        ("private/x.json", "{}"),
    ]);
    let lock = |folder: &Folder, path: &str, mode: u32| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(folder.on_disk(path), permissions).unwrap();
    };
    lock(setup.folder(), "Locked.qml", 0o000);
    lock(setup.folder(), "private", 0o000);
    let Some(setup) = setup.without_privileges() else {
        println!("SKIPPED: root reads everything, and the binary cannot be run as nobody");
        return;
    };
    let server = setup.start();
    let events = server.events();
    let first = events.change();

    // Unreadable from the start: left out, told, the rest works.
    server.logged("Locked.qml: the file cannot be read");
    server.logged("check its permissions, it is left out until it can be read");
    let versioned = server.get(&format!("/@{}/Locked.qml", first.version));
    assert_eq!(versioned.status, 404);
    server.logged("private: the file cannot be read");
    let plain = server.get("/Locked.qml");
    assert_eq!(plain.status, 403);
    assert!(plain.text().contains("permissions"), "{}", plain.text());

    // Readable later.
    lock(&server.folder, "Locked.qml", 0o644);
    events.until_changed("Locked.qml");

    // Unreadable later: the last good state stays.
    lock(&server.folder, "B.qml", 0o000);
    server.logged("B.qml: the file cannot be read");
    server.logged("its last good state stays");
    lock(&server.folder, "closed", 0o000);
    server.logged("closed: the file cannot be read");
    let version = server.version();
    for path in ["B.qml", "closed/X.qml"] {
        let kept = server.get(&format!("/@{version}/{path}"));
        assert_eq!((kept.status, kept.text()), (200, ITEM), "{path}");
    }
    lock(&server.folder, "closed", 0o755);
    lock(&server.folder, "private", 0o755);
    assert!(!server.stderr().contains("polling"), "{}", server.stderr());
    is_well(&server);
    lock(&server.folder, "B.qml", 0o644);
    server.save("B.qml", "Item { width: 1 }", Save::Rename);
    server.events().until(|change| {
        let url = format!("/@{}/B.qml", change.version);
        server.get(&url).text() == "Item { width: 1 }"
    });
}

#[test]
fn files_that_vanish_before_they_are_read_are_no_news() {
    /// A document with nothing to be told of.
    const LOADS: &str = "import QtQuick\nItem {}\n";
    let server = TestServer::start(&[("main.qml", LOADS)]);
    let events = server.events();
    let first = events.change();

    for n in 0..500 {
        let path = format!("gone{}.qml", n % 7);
        server.write(&path, LOADS);
        server.folder.remove(&path);
        let dir = format!("dir{}", n % 5);
        server.write(&format!("{dir}/a/b.qml"), LOADS);
        server.folder.remove(&dir);
    }

    is_well(&server);
    server.folder.remove("well.txt");
    events.until(|change| change.version == first.version);
    assert!(!server.stderr().contains("WARN"), "{}", server.stderr());
    assert!(!server.stderr().contains("ERROR"), "{}", server.stderr());
}

#[test]
fn a_document_that_is_not_utf8_is_told_and_served_as_it_is() {
    let bytes = b"import QtQuick\nText { text: \"Gr\xf6\xdfe\" }\n";
    let server = Setup::new()
        .file("main.qml", bytes)
        .file("sub/qmldir", b"module \xff\n")
        .file("sub/X.qml", ITEM)
        .file("bin.js", [0, 255, 0, 254])
        .start();

    server.logged("main.qml: it is not UTF-8 (byte 31); save it as UTF-8");
    server.logged("sub/qmldir: it is not UTF-8 (byte 7); save it as UTF-8, until then its entries");
    let version = server.version();
    for url in ["/main.qml".to_owned(), format!("/@{version}/main.qml")] {
        assert_eq!(server.get(&url).body, bytes, "{url}");
    }
    assert_eq!(server.get("/bin.js").body, [0, 255, 0, 254]);
    // The directory's own types are there nevertheless.
    let qmldir = server.get(&format!("/@{version}/sub/qmldir"));
    assert_eq!(qmldir.text(), "X X.qml\n");
    is_well(&server);
}

#[test]
fn a_document_of_100_mb_is_served_from_disk_and_told() {
    let setup = Setup::new().file("B.qml", ITEM);
    let huge = fs::File::create(setup.folder().on_disk("main.qml")).unwrap();
    huge.set_len(100 << 20).unwrap();
    let server = setup.start();

    server.logged(
        "main.qml: it has 104857600 bytes; a document of 16 MiB or more is served as it is",
    );
    let version = server.version();
    for url in ["/main.qml".to_owned(), format!("/@{version}/main.qml")] {
        let response = server.get(&url);
        assert_eq!(response.status, 200, "{url}");
        assert_eq!(response.body.len(), 100 << 20, "{url}");
        let part = server.get_with(&url, &[("Range", "bytes=5-9")]);
        assert_eq!((part.status, part.body.len()), (206, 5), "{url}");
    }
    let events = server.events();
    events.change();
    huge.set_len(101 << 20).unwrap();
    drop(huge);
    events.until_changed("main.qml");
    server.write("main.qml", ITEM);
    let small = events.until_changed("main.qml");
    assert_eq!(server.get(&small.url.unwrap()).text(), ITEM);
    is_well(&server);
}

#[test]
fn an_empty_tree_waits_for_its_first_file() {
    let server = TestServer::start(&[]);
    let events = server.events();

    let first = events.change();
    assert_eq!(first.url, None);
    assert!(first.hint.unwrap().contains("create it"));
    assert_eq!(server.get("/").json(), serde_json::json!([]));
    assert_eq!(server.get("/main.qml").status, 404);
    assert_eq!(server.get("/qmldir").text(), NOTHING);

    server.write("main.qml", ITEM);
    let there = events.until_changed("main.qml");
    assert_eq!(server.get(&there.url.unwrap()).text(), ITEM);
}

#[test]
fn a_directory_called_like_a_document_is_a_directory() {
    let named = ["--document", "main.qml"];
    let server = Setup::new()
        .file("main.qml/Inner.qml", ITEM)
        .args(&named)
        .start();
    let events = server.events();
    assert_eq!(events.change().url, None);
    assert_eq!(server.get("/main.qml").json()[0]["name"], "Inner.qml");
    assert_eq!(server.get("/main.qml/Inner.qml").text(), ITEM);
    assert_eq!(server.get("/qmldir").text(), NOTHING);

    // Replaced by the file, and back, and again.
    for round in 0..5 {
        server.folder.remove("main.qml");
        let text = format!("Item {{ width: {round} }}");
        server.write("main.qml", &text);
        let file = events.until(|change| change.url.is_some()).pop().unwrap();
        assert_eq!(server.get(&file.url.unwrap()).text(), text);

        server.folder.remove("main.qml");
        server.write("main.qml/Inner.qml", ITEM);
        let directory = events.until(|change| {
            change.url.is_none() && change.changed.contains(&"main.qml/Inner.qml".to_owned())
        });
        let version = &directory.last().unwrap().version;
        assert_eq!(server.get(&format!("/@{version}/main.qml")).status, 404);
        let inner = server.get(&format!("/@{version}/main.qml/Inner.qml"));
        assert_eq!(inner.text(), ITEM);
    }
}

#[cfg(unix)]
#[test]
fn fifos_and_sockets_block_nobody() {
    let setup = Setup::new().file("main.qml", ITEM);
    for pipe in ["pipe.qml", "pipe.png", "qmldir"] {
        let status = std::process::Command::new("mkfifo")
            .arg(setup.folder().on_disk(pipe))
            .status()
            .unwrap();
        assert!(status.success());
    }
    let socket = setup.folder().on_disk("socket.qml");
    let _socket = std::os::unix::net::UnixListener::bind(socket).unwrap();
    let server = setup.start();

    for path in ["pipe.qml", "pipe.png", "socket.qml"] {
        assert_eq!(server.get(&format!("/{path}")).status, 403, "{path}");
        let versioned = format!("/@{}/{path}", server.version());
        assert_eq!(server.get(&versioned).status, 404, "{path}");
    }
    assert_eq!(server.get("/qmldir").text(), NOTHING);
    server.logged("pipe.qml: it is neither a file nor a folder; it is not served");
    // A document that turns into a pipe while it is watched.
    let events = server.events();
    events.change();
    server.folder.remove("main.qml");
    let status = std::process::Command::new("mkfifo")
        .arg(server.folder.on_disk("main.qml"))
        .status()
        .unwrap();
    assert!(status.success());
    events.until(|change| change.url.is_none());
    is_well(&server);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_no_url_can_carry_are_left_out() {
    use std::os::unix::ffi::OsStrExt as _;
    let setup = Setup::new().file("main.qml", ITEM);
    for name in [
        &b"\xff\xfe.qml"[..],
        b"new\nline.qml",
        b"back\\slash.qml",
        b"a:b.qml",
        b"NUL",
        b"esc\x1b[2J.qml",
    ] {
        let name = std::ffi::OsStr::from_bytes(name);
        fs::write(setup.folder().root().join(name), ITEM).unwrap();
    }
    let server = setup.start();
    let events = server.events();
    events.change();

    let listing = server.get("/").json();
    assert_eq!(listing.as_array().unwrap().len(), 1, "{listing}");
    let odd = std::ffi::OsStr::from_bytes(b"more\xff.qml");
    fs::write(server.folder.root().join(odd), ITEM).unwrap();
    is_well(&server);
    assert!(!server.stderr().contains('\u{1b}'), "{}", server.stderr());
}

#[test]
fn documents_made_to_hurt_a_parser_do_not() {
    let deep = |open: &str, close: &str, n: usize| open.repeat(n) + &close.repeat(n);
    let documents = [
        ("Nested.qml", deep("Item { ", "}", 50_000)),
        ("Open.qml", "Item { ".repeat(100_000)),
        ("Closed.qml", "}".repeat(100_000)),
        (
            "Arrays.qml",
            format!("Item {{ property var a: {} }}", deep("[", "]", 50_000)),
        ),
        ("Parens.js", format!("var a = {};", deep("(", ")", 50_000))),
        ("Functions.js", deep("function f() { ", "}", 20_000)),
        ("Unary.js", format!("var a = {}1;", "-".repeat(100_001))),
        ("Binary.js", format!("var a = 1{};", " + 1".repeat(50_000))),
        ("Quotes.qml", "\"".repeat(100_001)),
        ("Template.js", deep("`${", "}`", 20_000)),
        (
            "Imports.qml",
            "import Some.Module 1.0\n".repeat(20_000) + "Item {}",
        ),
        (
            "Line.qml",
            format!("Item {{ x: \"{}\" }}", "x".repeat(2_000_000)),
        ),
        ("Zeros.qml", "\0".repeat(100_000)),
        ("Comment.qml", "/*".repeat(100_000)),
        ("Marks.qml", "\u{feff}".repeat(1000)),
        (
            "Dots.qml",
            format!("import {}\nItem {{}}", "a.".repeat(50_000)),
        ),
        (
            "Regex.js",
            format!("var r = /{}/;", deep("(", ")*", 20_000)),
        ),
    ];
    let server = TestServer::start(&[
        ("main.qml", ITEM),
        ("sub/Mod/qmldir", "module Some.Module\n"),
    ]);
    let events = server.events();
    events.change();
    for (name, text) in &documents {
        server.save(name, text, Save::Rename);
        let change = events.until_changed(name);
        let served = server.get(&format!("/@{}/{name}", change.version));
        assert_eq!(served.status, 200, "{name}");
        if *name != "Imports.qml" {
            assert!(served.text() == text, "{name} was changed");
        }
        server.folder.remove(name);
    }
    // A qmldir of the same kind.
    let lines = "Button 1.0 Button.qml\nsingleton\n".repeat(20_000);
    server.save("qmldir", lines, Save::Rename);
    events.until_changed("qmldir");
    let log = server.stderr().len();
    assert!(log < 100_000, "{log} bytes of log");
    is_well(&server);
}

#[test]
fn a_syntax_error_is_the_clients_to_tell_and_the_repair_is_a_change() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let events = server.events();
    let good = events.change();

    server.save("main.qml", "Item { width: }", Save::Rename);
    let bad = events.until_changed("main.qml");
    assert_eq!(server.get(&bad.url.unwrap()).text(), "Item { width: }");
    assert_eq!(server.get(good.url.as_ref().unwrap()).text(), ITEM);

    server.save("main.qml", ITEM, Save::Rename);
    let repaired = events.until_changed("main.qml");
    assert_eq!(repaired.url, good.url);
}

#[test]
fn a_large_tree_is_read_within_the_deadline() {
    let mut setup = Setup::new().file("main.qml", ITEM);
    for n in 0..3000 {
        setup = setup.file(
            &format!("d{}/F{n}.qml", n % 50),
            format!("Item {{ width: {n} }}"),
        );
    }
    let server = setup.start();
    let events = server.events();
    events.change();
    let start = Instant::now();
    server.save("d7/F2007.qml", "Item {}", Save::Rename);
    let change = events.until_changed("d7/F2007.qml");
    assert_eq!(change.changed.len(), 1);
    assert!(start.elapsed() < Duration::from_secs(10));
    wait_until(
        "the log tells it",
        || server.stderr(),
        || server.stderr().contains("changed: d7/F2007.qml"),
    );
}

#[test]
fn what_is_no_http_floods_no_log() {
    for (args, is_told) in [(&[][..], false), (&["-v"][..], true)] {
        let server = Setup::new().args(args).start();
        for _ in 0..3 {
            assert_eq!(server.raw(b"this is no HTTP\r\n\r\n").status, 400);
        }
        if is_told {
            server.logged("stream error");
        } else {
            // The line would follow its answer.
            assert_eq!(server.get("/").status, 200);
            assert!(!server.stderr().contains("ERROR"), "{}", server.stderr());
        }
    }
}

#[test]
fn documents_that_nobody_wrote_keep_no_others_waiting() {
    let arrows = "()=>1,".repeat(300_000);
    // Any bytes, always the same.
    let noise = |mut seed: u64| {
        let byte = |_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 56) as u8
        };
        (0..200_000).map(byte).collect::<Vec<u8>>()
    };
    let base: String = (0..2_000)
        .map(|n| format!("Text{{baseUrl:'d{n}/'}}Image{{source:'{n}'}}\n"))
        .collect();
    let calls: String = (0..2_000).map(|n| format!("f(a{n}),")).collect();
    let setup = Setup::new()
        .file("main.qml", ITEM)
        .file("arrows.js", format!("var all = [{arrows} 1]\n"))
        .file("noise.qml", noise(1))
        .file(
            "base.qml",
            format!("import QtQuick 2.12\nItem {{\n{base}}}\n"),
        )
        .file(
            "calls.qml",
            format!("import QtQuick 2.12\nItem {{ x: [{calls} 1] }}\n"),
        );
    let server = setup.start();
    let events = server.events();
    events.change();
    server.write("more.js", noise(2));
    server.write("main.qml", "Item { width: 1 }\n");
    events.until_changed("main.qml");
    let versioned = format!("/@{}/arrows.js", server.version());
    assert_eq!(server.get(&versioned).status, 200);
}
