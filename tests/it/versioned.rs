//! `/@VERSION/PATH`: a document as it was, its imports resolved, and the
//! qmldir of every directory.

use std::collections::BTreeMap;

use url::Url;

use crate::support::{EventStream, Save, Setup, TestServer, wait_until};

const ITEM: &str = "Item {}\n";

/// `/@VERSION/PATH` for the newest version.
fn newest(server: &TestServer, path: &str) -> String {
    format!("/@{}/{path}", server.version())
}

#[test]
fn a_versioned_document_may_be_kept_for_ever() {
    let server = TestServer::start(&[("main.qml", ITEM), ("A.qml", ITEM), ("a.png", "png")]);
    for path in ["main.qml", "a.png", "qmldir"] {
        let url = newest(&server, path);

        let response = server.get(&url);

        assert_eq!(response.status, 200, "{path}");
        let caching = response.header("cache-control").unwrap();
        assert!(caching.contains("immutable"), "{path}: {caching}");
        assert!(caching.contains("max-age=31536000"), "{path}: {caching}");
        let etag = response.header("etag").unwrap();
        let again = server.get_with(&url, &[("If-None-Match", etag)]);
        assert_eq!(again.status, 304, "{path}");
        let part = server.get_with(&url, &[("Range", "bytes=0-1")]);
        assert_eq!(part.status, 206, "{path}");
        assert_eq!(part.body, response.body[..2], "{path}");
    }
}

/// A tree with modules declared by their qmldir, found by their path, and
/// found below an import root.
fn modules() -> Setup {
    Setup::new()
        .args(&["--import", "vendor", "--allowed-host", "box.example"])
        .files(&[
            (
                "declared/here/qmldir",
                "module My.Mod\nThing 1.0 Thing.qml\n",
            ),
            ("declared/here/Thing.qml", ITEM),
            ("By/Path/Thing.qml", ITEM),
            ("vendor/Deep/Inside/Thing.qml", ITEM),
            ("with space/qmldir", "module Spaced\n"),
            ("with space/Thing.qml", ITEM),
            ("QtQuick/Controls/Mine.qml", ITEM),
            ("lib/logic.js", ""),
            ("sub/Other.qml", ITEM),
        ])
}

#[test]
fn imports_are_resolved_on_their_own_line_and_all_else_stays() {
    let server = modules().start();
    let port = server.port();
    let own = format!("http://localhost:{port}");
    let events = server.events();
    events.change();
    for (source, expected) in [
        // Dotted modules of the tree.
        ("import My.Mod 1.0", "import \"declared/here\" 1.0"),
        ("import My.Mod", "import \"declared/here\""),
        (
            "import My.Mod 1.0 as M",
            "import \"declared/here\" 1.0 as M",
        ),
        (
            "import My.Mod as M // why",
            "import \"declared/here\" as M // why",
        ),
        ("import By.Path 2.5", "import \"By/Path\""),
        ("import Deep.Inside", "import \"vendor/Deep/Inside\""),
        ("import Spaced", "import \"with%20space\""),
        (
            "import My.Mod; import By.Path",
            "import \"declared/here\"; import \"By/Path\"",
        ),
        // The server itself, however it is called.
        (
            &format!("import \"{own}\" 1.0 as Remote"),
            "import \"@self\" as Remote",
        ),
        (&format!("import \"{own}/\" 1.0"), "import \"@self\""),
        (&format!("import \"{own}/sub\""), "import \"sub\""),
        (
            &format!("import \"{own}/with%20space\""),
            "import \"with%20space\"",
        ),
        (
            &format!("import \"http://127.0.0.1:{port}/sub\" as S"),
            "import \"sub\" as S",
        ),
        (
            &format!("import \"http://[::1]:{port}/sub\""),
            "import \"sub\"",
        ),
        (
            &format!("import \"http://LOCALHOST:{port}/sub\""),
            "import \"sub\"",
        ),
        (
            &format!("import \"http://box.example:{port}/sub\""),
            "import \"sub\"",
        ),
        (
            &format!("import \"{own}/lib/logic.js\" as L"),
            "import \"lib/logic.js\" as L",
        ),
    ] {
        check(&server, &events, source, expected);
    }
    // What is not the server's stays byte for byte.
    for source in [
        "import QtQuick 2.15",
        "import QtQuick",
        "import QtQuick.Controls 2.15 as C",
        "import Qt.labs.settings 1.0",
        "import Nowhere.At.All 1.0",
        "import \"sub\"",
        "import \"./sub\" as S",
        "import 'lib/logic.js' as L",
        "import \"http://example.com:1/x\" 1.0",
        "import \"https://example.com/x\"",
        "import \"http://localhost:1/sub\"",
        "import \"qrc:/x\"",
        "import \"file:///x\"",
        "// import My.Mod",
        "/* import My.Mod\nimport By.Path */",
    ] {
        check(&server, &events, source, source);
    }
}

/// Saves a document with `header` in front of a body that only looks like
/// imports, and compares what the next version has for it.
#[track_caller]
fn check(server: &TestServer, events: &EventStream, header: &str, expected: &str) {
    for (end, bom) in [("\n", ""), ("\r\n", "\u{feff}")] {
        let document = |header: &str| {
            let pragma = format!("{bom}pragma ComponentBehavior: Bound");
            let lines = [
                &pragma,
                "// a comment",
                header,
                "import QtQuick as Q",
                "Item {",
                "    property string s: 'import My.Mod'",
                "    // import By.Path",
                "}",
            ];
            lines.join(end)
        };
        let source = document(header);

        server.save("main.qml", &source, Save::Rename);
        let url = events.until_changed("main.qml").url.unwrap();

        let served = server.get(&url);
        assert_eq!(served.text(), document(expected), "{header}");
        assert_eq!(served.text().lines().count(), source.lines().count());
        assert_eq!(server.get("/main.qml").text(), source, "plain stays plain");
    }
}

#[test]
fn imports_are_resolved_as_seen_from_where_the_document_lies() {
    let server = modules()
        .files(&[
            ("declared/here/Self.qml", "import My.Mod 1.0\nItem {}"),
            (
                "declared/here/Self2.qml",
                "import My.Mod 1.0 as Me\nItem {}",
            ),
            ("sub/Up.qml", "import My.Mod\nimport By.Path as P\nItem {}"),
            (
                "sub/use.js",
                ".import My.Mod 1.0 as M\n.import \"x.js\" as X\n",
            ),
            ("sub/use.mjs", "import * as x from './x.mjs';\n"),
        ])
        .start();
    let own = server.url("");
    server.write(
        "sub/Root.qml",
        format!("import '{own}' 1.0 as R\nItem {{}}"),
    );
    crate::support::wait_until(
        "the last document is read",
        || server.stderr(),
        || server.get(&newest(&server, "sub/Root.qml")).status == 200,
    );
    for (path, expected) in [
        ("declared/here/Self.qml", "import \"@self\" 1.0\nItem {}"),
        (
            "declared/here/Self2.qml",
            "import \"@self\" 1.0 as Me\nItem {}",
        ),
        (
            "sub/Up.qml",
            "import \"../declared/here\"\nimport \"../By/Path\" as P\nItem {}",
        ),
        (
            "sub/use.js",
            ".import My.Mod 1.0 as M\n.import \"x.js\" as X\n",
        ),
        ("sub/use.mjs", "import * as x from './x.mjs';\n"),
        ("sub/Root.qml", "import \"..\" as R\nItem {}"),
    ] {
        let served = server.get(&newest(&server, path));
        assert_eq!(served.text(), expected, "{path}");
    }
}

#[test]
fn what_is_ones_own_depends_on_the_host_that_was_asked() {
    let server = Setup::new()
        .args(&["--allowed-host", "box.example"])
        .file(
            "main.qml",
            "import \"http://box.example:8000/sub\"\nItem {}",
        )
        .file("sub/X.qml", ITEM)
        .start();
    let path = newest(&server, "main.qml");
    // Behind a proxy or a mapped port, the client's own port counts.
    for (host, first) in [
        ("box.example:8000", "import \"sub\""),
        ("box.example:9000", "import \"http://box.example:8000/sub\""),
    ] {
        let get = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let served = server.raw(get.as_bytes());
        assert_eq!(served.text().lines().next(), Some(first), "{host}");
    }
}

#[test]
fn a_document_that_does_not_parse_is_served_as_it_is() {
    let source = "import My.Mod 1.0\nimport\nItem { width: }\n";
    let server = modules().file("main.qml", source).start();

    assert_eq!(server.get(&newest(&server, "main.qml")).text(), source);
}

#[test]
fn an_unknown_version_is_gone_and_a_malformed_one_is_a_name() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let version = server.version();

    let gone = server.get("/@0123456789abcdef/main.qml");

    assert_eq!(gone.status, 410);
    let error = &gone.json()["error"];
    assert_eq!(error["status"], 410);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("0123456789abcdef")
    );
    assert!(error["hint"].as_str().unwrap().contains(&version));
    assert_eq!(gone.header("cache-control"), Some("no-store"));
    for malformed in [
        "/@zzz/main.qml".to_owned(),
        "/@/main.qml".to_owned(),
        format!(
            "/@{}/main.qml",
            version.to_uppercase().replace(char::is_numeric, "A")
        ),
        format!("/@{}/main.qml", &version[1..]),
        format!("/@{version}"),
    ] {
        assert_eq!(server.get(&malformed).status, 404, "{malformed}");
    }
    let missing = server.get(&format!("/@{version}/mian.qml"));
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("main.qml"), "{}", missing.text());
}

#[test]
fn an_old_version_keeps_answering_its_own_state() {
    let old = [
        ("main.qml", "import \"lib\"\nA { n: 1 }\n"),
        ("lib/A.qml", "Item { property int n; /* old */ }\n"),
        ("lib/gone.js", "var old;\n"),
        ("lib/qmldir", "A 1.0 A.qml\n"),
    ];
    let server = TestServer::start(&old);
    let events = server.events();
    let before = events.change().version;

    // Changed, removed, moved, and a directory in the place of a file.
    server.write("main.qml", "Item { /* new */ }\n");
    server.folder.remove("lib/gone.js");
    server.write("lib/gone.js/now.qml", ITEM);
    server.write("lib/B.qml", ITEM);
    server.folder.rename("lib/A.qml", "A.qml");
    events.until_changed("A.qml");

    for (path, content) in old {
        let path = format!("/@{before}/{path}");
        let kept = server.get(&path);
        assert_eq!(kept.status, 200, "{path}");
        assert_eq!(kept.text(), content, "{path}");
    }
    assert_eq!(server.get(&format!("/@{before}/lib/B.qml")).status, 404);
    assert_eq!(
        server
            .get(&format!("/@{before}/lib/gone.js/now.qml"))
            .status,
        404
    );
}

#[test]
fn an_asset_that_was_changed_is_gone_and_one_that_is_back_is_there() {
    let server = TestServer::start(&[("main.qml", ITEM), ("a.png", "one!")]);
    let events = server.events();
    let url = format!("/@{}/a.png", events.change().version);
    assert_eq!(server.get(&url).text(), "one!");

    // The same size, at once.
    server.write("a.png", "two!");
    let during = server.get(&url);
    events.until_changed("a.png");
    let changed = server.get(&url);
    server.folder.remove("a.png");
    events.until_changed("a.png");
    let removed = server.get(&url);
    server.write("a.png", "one!");
    events.until_changed("a.png");
    let back = server.get(&url);

    assert_eq!(during.status, 410, "{during:?}");
    for gone in [changed, removed] {
        assert_eq!(gone.status, 410);
        assert!(gone.text().contains("a.png"), "{}", gone.text());
        assert_eq!(gone.header("cache-control"), Some("no-store"));
    }
    assert_eq!(back.text(), "one!");
}

#[test]
fn versions_of_the_past_cost_memory_within_the_budget() {
    let server = Setup::new()
        .file("main.qml", "Item { /* 0 */ }")
        .args(&["--snapshots", "100KiB"])
        .start();
    let events = server.events();
    let mut versions = vec![events.change().version];
    for round in 1..8 {
        let padding = " ".repeat(12 * 1024);
        server.save(
            "main.qml",
            format!("Item {{ /* {round} */ }}{padding}"),
            Save::Rename,
        );
        versions.push(events.until_changed("main.qml").version);
    }

    let status = |version: &String| server.get(&format!("/@{version}/main.qml")).status;
    let statuses: Vec<_> = versions.iter().map(status).collect();
    // With what is parsed of it, each counts two and a half times its text: three of 30 KiB fit,
    // and the newest does not count.
    assert_eq!(statuses[6..], [200, 200], "{statuses:?}");
    assert_eq!(statuses[0], 410, "{statuses:?}");
    let kept = statuses.iter().filter(|status| **status == 200).count();
    assert!((3..=5).contains(&kept), "{statuses:?}");
    assert!(
        statuses.is_sorted_by(|a, b| a >= b),
        "oldest first: {statuses:?}"
    );
}

#[test]
fn the_qmldir_of_a_directory_is_the_users_and_what_a_local_client_would_find() {
    let own = "module My.Mod\n\
        \n\
        # a comment\n\
        // another one\n\
        Button 1.0 OldButton.qml\n\
        Button 2.0 Button.qml # the new one\n\
        singleton Theme 1.0 Theme.qml\n\
        internal Part Part.qml\n\
        Logic 1.0 logic.js\n\
        import QtQuick.Controls auto\n\
        depends QtQuick 2.15\n\
        plugin myplugin\n\
        optional plugin other\n\
        classname MyPlugin\n\
        prefer :/qt/qml/My/Mod/\n\
        typeinfo types.qmltypes\n\
        designersupported\n\
        linktarget x\n";
    let expected = "module My.Mod\n\
        Button 1.0 OldButton.qml\n\
        Button 2.0 Button.qml\n\
        singleton Theme 1.0 Theme.qml\n\
        internal Part Part.qml\n\
        Logic 1.0 logic.js\n\
        import QtQuick.Controls auto\n\
        depends QtQuick 2.15\n\
        Both Both.qml\n\
        Form Form.ui.qml\n\
        singleton Loose Loose.qml\n\
        OldButton OldButton.qml\n";
    let server = TestServer::start(&[
        ("qmldir", own),
        ("Button.qml", ITEM),
        ("OldButton.qml", ITEM),
        ("Theme.qml", "pragma Singleton\nItem {}"),
        ("Part.qml", ITEM),
        ("Loose.qml", "// a comment first\npragma Singleton\nItem {}"),
        ("Form.ui.qml", ITEM),
        ("Both.qml", ITEM),
        ("Both.ui.qml", ITEM),
        ("lower.qml", ITEM),
        ("not-a-type.qml", ITEM),
        ("logic.js", ""),
        ("free.js", ""),
        ("note.txt", ""),
    ]);
    for url in ["/qmldir".to_owned(), newest(&server, "qmldir")] {
        let qmldir = server.get(&url);
        assert_eq!(qmldir.status, 200, "{url}");
        assert_eq!(qmldir.text(), expected, "{url}");
        assert_eq!(
            qmldir.header("content-type"),
            Some("text/plain; charset=utf-8"),
            "{url}"
        );
    }
}

#[test]
fn every_directory_with_documents_has_a_qmldir() {
    let server = TestServer::start(&[
        ("main.qml", ITEM),
        ("a/b/Deep.qml", ITEM),
        ("only/script.js", ""),
        ("with space/X.qml", ITEM),
    ]);
    // To Qt, one that maps nothing would say that there is no such directory.
    let nothing = "internal QmlserveNothing nothing.qml\n";
    for (path, expected) in [
        ("qmldir", nothing),
        ("a/b/qmldir", "Deep Deep.qml\n"),
        ("only/qmldir", nothing),
        ("with%20space/qmldir", "X X.qml\n"),
    ] {
        for url in [format!("/{path}"), newest(&server, path)] {
            let qmldir = server.get(&url);
            assert_eq!(qmldir.status, 200, "{url}");
            assert_eq!(qmldir.text(), expected, "{url}");
        }
    }
    assert_eq!(server.get(&newest(&server, "nowhere/qmldir")).status, 404);
}

#[test]
fn a_directory_has_a_second_name_for_whoever_imports_his_own_with_a_qualifier() {
    let server = TestServer::start(&[
        (
            "sub/qmldir",
            "Far 1.0 http://example.com/Far.qml\nsingleton T 1.0 T.qml\n",
        ),
        ("sub/T.qml", "pragma Singleton\nItem {}"),
        ("sub/A.qml", "import \".\" as Me\nItem {}"),
    ]);

    let document = server.get(&newest(&server, "sub/A.qml"));
    let alias = server.get(&newest(&server, "sub/@self/qmldir"));

    assert_eq!(document.text(), "import \"@self\" as Me\nItem {}");
    assert_eq!(alias.status, 200);
    assert_eq!(
        alias.text(),
        "Far 1.0 http://example.com/Far.qml\nsingleton T 1.0 ../T.qml\nA ../A.qml\n"
    );
}

#[test]
fn a_malformed_qmldir_line_is_told_with_its_place_and_the_rest_works() {
    let text = "module My.Mod\nsingleton\nButton 1.0 Button.qml\nButton one Button.qml\n";
    let server = TestServer::start(&[
        ("sub/qmldir", text),
        ("sub/Button.qml", ITEM),
        ("sub/Extra.qml", ITEM),
    ]);

    server.logged("sub/qmldir:2: ");
    server.logged("sub/qmldir:4: ");
    let qmldir = server.get(&newest(&server, "sub/qmldir"));
    assert_eq!(
        qmldir.text(),
        "module My.Mod\nButton 1.0 Button.qml\nExtra Extra.qml\n"
    );
    // Said once, not at every change of something else.
    let events = server.events();
    events.change();
    server.write("sub/Extra.qml", "Item { width: 1 }");
    events.until_changed("sub/Extra.qml");
    server.logged("changed: sub/Extra.qml");
    assert_eq!(server.stderr().matches("sub/qmldir:2: ").count(), 1);
}

#[test]
fn no_url_means_two_things_however_little_is_remembered() {
    let page = |body: &str| format!("import QtQuick 2.12\nItem {{ {body} }}\n");
    let server = Setup::new()
        .files(&[
            ("main.qml", &page("A {} B {} X {}")),
            ("A.qml", &page("property int a: 1")),
            ("B.qml", &page("property int b: 1")),
            ("X.qml", &page("Image { source: 'a.png' }")),
            ("a.png", "1"),
            ("o.txt", "1"),
        ])
        .args(&["--snapshots", "1B", "--granularity", "document"])
        .start();
    let mut meant = BTreeMap::new();
    see(&server, &mut meant);
    for (path, content) in [
        ("B.qml", page("property int b: 2")),
        ("o.txt", "2".to_owned()),
        ("o.txt", "3".to_owned()),
        ("B.qml", page("property int b: 1")),
        ("o.txt", "1".to_owned()),
        ("main.qml", page("A {} B {} X {} width: 1")),
        ("a.png", "2".to_owned()),
        ("a.png", "1".to_owned()),
        ("o.txt", "4".to_owned()),
        ("main.qml", page("A {} B {} X {}")),
        ("A.qml", page("property int a: 2")),
        ("A.qml", page("property int a: 1")),
    ] {
        let before = server.version();
        server.write(path, &content);
        wait_until("the change is there", String::new, || {
            server.version() != before
        });
        see(&server, &mut meant);
    }
}

/// Fetches what a client would that shows main.qml, and checks that it all is as it was before.
fn see(server: &TestServer, meant: &mut BTreeMap<String, String>) {
    let mut fetch = |url: &Url| {
        let answer = server.get(url.path());
        assert_eq!(answer.status, 200, "{url}: {}", answer.text());
        let text = answer.text().to_owned();
        let before = meant.entry(url.path().to_owned()).or_insert(text.clone());
        assert_eq!(*before, text, "{url}");
        text
    };
    let entry = server.events().change().url.expect("main.qml exists");
    let mut open = vec![Url::parse(&entry).unwrap()];
    while let Some(url) = open.pop() {
        let document = fetch(&url);
        let qmldir = fetch(&url.join("qmldir").unwrap());
        for line in qmldir.lines() {
            let (name, file) = line.split_once(' ').unwrap();
            if document.contains(&format!("{name} {{}}")) {
                open.push(url.join(file).unwrap());
            }
        }
        if document.contains("a.png") {
            fetch(&url.join("a.png").unwrap());
        }
    }
}
