//! Saves on disk become versions: each kind of save, whole directories, links,
//! bursts, and what never counts.

mod bursts;
mod ignored;
mod links;
mod versions;

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
