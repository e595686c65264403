//! The first five minutes: a document in place of a folder, a project to start from, keys in a
//! terminal, what shells and manuals need.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Folder, Running, Setup, command, run};

const ITEM: &str = "import QtQuick 2.15\nItem {}\n";

#[test]
fn a_document_in_place_of_a_folder_is_the_entry_of_its_folder() {
    let folder = Folder::new();
    folder.write("Page.qml", ITEM);
    folder.write("main.qml", ITEM);
    for file in ["tree/Page.qml", "tree/Later.qml"] {
        let server = Running::spawn(&mut command(&[file, "-p", "0"], folder.around()));
        server.line();
        let entry = format!("entry  {}\n", file.trim_start_matches("tree/"));
        crate::support::wait_until(
            "the banner is complete",
            || server.stdout(),
            || server.stdout().contains("curl"),
        );
        assert!(server.stdout().contains(&entry), "{}", server.stdout());
        assert!(server.stdout().contains("folder "), "{}", server.stdout());
    }
    let args = ["tree/Page.qml", "--document", "main.qml"];
    let ended = run(&mut command(&args, folder.around()));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("both name the document"), "{ended:?}");
}

#[test]
fn init_writes_a_project_that_has_no_fault_and_keeps_what_is_there() {
    let folder = Folder::new();
    let ended = run(&mut command(&["init", "new/ui"], folder.around()));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("wrote main.qml\n"), "{ended:?}");
    assert!(ended.stdout.contains("qmlserve run new/ui"), "{ended:?}");
    let checked = run(&mut command(&["check", "new/ui"], folder.around()));
    assert_eq!(checked.code, Some(0), "{checked:?}");

    let main = folder.around().join("new/ui/main.qml");
    fs::write(&main, "mine").unwrap();
    let again = run(&mut command(&["init", "new/ui"], folder.around()));
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(
        again.stdout.contains("kept main.qml, which is there\n"),
        "{again:?}"
    );
    assert_eq!(fs::read_to_string(main).unwrap(), "mine");
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let folder = Folder::new();
    for args in [
        &["completions", "bash"][..],
        &["completions", "fish"],
        &["man"],
    ] {
        let ended = run(&mut command(args, folder.around()));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        for word in ["check", "doctor", "init"] {
            assert!(ended.stdout.contains(word), "{args:?} has no {word}");
        }
    }
}

#[test]
fn what_the_server_keeps_is_not_for_version_control() {
    let server = Setup::new()
        .file("main.qml", ITEM)
        .args(&["--token"])
        .start();
    let kept = server.folder.around().join(".qmlserve");
    assert!(kept.join("token").exists());
    assert_eq!(fs::read_to_string(kept.join(".gitignore")).unwrap(), "*\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_port_that_is_denied_is_told_of_ports() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65534;
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    let first = first
        .ok()
        .and_then(|first| first.trim().parse::<u16>().ok());
    if first.is_none_or(|first| first <= 80) {
        println!("SKIPPED: everybody may listen on port 80 here");
        return;
    }
    let folder = Folder::new();
    folder.write("main.qml", ITEM);
    fs::set_permissions(folder.around(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = command(&["tree", "--port", "80"], folder.around());
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let ended = run(&mut command);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("such as 8080"), "{ended:?}");
    assert!(!ended.stderr.contains("--host"), "{ended:?}");
}

#[test]
fn a_value_without_quotes_is_told_of_values() {
    let folder = Folder::new();
    fs::write(folder.around().join("qmlserve.toml"), "poll = yes\n").unwrap();
    let ended = run(&mut command(&["tree"], folder.around()));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let expected = "qmlserve.toml:1:8: yes is no value: one is a text in quotes, \"yes\", a number, \
                    true or false";
    assert!(ended.stderr.contains(expected), "{ended:?}");
}

/// In a terminal of its own, made by `script` (util-linux).
#[test]
fn keys_are_heard_in_a_terminal_and_it_is_as_it_was_afterwards() {
    if Command::new("script").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "script is missing: apt-get install bsdutils"
        );
        println!("SKIPPED: script is missing: apt-get install bsdutils");
        return;
    }
    let folder = Folder::new();
    folder.write("main.qml", ITEM);
    let server = env!("CARGO_BIN_EXE_qmlserve");
    let line = format!("stty -a > before; '{server}' tree --port 0; echo code $?; stty -a > after");
    let mut script = Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(folder.around())
        .stdin(Stdio::piped());
    let (mut terminal, typed) = Running::spawn_reading(&mut script);
    let mut typed = typed.unwrap();
    let until = |what: &str| {
        crate::support::wait_until(
            what,
            || terminal.captured(),
            || terminal.stdout().contains(what),
        );
    };
    until("keys   o open a browser");
    for (keys, expected) in [
        ("xh", "\n  o open a browser"),
        ("r", "everything is loaded anew"),
        ("c", "--host 0.0.0.0 lets them in"),
        ("q", "code 0"),
    ] {
        typed.write_all(keys.as_bytes()).unwrap();
        until(expected);
    }
    drop(typed);
    terminal.wait();
    let read = |name: &str| fs::read_to_string(folder.around().join(name)).unwrap();
    assert_eq!(read("before"), read("after"));
}
