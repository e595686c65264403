//! Pushes that are too large, lead out of the tree, or come at once; and who may not push.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;

use crate::cases::{server, with};
use crate::work::{MAIN, Work, git};

/// Random text, which nothing makes smaller, of so many mebibytes.
fn noise(mebibytes: usize) -> Vec<u8> {
    let mut bytes = vec![0; mebibytes << 20];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_push_beyond_the_bound_is_refused_by_the_name_of_the_setting() {
    let server = with("largest = \"2MiB\"");
    let work = Work::new(&server);
    work.commit_files(&[("main.qml", MAIN)]);
    work.deploy();
    work.write("large.bin", noise(16));
    work.commit("large");
    work.refused("larger than 2097152 bytes; push less at a time, or set largest in [git]");
    work.git(&["reset", "-q", "--hard", "HEAD~"]);
    // What is small to send and large to have.
    work.write("zeros.bin", vec![0; 8 << 20]);
    work.commit("zeros");
    work.refused("largest in [git]");
    work.git(&["reset", "-q", "--hard", "HEAD~"]);
    work.commit_files(&[("after.js", "")]);
    work.deploy();
    let objects = server.folder.around().join(".qmlserve/tree.git/objects");
    let left: Vec<_> = std::fs::read_dir(objects)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Writes a tree with one entry as no git would, and a commit of it to `main`.
fn commit_tree(work: &Work, mode: &str, name: &str, object: &str) {
    let object = (0..20).map(|at| u8::from_str_radix(&object[at * 2..at * 2 + 2], 16).unwrap());
    let mut tree = format!("{mode} {name}\0").into_bytes();
    tree.extend(object);
    let written = stdin(
        git(work.dir()).args(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"]),
        &tree,
    );
    let commit = work.git(&["commit-tree", &written, "-p", "HEAD", "-m", "odd"]);
    work.git(&["update-ref", "refs/heads/main", &commit]);
}

fn stdin(command: &mut Command, input: &[u8]) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn what_leads_out_of_the_tree_is_refused() {
    let server = server();
    let work = Work::new(&server);
    let first = work.commit_files(&[("main.qml", MAIN)]);
    work.deploy();
    let version = server.version();
    let blob = stdin(
        git(work.dir()).args(["hash-object", "-w", "--stdin"]),
        b"/etc/passwd",
    );
    let tree = work.git(&["rev-parse", "HEAD^{tree}"]);
    for (mode, name, object, reason) in [
        ("120000", "link", blob.as_str(), "link: a symbolic link"),
        ("160000", "module", first.as_str(), "module: a submodule"),
        ("100644", "..", &blob, "hasDotdot"),
        ("40000", "..", &tree, "hasDotdot"),
        ("100644", "a/../../b", &blob, "fullPathname"),
        ("40000", ".git", &tree, "hasDotgit"),
        ("40000", ".GIT", &tree, "hasDotgit"),
        ("40000", "git~1", &tree, "hasDotgit"),
        ("40000", ".g\u{200c}it", &tree, "hasDotgit"),
        ("40000", ".git ", &tree, "hasDotgit"),
        ("100644", "a\\..\\b", &blob, "the path leaves the tree"),
    ] {
        commit_tree(&work, mode, name, object);
        work.refused(reason);
        assert_eq!(server.version(), version, "{name}");
        work.git(&["update-ref", "refs/heads/main", &first]);
    }
    assert!(work.push(&[], "main").is_good);
}

#[test]
fn of_pushes_at_once_one_wins_and_the_others_are_told() {
    let server = server();
    let work = Work::new(&server);
    work.commit_files(&[("main.qml", MAIN)]);
    work.deploy();
    let works: Vec<_> = (0..4)
        .map(|n| {
            let work = Work::clone_of(&server);
            work.commit_files(&[("who.js", &format!("// {n}"))]);
            work
        })
        .collect();
    let pushed: Vec<_> = thread::scope(|scope| {
        let pushing: Vec<_> = works
            .iter()
            .map(|work| scope.spawn(|| (work.head(), work.push(&[], "main"))))
            .collect();
        let ended = pushing.into_iter().map(|one| one.join().unwrap());
        ended.collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = pushed.into_iter().partition(|(_, one)| one.is_good);
    assert_eq!(won.len(), 1, "{won:?}");
    for (_, one) in lost {
        let told = [
            "another push",
            "fetch first",
            "cannot lock",
            "failed to update",
            "stale info",
        ];
        assert!(
            told.iter().any(|text| one.said.contains(text)),
            "{}",
            one.said
        );
    }
    let clone = Work::clone_of(&server);
    assert_eq!(clone.head(), won[0].0);
    let served = server.get("/who.js");
    let served = served.text();
    assert_eq!(
        std::fs::read_to_string(clone.path("who.js")).unwrap(),
        served
    );
}

#[test]
fn other_sites_and_other_requests_get_nothing() {
    let server = server();
    let push = "/@qmlserve/git/git-receive-pack";
    let kind = ("Content-Type", "application/x-git-receive-pack-request");
    let foreign = server.request(
        "POST",
        push,
        &[kind, ("Origin", "http://evil.example")],
        b"0000",
    );
    assert_eq!(foreign.status, 403);
    let refs = "/@qmlserve/git/info/refs?service=git-upload-pack";
    let foreign = server.get_with(refs, &[("Origin", "http://evil.example")]);
    assert_eq!(foreign.status, 403);
    let host = server.get_with(refs, &[("Host", "evil.example")]);
    assert_eq!(host.status, 403);
    for (path, status) in [
        ("/@qmlserve/git/config", 404),
        ("/@qmlserve/git/HEAD", 404),
        ("/@qmlserve/git/objects/info/packs", 404),
        ("/@qmlserve/git/info/refs", 403),
        ("/@qmlserve/git/info/refs?service=git-frobnicate", 403),
        ("/@qmlserve/git", 200),
    ] {
        assert_eq!(server.get(path).status, status, "{path}");
    }
    assert_eq!(server.request("POST", push, &[], b"0000").status, 415);
}
