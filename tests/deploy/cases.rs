//! What a push comes to: served, taken back, cloned, refused.

use std::fs;

use crate::support::{Setup, TestServer};
use crate::work::{MAIN, Work, git, url};

/// A server that takes pushes.
pub fn server() -> TestServer {
    with("")
}

/// The same with these lines of `[git]`.
pub fn with(settings: &str) -> TestServer {
    let setup = Setup::new();
    let config = format!("[git]\nwait = \"1s\"\n{settings}\n");
    fs::write(setup.folder().around().join("qmlserve.toml"), config).unwrap();
    setup.start()
}

fn document(word: &str) -> String {
    format!("import QtQuick 2.0\nText {{ text: \"{word}\" }}\n")
}

#[test]
fn what_is_pushed_is_served_and_goes_back_and_is_cloned() {
    let server = server();
    let work = Work::new(&server);
    work.write("main.qml", document("one"));
    work.write("ui/Part.qml", MAIN);
    let first = work.commit("one");
    let said = work.deploy().said;
    let version = server.version();
    assert!(
        said.contains(&format!("is served, as version {version}")),
        "{said}"
    );
    assert!(said.contains("no client is connected"), "{said}");
    assert_eq!(server.get("/main.qml").text(), document("one"));
    assert_eq!(server.status()["git"]["commit"], first.as_str());

    work.write("main.qml", document("two"));
    fs::remove_file(work.path("ui/Part.qml")).unwrap();
    let second = work.commit("two");
    work.deploy();
    assert_eq!(server.get("/main.qml").text(), document("two"));
    assert_eq!(server.get("/ui/Part.qml").status, 404);
    assert_eq!(Work::clone_of(&server).head(), second);

    // An older commit is a version as any other, and the one that it was.
    let pushed = work.push(&["--force"], &format!("{first}:main"));
    assert!(pushed.is_good, "{}", pushed.said);
    assert_eq!(server.get("/main.qml").text(), document("one"));
    assert_eq!(server.version(), version);
    let clone = Work::clone_of(&server);
    assert_eq!(clone.head(), first);
    assert!(clone.path("ui/Part.qml").exists());

    // What was pushed is there after the server was started again.
    let mut server = server;
    server.kill();
    server.restart();
    assert_eq!(server.version(), version);
    assert!(work.push(&[], "main").is_good);
}

#[test]
fn every_change_of_a_push_is_one_version() {
    let server = server();
    let work = Work::new(&server);
    let part = |n: usize| format!("part{n}.js");
    for round in ["one", "two"] {
        work.write("main.qml", document(round));
        for n in 0..90 {
            work.write(&part(n), format!("// {round}"));
        }
        // A document that becomes empty is waited for otherwise.
        work.write("Empty.qml", if round == "one" { MAIN } else { "" });
        work.commit(round);
        if round == "one" {
            work.deploy();
        }
    }
    let events = server.events();
    let before = events.change().version;
    work.deploy();
    let after = events.change();
    assert_ne!(after.version, before);
    assert_eq!(after.version, server.version());
    assert_eq!(after.changed.len(), 92, "{:?}", after.changed);
}

#[test]
fn only_the_one_branch_is_served() {
    let server = with("branch = \"live\"");
    let work = Work::new(&server);
    let commit = work.commit_files(&[("main.qml", MAIN)]);
    for name in ["main", "HEAD:refs/tags/v1", "HEAD:refs/qmlserve/served"] {
        let pushed = work.push(&[], name);
        assert!(!pushed.is_good, "{name}: {}", pushed.said);
    }
    let pushed = work.push(&[], "main");
    assert!(pushed.said.contains("push to live"), "{}", pushed.said);
    assert_eq!(server.get("/main.qml").status, 404);
    let pushed = work.push(&[], "main:live");
    assert!(pushed.is_good, "{}", pushed.said);
    assert_eq!(server.get("/main.qml").status, 200);
    let listed = work.git(&["ls-remote", &work.url]);
    assert_eq!(listed, format!("{commit}\tHEAD\n{commit}\trefs/heads/live"));
    let pushed = work.push(&["--delete"], "live");
    assert!(
        !pushed.is_good && pushed.said.contains("stays"),
        "{}",
        pushed.said
    );
}

#[test]
fn the_branch_may_get_another_name() {
    let mut server = server();
    let work = Work::new(&server);
    let commit = work.commit_files(&[("main.qml", MAIN)]);
    work.deploy();
    server.kill();
    let config = server.folder.around().join("qmlserve.toml");
    fs::write(config, "[git]\nbranch = \"live\"\n").unwrap();
    server.restart();
    assert_eq!(server.get("/main.qml").status, 200);
    assert_eq!(Work::clone_of(&server).head(), commit);
    work.commit_files(&[("main.qml", &document("two"))]);
    let pushed = work.push(&[], "main:live");
    assert!(pushed.is_good, "{}", pushed.said);
    assert_eq!(server.get("/main.qml").text(), document("two"));
}

#[test]
fn without_force_nothing_is_taken_back() {
    let server = with("force = false");
    let work = Work::new(&server);
    work.commit_files(&[("main.qml", MAIN)]);
    work.deploy();
    work.commit_files(&[("main.qml", &document("two"))]);
    work.deploy();
    work.git(&["reset", "-q", "--hard", "HEAD~"]);
    work.refused("force = true in [git]");
    assert_eq!(server.get("/main.qml").text(), document("two"));
}

#[test]
fn what_clients_would_refuse_is_not_let_in() {
    let server = server();
    let work = Work::new(&server);
    work.commit_files(&[("main.qml", MAIN), ("ui/Part.qml", MAIN)]);
    work.deploy();
    let version = server.version();
    for (files, reason) in [
        (
            vec![("main.qml", "import QtQuick 2.0\nItem {")],
            "main.qml:2: ",
        ),
        (
            vec![
                ("main.qml", "import QtQuick 2.0\nimport \"ui\"\nPart {}"),
                ("ui/Part.qml", "Item { ] }"),
            ],
            "ui/Part.qml:1: ",
        ),
        (vec![("main.qml", "import QtQuick 2.0\nItm {}")], "Itm"),
    ] {
        work.commit_files(&files);
        work.refused(reason);
        assert_eq!(server.version(), version);
        work.git(&["reset", "-q", "--hard", "HEAD~"]);
    }
    work.git(&["mv", "main.qml", "other.qml"]);
    work.commit("no entry");
    work.refused("there is no main.qml");
    // What nothing leads to is nobody's business.
    work.git(&["reset", "-q", "--hard", "HEAD~"]);
    work.commit_files(&[("draft/Part.qml", "Item {")]);
    work.deploy();
}

#[test]
fn changes_that_no_push_brought_stay() {
    let mut server = server();
    let work = Work::new(&server);
    work.commit_files(&[("main.qml", MAIN), ("a.js", "// one\n")]);
    work.deploy();
    work.commit_files(&[("a.js", "// two\n")]);
    for (name, content) in [
        ("a.js", "// own\n"),
        ("new/b.js", "// own\n"),
        (".git/HEAD", "own\n"),
    ] {
        server.write(name, content);
        work.refused(name.split('/').next().unwrap());
        assert_eq!(
            fs::read_to_string(server.folder.on_disk(name)).unwrap(),
            content
        );
        server.write("a.js", "// one\n");
        let _ = fs::remove_dir_all(server.folder.on_disk("new"));
        let _ = fs::remove_dir_all(server.folder.on_disk(".git"));
    }
    work.deploy();
    server.write("a.js", "// own\n");
    server.kill();
    let around = server.folder.around().to_owned();
    let mut again = crate::support::command(&["tree", "--port", "0"], &around);
    let finished = crate::support::run(&mut again);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("is not as it was pushed (a.js)"),
        "{}",
        finished.stderr
    );
    // Emptied, the folder gets what was pushed.
    fs::remove_dir_all(server.folder.root()).unwrap();
    server.restart();
    assert_eq!(
        fs::read_to_string(server.folder.on_disk("a.js")).unwrap(),
        "// two\n"
    );
}

#[test]
fn a_folder_with_files_of_its_own_is_left_alone() {
    for (name, reason) in [
        ("main.qml", "has files that no push brought (main.qml)"),
        (".git/config", "is a work tree of its own"),
    ] {
        let setup = Setup::new().file(name, MAIN);
        let mut command =
            crate::support::command(&["tree", "--git", "--port", "0"], setup.folder().around());
        let finished = crate::support::run(&mut command);
        assert_eq!(finished.code, Some(1));
        assert!(finished.stderr.contains(reason), "{}", finished.stderr);
        assert!(setup.folder().on_disk(name).exists());
    }
    let setup = Setup::new();
    let args = ["tree", "--git", "--port", "0", "--data", "tree/objects.db"];
    let mut command = crate::support::command(&args, setup.folder().around());
    let finished = crate::support::run(&mut command);
    assert!(
        finished
            .stderr
            .contains("lies in the folder that pushes replace"),
        "{}",
        finished.stderr
    );
}

#[test]
fn the_token_is_asked_for_and_git_can_say_it_in_two_ways() {
    let setup = Setup::new().args(&["--git", "--token=12345678"]);
    let server = setup.start();
    let work = Work::new(&server);
    work.commit_files(&[("main.qml", MAIN)]);
    let pushed = work.push(&[], "main");
    assert!(!pushed.is_good, "{}", pushed.said);
    let at = |text: &str| url(&server).replacen("127.0.0.1", text, 1);
    for (wrong, right) in [
        ("x:87654321@127.0.0.1", "x:12345678@127.0.0.1"),
        ("127.0.0.1/~87654321", "127.0.0.1/~12345678"),
    ] {
        let address = |text: &str| match text.split_once("/~") {
            Some((_, token)) => url(&server).replace("/@q", &format!("/~{token}/@q")),
            None => at(text),
        };
        for (text, expected) in [(wrong, false), (right, true)] {
            let output = git(work.dir())
                .args(["push", "--force", &address(text), "main"])
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), expected, "{text}: {said}");
            assert!(!server.stderr().contains("12345678"));
        }
    }
}

#[test]
fn nothing_is_pushed_unless_asked_for() {
    let server = TestServer::start(&[("main.qml", MAIN)]);
    let answer = server.get("/@qmlserve/git/info/refs?service=git-receive-pack");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("--git"), "{}", answer.text());
}
