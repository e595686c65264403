//! `qmlserve run`: how a program begins and ends with the server. What it shows takes a real
//! one, and is tested there.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Finished, Folder, Running, Signal, command, run, wait_until};

fn start(args: &[&str]) -> (Folder, Running) {
    let folder = Folder::new();
    folder.write("main.qml", "Item {}\n");
    let mut all = vec!["run", "tree", "--port", "0"];
    all.extend(args);
    let running = Running::spawn(&mut command(&all, folder.around()));
    (folder, running)
}

fn finished(args: &[&str]) -> Finished {
    let (_folder, running) = start(args);
    running.finish()
}

#[test]
fn the_end_of_the_program_is_that_of_the_server() {
    for (script, code, said) in [
        ("exit 0", 0, "sh ended with exit code 0"),
        ("exit 7", 7, "sh ended with exit code 7"),
        ("kill -TERM $$", 143, "sh ended with signal 15"),
        ("kill -SEGV $$", 139, "sh ended with signal 11"),
    ] {
        let finished = finished(&["--", "sh", "-c", script]);

        assert_eq!(finished.code, Some(code), "{script}\n{}", finished.stderr);
        let stderr = &finished.stderr;
        assert!(stderr.contains(said), "{stderr}");
        assert!(
            stderr.contains("before it opened its QML debug port"),
            "{stderr}"
        );
        assert!(stderr.contains("QT_QML_DEBUG"), "{stderr}");
        assert!(finished.stdout.starts_with("qmlserve listening on "));
    }
}

#[test]
fn the_program_gets_its_arguments_and_a_debug_port_of_loopback() {
    let finished = finished(&[
        "--",
        "sh",
        "-c",
        "echo \"got $*\" >&2; echo to stdout",
        "a b",
        "--port",
    ]);

    let stderr = &finished.stderr;
    assert!(
        stderr.contains("sh: got --port -qmljsdebugger=port:"),
        "{stderr}"
    );
    assert!(
        stderr.contains(",host:127.0.0.1,block,services:QmlPreview"),
        "{stderr}"
    );
    assert!(
        finished.stdout.ends_with("to stdout\n"),
        "{}",
        finished.stdout
    );
}

#[test]
fn what_the_program_prints_is_in_the_log_and_cannot_take_the_terminal_over() {
    let finished = finished(&[
        "--",
        "sh",
        "-c",
        "printf 'one\\n\\033[2Jtwo\\nlast words' >&2",
    ]);

    let stderr = &finished.stderr;
    for line in ["sh: one\n", "sh: \\u{1b}[2Jtwo\n", "sh: last words\n"] {
        assert!(stderr.contains(line), "{line} is not in\n{stderr}");
    }
}

#[test]
fn the_server_goes_on_where_it_is_told_to() {
    let (_folder, mut server) = start(&["--keep", "--", "sh", "-c", "exit 7"]);

    let line = server.line();
    let said = || server.stderr().contains("the server goes on (--keep)");
    wait_until("the end is told", || server.captured(), said);
    let url = line.trim_start_matches("qmlserve listening on ");
    let answer = ureq::get(format!("{url}main.qml")).call().unwrap();
    assert_eq!(answer.status(), 200);
    server.signal(Signal::Terminate);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn one_signal_ends_both_and_what_the_program_started() {
    for (signal, script) in [
        (
            Signal::Interrupt,
            "sleep 1000 & echo \"child $!\" >&2; wait",
        ),
        (
            Signal::Terminate,
            "sleep 1000 & echo \"child $!\" >&2; wait",
        ),
        // Who does not listen is killed.
        (
            Signal::Interrupt,
            "trap '' INT TERM; sleep 1000 & echo \"child $!\" >&2; while :; do wait; done",
        ),
    ] {
        let (_folder, mut server) = start(&["--", "sh", "-c", script]);
        let said = || server.stderr().contains("sh: child ");
        wait_until("the program runs", || server.captured(), said);
        let stderr = server.stderr();
        let child = stderr.split("sh: child ").nth(1).unwrap();
        let child: i32 = child.split_whitespace().next().unwrap().parse().unwrap();

        server.signal(signal);

        let (status, _) = server.wait();
        assert_eq!(status.code(), Some(0), "{}", server.captured());
        let pid = rustix::process::Pid::from_raw(child).unwrap();
        let is_gone = || {
            // Whoever takes over the orphans may not have noticed yet.
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat"));
            let is_dead = stat.is_ok_and(|stat| stat.contains(") Z "));
            is_dead || rustix::process::test_kill_process(pid).is_err()
        };
        wait_until("its child is gone", || format!("{child}"), is_gone);
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_both_at_once() {
    // It hears nothing, and would be given some time.
    let deaf = "trap '' INT TERM; echo begun >&2; while :; do sleep 0.05; done";
    let (_folder, mut running) = start(&["--", "sh", "-c", deaf]);
    wait_until(
        "the program runs",
        || running.captured(),
        || running.stderr().contains("begun"),
    );
    running.signal(Signal::Interrupt);
    running.signal(Signal::Terminate);
    let (status, _) = running.wait();
    assert!(
        running.stderr().contains("a second signal"),
        "{}",
        running.captured()
    );
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_program_that_cannot_be_started_is_told_before_anything_is() {
    let folder = Folder::new();
    folder.write("main.qml", "Item {}\n");
    let script = folder.around().join("my-script");
    std::fs::write(&script, "exit 0").unwrap();
    let check = |args: &[&str], said: &str| {
        let finished = run(&mut command(args, folder.around()));
        assert_eq!(finished.code, Some(1), "{}", finished.stderr);
        assert!(
            finished.stderr.contains(said),
            "{args:?}: {}",
            finished.stderr
        );
        assert_eq!(finished.stdout, "", "{args:?}");
    };

    check(
        &["run", "tree", "--", "no-such-program"],
        "there is no program no-such-program in PATH",
    );
    check(
        &["run", "tree", "--", "my-script"],
        "the file of that name in this folder is ./my-script",
    );
    check(
        &["run", "tree", "--", "./nowhere"],
        "there is no program ./nowhere; it is looked up from",
    );
    check(
        &["run", "tree", "--", "./my-script"],
        "./my-script cannot be executed: chmod +x it",
    );
    check(
        &["run", "--", "./tree"],
        "./tree is a folder, not a program",
    );
    check(
        &["run", "tree", "--runtime", "./nowhere"],
        "there is no runtime ./nowhere",
    );
    check(
        &["run", "tree", "--in-place"],
        "--in-place patches a program's own documents",
    );
    check(
        &["run", "tree", "--host", "unix:./qml.sock"],
        "no program can load documents from a Unix socket: add --host localhost",
    );

    // Executable, and nothing that the system can execute.
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&script, executable).unwrap();
    std::fs::write(&script, "\u{7f}ELF").unwrap();
    let finished = run(&mut command(
        &["run", "tree", "--port", "0", "--", "./my-script"],
        folder.around(),
    ));
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("my-script cannot be started: "),
        "{}",
        finished.stderr
    );
    check(
        &["run", "my-script"],
        "is a program, not a folder to serve; a program stands behind two dashes",
    );
}

#[test]
fn what_the_command_takes_goes_between_run_and_the_dashes() {
    let folder = Folder::new();
    let check = |args: &[&str], said: &str| {
        let finished = run(&mut command(args, folder.around()));
        assert_eq!(finished.code, Some(2), "{args:?}: {}", finished.stderr);
        assert!(
            finished.stderr.contains(said),
            "{args:?}: {}",
            finished.stderr
        );
    };

    check(
        &["--port", "0", "run", "--", "sh"],
        "port stands before run; put it behind",
    );
    check(&["tree", "run", "--", "sh"], "dir stands before run");
    check(
        &["run", "--runtime", "qml", "--", "sh"],
        "cannot be used with",
    );
    check(
        &["run", "--nonsense", "--", "sh"],
        "unexpected argument '--nonsense'",
    );
    let printed = run(&mut command(
        &["run", "tree", "--port", "7", "--print-config"],
        folder.around(),
    ));
    assert!(printed.stdout.contains("port = 7"), "{}", printed.stdout);
}
