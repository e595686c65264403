//! What neither counts nor is served.

use super::*;

#[test]
fn the_servers_own_files_are_not_served_where_they_lie_in_the_tree() {
    let config = "data = \"app.db\"\n[gateways.main]\ntoken = \"hunter2\"\naccess = \"custom\"\n\
                  [collections.notes]\n";
    let server = Setup::new()
        .files(&[
            ("main.qml", "Item {}"),
            ("mine.toml", config),
            ("sub/qmlserve.toml", config),
            ("sub/app.db", "another one's"),
        ])
        .args(&["--config", "tree/mine.toml"])
        .start();
    assert_eq!(
        server
            .request(
                "POST",
                "/notes",
                &[("content-type", "application/json")],
                b"{}"
            )
            .status,
        201
    );
    assert!(server.folder.around().join("tree/app.db-wal").exists());

    let version = server.version();
    for path in [
        "mine.toml",
        "app.db",
        "app.db-wal",
        "app.db-shm",
        "sub/qmlserve.toml",
    ] {
        for prefix in ["", &format!("@{version}/")] {
            let answer = server.get(&format!("/{prefix}{path}"));
            assert_eq!(answer.status, 404, "/{prefix}{path}");
        }
    }
    assert_eq!(server.get("/sub/app.db").status, 200);
    let listing = server.get("/");
    let listing = listing.text();
    assert!(
        !listing.contains("app.db") && !listing.contains("mine.toml"),
        "{listing}"
    );
}

#[test]
fn what_is_ignored_neither_counts_nor_is_it_served() {
    let server = Setup::new()
        .files(&[
            ("main.qml", "Item {}"),
            (".qmlserveignore", "# built\nbuild/\n*.log\n!keep.log\n"),
            ("build/out.qml", "x"),
            ("keep.log", "x"),
        ])
        .args(&["--ignore", "secret*", "--ignore", "/only-here.txt"])
        .start();
    let (events, _) = listen(&server);
    let version = server.version();
    let never = [
        ".git/index",
        ".git/config",
        ".hidden.qml",
        "sub/.hidden/x.qml",
        ".qmlserve/state",
        "main.qml~",
        ".main.qml.swp",
        "main.qml.swp",
        "4913",
        "#main.qml#",
        ".#main.qml",
        "main.qml.QxZbKy",
        "main.qml___jb_tmp___",
        "sedAb12xY",
        "film.mp4.part",
        "x.tmp",
        "__pycache__/x.pyc",
        "build/other.qml",
        "deep/build/x.qml",
        "x.log",
        "secret.qml",
        "deep/secrets/x.qml",
        "only-here.txt",
    ];
    for path in never {
        server.write(path, "x");
    }
    let came = fence(&server, &events);
    assert_eq!(paths(&came), [].into(), "{came:?}");
    for path in never.iter().chain(&["build/out.qml", ".qmlserveignore"]) {
        let encoded = path.replace('#', "%23");
        for url in [format!("/{encoded}"), format!("/@{version}/{encoded}")] {
            assert_eq!(server.get(&url).status, 404, "{url}");
        }
        let listing = server.get("/").text().to_owned();
        let name = path.split('/').next().unwrap();
        assert!(
            ["sub", "deep"].contains(&name) || !listing.contains(&format!("\"{name}\"")),
            "{name} in {listing}"
        );
    }

    for path in ["keep.log", "deep/only-here.txt", "x.tmp.qml"] {
        server.write(path, "counts");
        events.until_changed(path);
        assert_eq!(server.get(&format!("/{path}")).text(), "counts");
    }
}

#[test]
fn the_ignore_file_can_be_edited() {
    for args in [&[][..], &["--poll", "--poll-interval", "20ms"]] {
        let server = Setup::new()
            .files(&[
                ("main.qml", "Item {}"),
                ("gen/A.qml", "Item {}"),
                ("x.log", "x"),
            ])
            .args(args)
            .start();
        let (events, _) = listen(&server);

        server.write(".qmlserveignore", "gen/\n");
        events.until_changed("gen/A.qml");
        assert_eq!(content(&server, "gen/A.qml"), None);
        assert_eq!(server.get("/gen/A.qml").status, 404);
        server.save(".qmlserveignore", "*.log\n", Save::Rename);
        events.until(|_| {
            content(&server, "gen/A.qml").is_some() && content(&server, "x.log").is_none()
        });
        // What came back is watched again.
        server.save("gen/A.qml", item("edited"), Save::InPlace);
        events.until(|_| content(&server, "gen/A.qml").is_some_and(|text| text == item("edited")));
        // A pattern that cannot be read leaves the rules that were.
        server.save(".qmlserveignore", "{{{\n", Save::Rename);
        if args.is_empty() {
            server.logged("{{{");
        }
        server.write("y.log", "x");
        let came = fence(&server, &events);
        assert_eq!(paths(&came), [].into(), "{args:?}: {came:?}");
        server.folder.remove(".qmlserveignore");
        events.until_changed("x.log");
        assert_eq!(server.get("/x.log").text(), "x");
    }
}

#[test]
fn a_bad_ignore_pattern_at_the_start_is_an_error_that_names_it() {
    let folder = Folder::new();
    folder.write(".qmlserveignore", "ok\n{{{\n");

    let ended = crate::support::run(&mut crate::support::command(
        &["tree", "--port", "0"],
        folder.around(),
    ));

    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains(".qmlserveignore"), "{ended:?}");
    assert!(ended.stderr.contains("{{{"), "{ended:?}");
}
