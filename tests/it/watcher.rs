//! Saves on disk become versions: each kind of save, whole directories, links,
//! bursts, and what never counts.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::time::Duration;

use crate::support::{Change, EventStream, Folder, Save, Setup, TestServer, wait_until};

/// A document with something to tell it by.
fn item(text: &str) -> String {
    format!("Item {{ /* {text} */ }}\n")
}

/// A stream that has told the state at the start.
#[track_caller]
fn listen(server: &TestServer) -> (EventStream, Change) {
    let events = server.events();
    let first = events.change();
    (events, first)
}

/// What the newest version has at `path`.
#[track_caller]
fn content(server: &TestServer, path: &str) -> Option<String> {
    let response = server.get(&format!("/@{}/{path}", server.version()));
    match response.status {
        200 => Some(response.text().to_owned()),
        404 => None,
        status => panic!("{path}: {status}"),
    }
}

/// Makes a change that always counts and waits for it, so that whatever could
/// have come before it has come. Says what came.
#[track_caller]
fn fence(server: &TestServer, events: &EventStream) -> Vec<Change> {
    static ROUND: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let round = ROUND.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    server.save("fence.txt", round.to_string(), Save::Rename);
    events.until(|change| change.changed.iter().any(|path| path == "fence.txt"))
}

/// The paths of these changes besides the fence.
fn paths(changes: &[Change]) -> BTreeSet<&str> {
    let paths = changes.iter().flat_map(|change| &change.changed);
    paths
        .map(String::as_str)
        .filter(|path| *path != "fence.txt")
        .collect()
}

#[test]
fn each_kind_of_save_is_one_change_with_the_whole_content() {
    for args in [&[][..], &["--poll", "--poll-interval", "20ms"]] {
        let server = Setup::new()
            .file("main.qml", item("first"))
            .file("sub/data.json", "0")
            .args(args)
            .start();
        let (events, _) = listen(&server);
        for round in 0..3 {
            for how in Save::ALL {
                for path in ["main.qml", "sub/data.json"] {
                    let text = item(&format!("{how:?} {round} {}", "x".repeat(20_000)));

                    server.save(path, &text, how);
                    let change = events.change();

                    assert_eq!(change.changed, [path], "{how:?} {args:?}");
                    let served = server.get(&format!("/@{}/{path}", change.version));
                    assert_eq!(served.text(), text, "{how:?} {path} {args:?}");
                }
            }
        }
    }
}

#[test]
fn files_and_directories_come_go_and_move() {
    for args in [&[][..], &["--poll", "--poll-interval", "20ms"]] {
        let server = Setup::new()
            .files(&[
                ("main.qml", "Item {}"),
                ("old/A.qml", "Item { /* A */ }"),
                ("old/deep/B.qml", "Item { /* B */ }"),
            ])
            .args(args)
            .start();
        let (events, _) = listen(&server);
        let folder = &server.folder;
        let expect = |paths: &[&str]| {
            let mut missing: BTreeSet<&str> = paths.iter().copied().collect();
            events.until(|change| {
                for path in &change.changed {
                    assert!(
                        paths.contains(&&**path),
                        "{path} did not change: {change:?}"
                    );
                    missing.remove(&**path);
                }
                missing.is_empty()
            });
        };

        folder.write("New.qml", item("new"));
        expect(&["New.qml"]);
        folder.rename("New.qml", "Newer.qml");
        expect(&["New.qml", "Newer.qml"]);
        assert_eq!(content(&server, "New.qml"), None);
        assert_eq!(content(&server, "Newer.qml"), Some(item("new")));
        folder.remove("Newer.qml");
        expect(&["Newer.qml"]);
        folder.write("one/two/three/Deep.qml", item("deep"));
        expect(&["one/two/three/Deep.qml"]);
        // What was created within new directories is watched, too.
        folder.save("one/two/three/Deep.qml", item("deeper"), Save::Rename);
        expect(&["one/two/three/Deep.qml"]);
        folder.rename("old", "new");
        expect(&["old/A.qml", "old/deep/B.qml", "new/A.qml", "new/deep/B.qml"]);
        folder.save("new/deep/B.qml", item("B2"), Save::InPlace);
        expect(&["new/deep/B.qml"]);
        assert_eq!(content(&server, "new/deep/B.qml"), Some(item("B2")));
        folder.rename("new/deep", "one/deep");
        expect(&["new/deep/B.qml", "one/deep/B.qml"]);
        folder.remove("one");
        expect(&["one/two/three/Deep.qml", "one/deep/B.qml"]);
        // The same name again, as another directory.
        folder.write("one/two/three/Deep.qml", item("again"));
        expect(&["one/two/three/Deep.qml"]);
        folder.save("one/two/three/Deep.qml", item("and again"), Save::Vim);
        expect(&["one/two/three/Deep.qml"]);
    }
}

#[test]
fn a_directory_moved_in_from_outside_is_read_and_watched() {
    let server = TestServer::start(&[("main.qml", "Item {}")]);
    let (events, _) = listen(&server);
    let outside = server.folder.around().join("outside");
    fs::create_dir_all(outside.join("a/b")).unwrap();
    fs::write(outside.join("a/b/X.qml"), item("x")).unwrap();

    fs::rename(&outside, server.folder.on_disk("inside")).unwrap();
    events.until_changed("inside/a/b/X.qml");
    server.save("inside/a/b/X.qml", item("y"), Save::InPlace);
    events.until_changed("inside/a/b/X.qml");

    assert_eq!(content(&server, "inside/a/b/X.qml"), Some(item("y")));
    fs::rename(server.folder.on_disk("inside"), &outside).unwrap();
    events.until_changed("inside/a/b/X.qml");
    assert_eq!(content(&server, "inside/a/b/X.qml"), None);
    // Out of the tree, it is nobody's concern.
    fs::write(outside.join("a/b/X.qml"), item("z")).unwrap();
    assert_eq!(paths(&fence(&server, &events)), [].into());
}

#[test]
fn many_nested_directories_made_at_once_are_all_seen() {
    let server = TestServer::start(&[("main.qml", "Item {}")]);
    let (events, _) = listen(&server);
    let mut missing = BTreeSet::new();
    for a in 0..5 {
        for b in 0..5 {
            for c in 0..3 {
                let path = format!("d{a}/d{b}/d{c}/X.qml");
                server.write(&path, item(&path));
                missing.insert(path);
            }
        }
    }

    events.until(|change| {
        for path in &change.changed {
            missing.remove(path);
        }
        missing.is_empty()
    });
    server.save("d4/d4/d2/X.qml", item("edited"), Save::Rename);
    events.until_changed("d4/d4/d2/X.qml");
}

#[test]
fn a_root_that_is_removed_and_made_again_is_followed() {
    for args in [&[][..], &["--poll", "--poll-interval", "20ms"]] {
        let server = Setup::new()
            .file("main.qml", item("first"))
            .args(args)
            .start();
        let (_events, first) = listen(&server);
        let root = server.folder.root();

        fs::remove_dir_all(&root).unwrap();
        server.logged("waiting for the folder to come back");
        // Whether the last look saw the empty folder or none at all, the state
        // that clients show stays loadable.
        let kept = server.get(&first.url.unwrap());
        assert_eq!(kept.text(), item("first"));
        fs::create_dir(&root).unwrap();
        server.write("main.qml", item("second"));
        wait_until(
            "the new folder is read",
            || server.stderr(),
            || content(&server, "main.qml") == Some(item("second")),
        );
        server.save("main.qml", item("third"), Save::Rename);
        wait_until(
            "the new folder is watched",
            || server.stderr(),
            || content(&server, "main.qml") == Some(item("third")),
        );
        assert_eq!(server.get("/main.qml").text(), item("third"));
    }
}

#[test]
fn another_folder_moved_into_the_roots_place_is_followed() {
    let server = TestServer::start(&[("main.qml", "Item {}")]);
    let (events, _) = listen(&server);
    let root = server.folder.root();
    let next = server.folder.around().join("next");
    fs::create_dir(&next).unwrap();
    fs::write(next.join("main.qml"), item("next")).unwrap();

    fs::rename(&root, server.folder.around().join("before")).unwrap();
    fs::rename(&next, &root).unwrap();

    events.until(|_| content(&server, "main.qml") == Some(item("next")));
    server.save("main.qml", item("edited"), Save::Rename);
    events.until(|_| content(&server, "main.qml") == Some(item("edited")));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_root_can_be_turned() {
    // As deployments do it: releases/1, releases/2, and `tree` leads to one.
    let folder = Folder::new();
    let at = |name: &str| folder.around().join(name);
    for release in ["one", "two"] {
        fs::create_dir(at(release)).unwrap();
        fs::write(at(release).join("main.qml"), item(release)).unwrap();
    }
    fs::remove_dir(folder.root()).unwrap();
    std::os::unix::fs::symlink("one", folder.root()).unwrap();
    let server = Setup::on(folder).start();
    let (events, _) = listen(&server);
    assert_eq!(server.get("/main.qml").text(), item("one"));

    let at = |name: &str| server.folder.around().join(name);
    std::os::unix::fs::symlink("two", at("turned")).unwrap();
    fs::rename(at("turned"), server.folder.root()).unwrap();

    let change = events.until_changed("main.qml");
    assert_eq!(server.get(&change.url.unwrap()).text(), item("two"));
    fs::write(at("two").join("main.qml"), item("three")).unwrap();
    let change = events.until_changed("main.qml");
    assert_eq!(server.get(&change.url.unwrap()).text(), item("three"));
}

#[cfg(unix)]
#[test]
fn links_within_the_tree_are_followed_and_their_targets_changes_seen() {
    let setup = Setup::new().files(&[
        ("main.qml", "Item {}"),
        ("real/Button.qml", "Item { /* 1 */ }"),
        ("real/data.txt", "1"),
    ]);
    setup.folder().link("real/Button.qml", "Linked.qml");
    setup.folder().link("real", "alias");
    setup.folder().link("..", "real/up");
    setup.folder().link("nowhere", "dangling.qml");
    let server = setup.start();
    let (events, _) = listen(&server);
    // The link that leads up is not followed round and round.
    assert_eq!(content(&server, "real/up/main.qml"), None);
    assert_eq!(content(&server, "alias/up/main.qml"), None);
    for path in ["Linked.qml", "alias/Button.qml"] {
        assert_eq!(
            content(&server, path).as_deref(),
            Some("Item { /* 1 */ }"),
            "{path}"
        );
    }

    for how in Save::ALL {
        let text = item(&format!("{how:?}"));
        server.save("real/Button.qml", &text, how);
        let mut missing = BTreeSet::from(["real/Button.qml", "alias/Button.qml", "Linked.qml"]);
        events.until(|change| {
            let all = &change.changed;
            assert!(all.len() <= 3, "{how:?}: {all:?}");
            missing.retain(|path| !all.iter().any(|p| p == path));
            missing.is_empty()
        });
        for path in ["real/Button.qml", "Linked.qml", "alias/Button.qml"] {
            assert_eq!(content(&server, path), Some(text.clone()), "{how:?} {path}");
        }
        assert_eq!(content(&server, "real/up/main.qml"), None, "{how:?}");
    }
    // A link turned, a link made later, a link removed.
    server.write("real/Other.qml", item("other"));
    events.until_changed("alias/Other.qml");
    server.folder.remove("Linked.qml");
    events.until_changed("Linked.qml");
    server.folder.link("real/Other.qml", "Linked.qml");
    events.until_changed("Linked.qml");
    assert_eq!(content(&server, "Linked.qml"), Some(item("other")));
    server.folder.remove("alias");
    events.until_changed("alias/Button.qml");
    assert_eq!(content(&server, "alias/Button.qml"), None);
    server.write("nowhere", "now here");
    events.until_changed("nowhere");
}

#[test]
fn a_save_without_a_change_is_none() {
    for args in [&[][..], &["--poll", "--poll-interval", "20ms"]] {
        let server = Setup::new()
            .file("main.qml", item("same"))
            .file("logo.png", "png")
            .args(args)
            .start();
        let (events, first) = listen(&server);

        for how in Save::ALL {
            server.save("main.qml", item("same"), how);
            server.save("logo.png", "png", how);
        }
        let file = fs::File::options()
            .append(true)
            .open(server.folder.on_disk("main.qml"))
            .unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
        server.folder.create_dir("empty/directory");

        let came = fence(&server, &events);
        assert_eq!(paths(&came), [].into(), "{args:?}: {came:?}");
        // Back to what was: the version of the start.
        server.folder.remove("fence.txt");
        let last = events.until_changed("fence.txt");
        assert_eq!(last.version, first.version, "{args:?}");
    }
}

#[test]
fn a_file_that_is_emptied_before_it_is_written_is_never_seen_empty() {
    let server = TestServer::start(&[("main.qml", &item("0"))]);
    let (events, _) = listen(&server);
    for round in 1..=10 {
        // As some editors and `echo > file` on a slow disk: emptied and closed,
        // written a moment later.
        fs::File::create(server.folder.on_disk("main.qml")).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        server.save("main.qml", item(&round.to_string()), Save::InPlace);

        let change = events.until_changed("main.qml");

        let served = server.get(&change.url.unwrap());
        assert_eq!(served.text(), item(&round.to_string()));
    }
}

#[test]
fn a_file_that_stays_empty_is_empty() {
    let server = TestServer::start(&[("main.qml", "Item {}"), ("A.js", "var a")]);
    let (events, _) = listen(&server);

    server.write("A.js", "");
    events.until_changed("A.js");

    assert_eq!(content(&server, "A.js").as_deref(), Some(""));
}

#[test]
fn a_file_written_slowly_is_seen_when_it_is_closed() {
    let server = TestServer::start(&[("main.qml", &item("before")), ("B.qml", &item("b"))]);
    let (events, _) = listen(&server);

    let mut file = fs::File::create(server.folder.on_disk("main.qml")).unwrap();
    file.write_all(b"Item {\n").unwrap();
    for n in 0..10 {
        std::thread::sleep(Duration::from_millis(100));
        writeln!(file, "  property int p{n}").unwrap();
        // What others save meanwhile is not held up.
        if n == 5 {
            server.save("B.qml", item("b2"), Save::Rename);
        }
    }
    file.write_all(b"}\n").unwrap();
    drop(file);
    let changes = events.until(|change| change.changed.contains(&"main.qml".to_owned()));

    assert_eq!(changes.len(), 2, "{changes:?}");
    assert_eq!(changes[0].changed, ["B.qml"]);
    let kept = server.get(&format!("/@{}/main.qml", changes[0].version));
    assert_eq!(kept.text(), item("before"));
    let whole = server.get(changes[1].url.as_ref().unwrap());
    assert!(whole.text().ends_with("p9\n}\n"), "{}", whole.text());
}

#[test]
fn a_checkout_is_one_event_or_two_and_the_last_has_everything() {
    let name = |n: usize| format!("dir{}/File{n}.qml", n % 10);
    let mut setup = Setup::new().file("main.qml", item("main"));
    for n in 0..200 {
        setup = setup.file(&name(n), item("before"));
    }
    let server = setup.start();
    let (events, first) = listen(&server);
    let checkout = |text: &str| {
        // As git does it: unlink and create, the files one after the other.
        for n in 0..200 {
            server.save(&name(n), item(&format!("{text} {n}")), Save::Recreate);
        }
    };

    checkout("after");
    let mut changed = BTreeSet::new();
    let changes = events.until(|change| {
        changed.extend(change.changed.iter().cloned());
        (0..200).all(|n| content(&server, &name(n)) == Some(item(&format!("after {n}"))))
    });

    // A machine under load may take longer for the whole than the quarter of a
    // second after which a burst is told in any case.
    assert!(changes.len() <= 4, "{} events", changes.len());
    let last = changes.last().unwrap();
    assert_ne!(last.version, first.version);
    assert_eq!(last.version, server.version());
    // No more than a hundred are named in one event.
    assert!(changes.iter().all(|change| change.changed.len() <= 100));
}

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

#[cfg(unix)]
#[test]
fn a_link_that_led_nowhere_for_a_moment_is_followed_again() {
    let setup = Setup::new().files(&[("main.qml", "Item {}"), ("real/Foo.qml", "Item {}")]);
    setup.folder().link("real/Foo.qml", "Foo.qml");
    setup.folder().link("real", "dir");
    let server = setup.start();
    let gives = |path: &str, status: u16| {
        wait_until(
            &format!("{path} gives {status}"),
            || server.stderr(),
            || server.get(&format!("/@{}/{path}", server.version())).status == status,
        );
    };
    gives("Foo.qml", 200);
    gives("dir/Foo.qml", 200);
    server.folder.remove("real");
    gives("Foo.qml", 404);
    gives("dir/Foo.qml", 404);
    server.write("real/Foo.qml", "Item { x: 1 }");
    gives("Foo.qml", 200);
    gives("dir/Foo.qml", 200);
}

#[test]
fn a_string_that_leads_out_of_the_version_is_told() {
    let page = |sources: &[&str]| {
        let loaders = sources
            .iter()
            .map(|source| format!("Loader {{ source: \"{source}\" }}\n"));
        format!(
            "import QtQuick 2.12\nItem {{\n{}}}\n",
            loaders.collect::<String>()
        )
    };
    let server = TestServer::start(&[
        (
            "main.qml",
            &page(&["/pages/P.qml", "pages/P.qml", "/nowhere.qml", "/data.json"]),
        ),
        ("pages/P.qml", &page(&["../pages/Q.qml"])),
        ("pages/Q.qml", "Item {}"),
        ("data.json", "{}"),
    ]);
    server.logged("main.qml: \"/pages/P.qml\" leads out of the version");
    server.logged("write \"pages/P.qml\"");
    server.write(
        "pages/Q.qml",
        page(&["http://localhost:8080/main.qml", "../../main.qml"]),
    );
    server.logged("pages/Q.qml: \"http://localhost:8080/main.qml\" leads out of the version");
    server.logged("\"../../main.qml\" leads out of the version");
    server.logged("write \"../main.qml\"");
    let told = server.stderr().matches("leads out of the version").count();
    assert_eq!(told, 3, "{}", server.stderr());
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

#[test]
fn going_back_to_an_old_content_goes_back_to_the_old_version() {
    let server = TestServer::start(&[("main.qml", &item("one")), ("B.qml", &item("b"))]);
    let (events, first) = listen(&server);

    server.save("main.qml", item("two"), Save::InPlace);
    let second = events.until_changed("main.qml");
    server.save("main.qml", item("one"), Save::Rename);
    let third = events.until_changed("main.qml");
    server.folder.remove("B.qml");
    events.until_changed("B.qml");
    server.write("B.qml", item("b"));
    let fourth = events.until_changed("B.qml");

    assert_ne!(first.version, second.version);
    assert_eq!((&third.version, &third.url), (&first.version, &first.url));
    assert_eq!((&fourth.version, &fourth.url), (&first.version, &first.url));
    assert_eq!(server.get(&fourth.url.unwrap()).text(), item("one"));
}

#[test]
fn the_same_content_has_the_same_version_everywhere() {
    let files = &[
        ("main.qml", "Item {}"),
        ("a/b/C.qml", "Item {}"),
        ("icon.png", "png"),
        ("Größe.js", ""),
    ];
    let one = Setup::new().files(files).start();
    let mut reversed = Setup::new().args(&["--poll"]);
    for (path, content) in files.iter().rev() {
        reversed = reversed.file(path, content);
    }
    reversed.folder().create_dir("an/empty/one");
    let two = reversed.file(".hidden", "x").start();
    let moved = [
        ("main.qml", "Item {}"),
        ("a/b.qml", ""),
        ("a/b/C.qml", "Item {}"),
    ];
    let other = TestServer::start(&moved);

    assert_eq!(one.version(), two.version());
    assert_ne!(one.version(), other.version());
    let version = one.version();
    assert!(version.len() == 16 && version.bytes().all(|b| b.is_ascii_hexdigit()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_save_is_not_lost_when_the_server_had_no_file_descriptor_left_for_a_while() {
    let server = Setup::new()
        .files(&[("main.qml", "Item {}"), ("sub/A.qml", "Item {}")])
        .start();
    let (events, _) = listen(&server);
    let limits = server.limit_files(8);

    server.save("main.qml", item("saved"), Save::InPlace);
    server.save("sub/A.qml", item("saved"), Save::Rename);
    server.logged("raise the limit of open files");
    server.restore_files(limits);

    events.until_changed("main.qml");
    server.logged("main.qml: it can be read again");
    wait_until(
        "both saves are there",
        || server.stderr(),
        || {
            ["main.qml", "sub/A.qml"]
                .iter()
                .all(|path| content(&server, path) == Some(item("saved")))
        },
    );
}

#[test]
fn the_last_state_stays_when_the_folder_is_deleted_or_a_file_takes_its_place() {
    let server = TestServer::start(&[("main.qml", "Item {}"), ("sub/A.qml", "Item {}")]);
    let (events, first) = listen(&server);
    let tree = server.folder.around().join("tree");
    for replacement in [None, Some("a file")] {
        fs::remove_dir_all(&tree).unwrap();
        if let Some(text) = replacement {
            fs::write(&tree, text).unwrap();
        }
        server.logged("the last state stays");
        std::thread::sleep(Duration::from_millis(400));
        assert_eq!(server.version(), first.version);
        assert_eq!(content(&server, "sub/A.qml"), Some("Item {}".into()));
        if replacement.is_some() {
            fs::remove_file(&tree).unwrap();
        }
        for path in ["main.qml", "sub/A.qml"] {
            server.write(path, "Item {}");
        }
        server.logged("is back or was replaced");
    }
    server.save("main.qml", item("later"), Save::Rename);
    let changes = events.until(|change| change.changed == ["main.qml"]);
    assert!(
        changes.iter().all(|change| change.url.is_some()),
        "{changes:?}"
    );
}

#[cfg(unix)]
#[test]
fn packages_that_link_to_each_other_are_served_and_saved_at_once() {
    use std::os::unix::fs::symlink;
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let setup = Setup::new().file("main.qml", "Item {}");
    for name in names {
        setup
            .folder()
            .write(&format!("packages/{name}/X.qml"), item(name));
        let modules = setup.folder().on_disk(&format!("packages/{name}/modules"));
        fs::create_dir_all(&modules).unwrap();
        for other in names.iter().filter(|other| **other != name) {
            symlink(format!("../../{other}"), modules.join(other)).unwrap();
        }
    }
    let server = setup.start();
    let (events, _) = listen(&server);
    assert_eq!(
        content(&server, "packages/a/modules/b/X.qml"),
        Some(item("b"))
    );
    assert_eq!(
        content(&server, "packages/a/modules/b/modules/c/X.qml"),
        Some(item("c"))
    );
    // The way leads through b already.
    assert_eq!(
        content(&server, "packages/b/modules/c/modules/b/X.qml"),
        None
    );
    assert!(server.stderr().contains("symbolic links lead to more than"));

    server.save("packages/b/X.qml", item("b2"), Save::Rename);
    events.until_changed("packages/a/modules/b/X.qml");
    assert_eq!(
        content(&server, "packages/a/modules/b/X.qml"),
        Some(item("b2"))
    );
    // The link goes, and with it all that was behind it.
    fs::remove_file(server.folder.on_disk("packages/a/modules/b")).unwrap();
    events.until_changed("packages/a/modules/b/X.qml");
    assert_eq!(content(&server, "packages/a/modules/b/X.qml"), None);
    assert_eq!(content(&server, "packages/b/X.qml"), Some(item("b2")));
}

#[test]
fn a_checkout_of_a_thousand_files_is_one_change() {
    let setup = Setup::new();
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        command.args(identity).args(args);
        command.current_dir(setup.folder().on_disk(""));
        let output = command.output().expect("git runs");
        assert!(output.status.success(), "{output:?}");
    };
    let fill = |text: &str| {
        for number in 0..1000 {
            let path = format!("dir{}/F{number}.qml", number % 20);
            setup.folder().write(&path, item(text));
        }
        git(&["add", "."]);
        git(&["commit", "-q", "-m", text]);
    };
    setup.folder().write("main.qml", "Item {}");
    git(&["init", "-q", "-b", "one"]);
    fill("one");
    git(&["checkout", "-q", "-b", "two"]);
    fill("two");
    let folder = setup.folder().on_disk("");
    let server = setup.start();
    let (events, _) = listen(&server);

    let status = std::process::Command::new("git")
        .args(["checkout", "-q", "one"])
        .current_dir(folder)
        .status()
        .expect("git runs");
    assert!(status.success());

    // Whoever reloads at the first event reloads the whole checkout.
    let change = events.change();
    let versioned = |number: usize| {
        let path = format!("dir{}/F{number}.qml", number % 20);
        server.get(&format!("/@{}/{path}", change.version))
    };
    for number in 0..1000 {
        let response = versioned(number);
        assert_eq!((response.status, response.text()), (200, &*item("one")));
    }
    assert_eq!(change.version, server.version());
}
