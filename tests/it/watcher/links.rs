//! Links, and a root that goes, comes and moves.

use super::*;

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
