//! `qmlserve run`: a runtime of this machine, or a program of one's own, with one command.

use std::path::Path;

use crate::attach_program::{Program, cxx_program, old_documents};
use crate::picture::png_of;
use crate::runtime::{Runtime, without_screen};
use crate::support::{Folder, Running, Signal, command, wait_until};
use crate::tree::{FIXTURES, copy, edit};

const SHOWN: &str =
    "import QtQuick 2.12\nItem { Component.onCompleted: console.log(\"SHOWS one\") }\n";

/// The file of a runtime that is available.
pub fn program_of(runtime: Runtime) -> &'static str {
    let program = runtime.program().expect("is_available() was asked before");
    program.to_str().unwrap()
}

/// Starts `qmlserve run tree FLAGS -- PROGRAM`, without a screen; without the dashes if there is
/// no program.
pub fn run(folder: &Folder, flags: &[&str], program: &[&str]) -> Running {
    let mut args = vec!["run", "tree", "--port", "0"];
    args.extend(flags);
    if !program.is_empty() {
        args.push("--");
        args.extend(program);
    }
    let mut command = command(&args, folder.around());
    for (name, value) in without_screen(Path::new("true")).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // What the command sees to by itself.
    command
        .env_remove("QT_MESSAGE_PATTERN")
        .env_remove("QT_FORCE_STDERR_LOGGING");
    Running::spawn(&mut command)
}

#[track_caller]
fn says(server: &Running, text: &str) {
    wait_until(
        &format!("{text:?} is said"),
        || server.captured(),
        || server.stderr().contains(text),
    );
}

/// A runtime is started, shows the tree, follows it, is heard, and ends with the server.
fn a_runtime_is_a_client_of_one_command(runtime: Runtime, name: &str) {
    if !runtime.is_available() {
        return;
    }
    let folder = Folder::new();
    folder.write("main.qml", SHOWN);
    let mut server = run(&folder, &["--runtime", program_of(runtime)], &[]);
    says(&server, &format!("running {name} "));
    says(&server, &format!("{name}: main.qml:2: SHOWS one"));
    edit(&folder, "main.qml", "SHOWS one", "SHOWS two\\nin two lines");
    says(
        &server,
        &format!("{name}: main.qml:2: SHOWS two\n      in two lines"),
    );
    edit(&folder, "main.qml", "console.log", "nowhere.log");
    says(&server, "nowhere is not defined\n    2 | Item {");
    server.signal(Signal::Interrupt);
    let (status, _) = server.wait();
    assert_eq!(status.code(), Some(0), "{}", server.captured());
}

#[test]
fn qmlscene_is_a_client_of_one_command() {
    a_runtime_is_a_client_of_one_command(Runtime::Qt5, "qmlscene");
}

#[test]
fn qml_is_a_client_of_one_command() {
    a_runtime_is_a_client_of_one_command(Runtime::Qt6, "qml");
}

#[test]
fn pyside_is_a_client_of_one_command() {
    a_runtime_is_a_client_of_one_command(Runtime::Newest, "pyside6");
}

#[test]
fn the_newest_runtime_is_found() {
    if !Runtime::Qt6.is_available() {
        return;
    }
    let folder = Folder::new();
    folder.write("main.qml", SHOWN);
    let server = run(&folder, &[], &[]);
    says(&server, "SHOWS one");
    let stderr = server.stderr();
    // A machine of this kind has Qt 6 beside Qt 5, whichever is first in PATH.
    assert!(
        stderr.contains("running ") && stderr.contains(" 6."),
        "{stderr}"
    );
}

/// The program's interface is live, in its own engine.
fn a_program_is_attached_to(program: Program, words: &[&str]) {
    let folder = Folder::new();
    copy(&Path::new(FIXTURES).join("attach/tree"), "", &folder, "");
    edit(&folder, "logic.js", "-one", "-two");
    folder.write("picture.png", png_of(2, [200, 0, 0]));
    let flags = ["--document", program.document()];
    let mut server = run(&folder, &flags, words);
    says(&server, "word-two");
    edit(&folder, "logic.js", "-two", "-three");
    let line = "Main.qml:17: SHOWS window panel-one word-three";
    says(&server, line);
    let stderr = server.stderr();
    assert_eq!(
        stderr.matches(line).count(),
        1,
        "it is told once:\n{stderr}"
    );
    server.signal(Signal::Terminate);
    let (status, _) = server.wait();
    assert_eq!(status.code(), Some(0), "{}", server.captured());
}

#[test]
fn a_cxx_program_of_ones_own_is_live() {
    if Program::Cxx.is_available() {
        let program = cxx_program().unwrap().to_str().unwrap();
        a_program_is_attached_to(Program::Cxx, &[program]);
    }
}

#[test]
fn a_python_program_of_ones_own_is_live() {
    if Program::Python.is_available() {
        let script = Path::new(FIXTURES).join("attach/python/program.py");
        let document = old_documents().join("Main.qml");
        let words = [
            program_of(Runtime::Newest),
            script.to_str().unwrap(),
            document.to_str().unwrap(),
        ];
        a_program_is_attached_to(Program::Python, &words);
    }
}

#[test]
fn a_program_without_debugging_is_told_what_it_lacks() {
    if !Runtime::Newest.is_available() {
        return;
    }
    let folder = Folder::new();
    folder.write("main.qml", SHOWN);
    let code = "import sys\nfrom PySide6.QtGui import QGuiApplication\nfrom PySide6.QtQuick import QQuickView\napp = QGuiApplication(sys.argv)\nview = QQuickView()\nsys.exit(3)\n";
    let mut server = run(&folder, &[], &[program_of(Runtime::Newest), "-c", code]);
    says(&server, "was built without QML debugging");
    says(&server, "QQmlDebuggingEnabler.enableDebugging(True)");
    let (status, _) = server.wait();
    assert_eq!(status.code(), Some(3), "{}", server.captured());
}

/// What a runtime lacks is said of that runtime, with what the tree has left out.
fn the_doctor_asks_a_runtime(runtime: Runtime) {
    if !runtime.is_available() {
        return;
    }
    let folder = Folder::new();
    folder.write(
        "main.qml",
        "import QtQuick 2.12\nimport No.Such.Module 1.0\nimport Own 1.0\nItem {}\n",
    );
    folder.write("Own/qmldir", "module Own\nThing 1.0 Thing.qml\n");
    folder.write("Own/Thing.qml", "import QtQuick 2.12\nItem {}\n");
    let asked = Path::new(program_of(runtime));
    let mut command = command(&["doctor", "tree"], folder.around());
    // It, and what a script that starts it needs.
    let bin = asked.parent().unwrap().display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{bin}:{path}"));
    let finished = crate::support::run(&mut command);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let said = &finished.stdout;
    // A folder may have one Python under two names.
    let title = match runtime {
        Runtime::Newest => "pyside6".to_owned(),
        _ => format!("({})", asked.display()),
    };
    let (_, of_it) = said
        .split_once("Modules that the documents import")
        .and_then(|(_, rest)| rest.split_once(&title))
        .unwrap_or_else(|| panic!("{} is not asked:\n{said}", asked.display()));
    let mut lines = of_it.lines().skip(1);
    let missing = lines.next().unwrap();
    assert!(
        missing.starts_with("  MISSING  No.Such.Module 1.0: "),
        "{said}"
    );
    lines.next();
    assert_eq!(lines.next(), Some("  ok       QtQuick 2.12"), "{said}");
    assert!(!said.contains("Own"), "{said}");
    assert!(said.contains("changes are told within"), "{said}");
    let left = std::fs::read_dir(folder.root()).unwrap().count();
    assert_eq!(left, 2, "the probe is left behind");
}

#[test]
fn the_doctor_asks_qt_5() {
    the_doctor_asks_a_runtime(Runtime::Qt5);
}

#[test]
fn the_doctor_asks_qt_6() {
    the_doctor_asks_a_runtime(Runtime::Qt6);
}

#[test]
fn the_doctor_asks_the_newest_qt() {
    the_doctor_asks_a_runtime(Runtime::Newest);
}
