//! Git, and the server, killed in the midst of a push, at any moment: afterwards there is the old
//! state or the new one, and the next push is served.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::cases::server;
use crate::support::{Random, TestServer, wait_until};
use crate::work::{MAIN, Work, git};

/// Files of each version, so that half of one can be seen.
const FILES: usize = 60;

/// How often each is killed.
const ROUNDS: u64 = 12;

fn commit(work: &Work, round: u64) {
    work.write("main.qml", MAIN);
    for n in 0..FILES {
        work.write(&format!("dir{}/file{n}.js", n % 7), format!("// {round}\n"));
    }
    work.commit(&round.to_string());
}

/// What the files of a folder say, each with how many say it.
fn said(dir: &Path) -> BTreeMap<String, usize> {
    let mut said = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|suffix| suffix == "js") {
                *said.entry(fs::read_to_string(path).unwrap()).or_default() += 1;
            }
        }
    }
    said
}

/// The processes that this one started, and those that they did.
fn descendants(of: u32) -> Vec<u32> {
    let mut found = vec![of];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        let path = format!("/proc/{parent}/task/{parent}/children");
        // The server starts git from any of its threads.
        let tasks = fs::read_dir(format!("/proc/{parent}/task"));
        let mut lists = vec![path];
        lists.extend(tasks.into_iter().flatten().flatten().map(|task| {
            let path = task.path().join("children");
            path.to_string_lossy().into_owned()
        }));
        for list in lists {
            let list = fs::read_to_string(list).unwrap_or_default();
            let ids = list.split_whitespace().filter_map(|id| id.parse().ok());
            for id in ids {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
        at += 1;
    }
    found.split_off(1)
}

fn kill(id: u32) {
    if let Some(pid) = Pid::from_raw(id.cast_signed()) {
        // It may have ended.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Kills something while a push is under way, and looks at what there is then.
fn rounds(kill_one: impl Fn(&mut TestServer, &mut Random)) {
    let mut server = server();
    let work = Work::new(&server);
    commit(&work, 0);
    let began = Instant::now();
    work.deploy();
    let usual = began.elapsed();
    let mut random = Random::new(7);
    let mut outcomes = BTreeMap::new();
    for round in 1..=ROUNDS {
        commit(&work, round);
        let before = said(&server.folder.root());
        let mut push = git(work.dir())
            .args(["push", "--force", &work.url, "main"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Before it begins to after its end.
        thread::sleep(usual.mul_f64(random.below(130) as f64 / 100.0));
        kill_one(&mut server, &mut random);
        push.wait().unwrap();
        let new = format!("// {round}\n");
        let whole = |said: &BTreeMap<String, usize>| {
            said.len() == 1 && said.values().sum::<usize>() == FILES
        };
        // What was left of git may go on for a moment.
        let clone = || Work::clone_of(&server);
        wait_until(
            "the folder and the repository agree",
            || format!("round {round}: {:?}", said(&server.folder.root())),
            || said(&server.folder.root()) == said(clone().dir()),
        );
        let after = said(&server.folder.root());
        assert!(whole(&after), "round {round}: {after:?}");
        assert!(
            after == before || after.contains_key(&new),
            "round {round}: {before:?}, {after:?}"
        );
        *outcomes.entry(after.contains_key(&new)).or_insert(0) += 1;
        work.deploy();
        assert_eq!(said(&server.folder.root()).keys().next(), Some(&new));
        assert_eq!(server.get("/dir0/file0.js").text(), new);
    }
    eprintln!("killed in {ROUNDS} pushes; new afterwards or not: {outcomes:?}");
}

#[test]
fn the_server_at_any_moment() {
    rounds(|server, _| {
        server.kill();
        server.restart();
    });
}

#[test]
fn git_at_any_moment() {
    rounds(|server, random| {
        let all = descendants(server.id());
        if let Some(id) = all.get(random.below(all.len().max(1))) {
            kill(*id);
        }
    });
}

#[test]
fn an_answer_that_breaks_off_does_not_look_complete() {
    let server = server();
    let line = format!("{} {} refs/heads/main", "0".repeat(40), "1".repeat(40));
    let commands = format!("{:04x}{line}\0 report-status0000PACK", line.len() + 19);
    let mut client = TcpStream::connect(server.address).unwrap();
    write!(
        client,
        "POST /@qmlserve/git/git-receive-pack HTTP/1.1\r\nHost: {}\r\n\
         Content-Type: application/x-git-receive-pack-request\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{commands}\r\n",
        server.address,
        commands.len()
    )
    .unwrap();
    let mut answer = [0; 12];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    for id in descendants(server.id()) {
        kill(id);
    }
    write!(client, "0\r\n\r\n").unwrap();
    let mut rest = Vec::new();
    // Whether it ends or is reset: what it lacks is the last piece (RFC 9112, section 7.1).
    let _ = client.read_to_end(&mut rest);
    let rest = String::from_utf8_lossy(&rest);
    assert!(rest.contains("chunked"), "{rest}");
    assert!(!rest.contains("\r\n0\r\n"), "{rest}");
}
