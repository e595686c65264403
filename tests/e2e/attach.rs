//! A program that knows nothing of the server is attached to, and is live.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::attach_program::{PROGRAMS, Program, free_port, serve};
use crate::client::QtClient;
use crate::picture::png_of;
use crate::support::{Signal, TestServer, wait_until};
use crate::tree::{edit, edited};

fn available() -> impl Iterator<Item = Program> {
    PROGRAMS
        .into_iter()
        .filter(|program| program.is_available())
}

fn server_for(program: Program, port: u16) -> TestServer {
    let target = format!("127.0.0.1:{port}={}", program.document());
    serve(&["--attach", &target])
}

#[test]
fn a_cxx_program_follows_every_edit() {
    follows_every_edit(Program::Cxx);
}

#[test]
fn a_python_program_follows_every_edit() {
    follows_every_edit(Program::Python);
}

#[test]
fn a_stock_runtime_of_qt5_follows_every_edit() {
    follows_every_edit(Program::Qt5);
}

#[test]
fn a_stock_runtime_of_qt6_follows_every_edit() {
    follows_every_edit(Program::Qt6);
}

/// Waits until this many clients said that they show the newest version: what is edited before
/// the swap supersedes what never was shown, and leaves no state.
fn wait_until_shown(server: &TestServer, count: usize) {
    wait_until(
        "the newest version is shown",
        || format!("{}\n{}", server.status(), server.stderr()),
        || {
            let (status, version) = (server.status(), server.version());
            let clients = status["clients"].as_array().unwrap();
            let newest = clients
                .iter()
                .filter(|client| client["version"] == version.as_str());
            newest.count() == count
        },
    );
}

/// Edits of each kind; none shows anything older afterwards, and the state is handed on.
fn follows_every_edit(program: Program) {
    if !program.is_available() {
        return;
    }
    let port = free_port();
    let server = server_for(program, port);
    server.logged("waiting for a program at 127.0.0.1");
    let mut client = program.start(port, true);
    let shows = |mark, facts: &str, kept| {
        client.wait_to_show(mark, &program.shows(facts, kept));
        wait_until_shown(&server, 1);
    };
    shows(0, "panel-two word-two theme-two 2 none", false);
    let attached = client.mark();

    edit(
        &server.folder,
        "parts/Panel.qml",
        "panel-two",
        "panel-three",
    );
    shows(attached, "panel-three word-two theme-two 2 none", true);
    edit(&server.folder, "logic.js", "word-two", "word-three");
    shows(attached, "panel-three word-three theme-two 2 none", true);
    edit(&server.folder, "Theme.qml", "theme-two", "theme-three");
    shows(attached, "panel-three word-three theme-three 2 none", true);
    server.write("picture.png", png_of(3, [0, 200, 0]));
    shows(attached, "panel-three word-three theme-three 3 none", true);

    server.write(
        "Fresh.qml",
        "import QtQuick 2.12\nItem { property string text: 'fresh' }\n",
    );
    let with_fresh = edited(&server.folder, "Shown.qml", "\"none\"", "fresh.text");
    let with_fresh = with_fresh.replace("    Panel {", "    Fresh { id: fresh }\n    Panel {");
    server.write("Shown.qml", &with_fresh);
    shows(attached, "panel-three word-three theme-three 3 fresh", true);

    server.write("Shown.qml", with_fresh.replace("Panel {", "Pannel {"));
    server.logged("Shown.qml:10:5: Pannel is not a type");
    assert!(client.is_running(), "an error ends nothing");
    server.write(
        "Shown.qml",
        with_fresh.replace("Fresh {", "Fresh { text: 'whole';"),
    );
    client.wait_to_show(
        attached,
        &program.shows("panel-three word-three theme-three 3 whole", true),
    );

    let old = client.lines().split_off(attached);
    let old: Vec<_> = old.iter().filter(|line| line.contains("-one")).collect();
    assert!(old.is_empty(), "something compiled in came back: {old:?}");
}

#[test]
fn a_program_is_found_again_after_its_end_and_after_the_servers() {
    for program in available() {
        let port = free_port();
        let mut server = server_for(program, port);
        let facts = program.shows("panel-two word-two theme-two 2 none", false);
        let first = program.start(port, true);
        first.wait_to_show(0, &facts);
        drop(first);
        server.logged("ended: waiting for it to come back");

        // Started anew, without waiting for anybody.
        let mut client = program.start(port, false);
        client.wait_to_show(0, &facts);

        let (code, _) = server.stop(Signal::Interrupt);
        assert_eq!(code, Some(0));
        assert!(
            client.is_running(),
            "the program goes on without the server"
        );
        let mark = client.mark();
        server.restart();
        edit(&server.folder, "logic.js", "word-two", "word-three");
        let wanted = "panel-two word-three theme-two 2 none";
        wait_until(
            "the edit shows after the server came back",
            || format!("{}\n{}", client.lines().join("\n"), server.stderr()),
            || {
                client.lines()[mark..]
                    .iter()
                    .any(|line| line.contains(wanted))
            },
        );
        assert!(client.is_running());
    }
}

#[test]
fn programs_of_different_documents_are_live_at_once() {
    let available: Vec<_> = available().collect();
    let ports: Vec<_> = available.iter().map(|_| free_port()).collect();
    let targets: Vec<_> = available
        .iter()
        .zip(&ports)
        .map(|(program, port)| format!("127.0.0.1:{port}={}", program.document()))
        .collect();
    let flags: Vec<_> = targets
        .iter()
        .flat_map(|target| ["--attach", target])
        .collect();
    let server = serve(&flags);
    let clients: Vec<_> = available
        .iter()
        .zip(&ports)
        .map(|(program, port)| program.start(*port, true))
        .collect();
    let all_show = |facts: &str, kept| {
        for (program, client) in available.iter().zip(&clients) {
            client.wait_to_show(0, &program.shows(facts, kept));
        }
        wait_until_shown(&server, available.len());
    };
    all_show("panel-two word-two theme-two 2 none", false);
    edit(
        &server.folder,
        "parts/Panel.qml",
        "panel-two",
        "panel-three",
    );
    all_show("panel-three word-two theme-two 2 none", true);
    let programs = server.status()["programs"].clone();
    let states: Vec<_> = programs.as_array().unwrap().iter().collect();
    assert_eq!(states.len(), available.len());
    assert!(
        states.iter().all(|state| state["state"] == "attached"),
        "{programs}"
    );
}

/// A program with `windows` and `close` on its standard input.
fn windows(client: &mut QtClient) -> Value {
    serde_json::from_str(&client.ask("windows")).unwrap()
}

#[test]
fn there_is_one_window_and_closing_it_ends_the_program() {
    for program in [Program::Cxx, Program::Python] {
        if !program.is_available() {
            continue;
        }
        // A document that is a window, and one that is an item.
        for document in ["Main.qml", "Plain.qml"] {
            let port = free_port();
            let server = serve(&["--attach", &format!("127.0.0.1:{port}={document}")]);
            let mut client = program.start(port, true);
            client.wait_for("theme-two 2");
            let deadline = Instant::now() + Duration::from_secs(20);
            let is_right = |seen: &Value| {
                let only = seen.as_array().filter(|all| all.len() == 1);
                only.is_some_and(|all| all[0]["onTop"] == false && all[0]["width"] == 160)
            };
            let mut seen = windows(&mut client);
            while !is_right(&seen) {
                assert!(
                    Instant::now() < deadline,
                    "{document}: {seen}\n{}",
                    server.stderr()
                );
                seen = windows(&mut client);
            }
            client.tell("close");
            client.wait_for_end();
        }
    }
}

#[test]
fn a_program_with_several_windows_is_shown_one() {
    if !Program::Cxx.is_available() {
        return;
    }
    let port = free_port();
    let target = format!("127.0.0.1:{port}=Main.qml");
    let server = serve(&["--attach", &target]);
    let two = "import QtQuick 2.12\nimport QtQuick.Window 2.12\n\
               Window { visible: true; title: 'first'; Window { visible: true; title: 'second' } }\n";
    let own = server.folder.around().join("Two.qml");
    std::fs::write(&own, two).unwrap();
    let mut client = Program::Cxx.start_with(port, true, &[own.to_str().unwrap()]);
    client.wait_for("window panel-two word-two theme-two 2");
    wait_until(
        "one window is left",
        || server.stderr(),
        || {
            windows(&mut client)
                .as_array()
                .is_some_and(|all| all.len() == 1)
        },
    );
    wait_until_shown(&server, 1);
    edit(&server.folder, "logic.js", "word-two", "word-three");
    client.wait_for("window panel-two word-three theme-two 2 none C++ program kept");
    client.tell("close");
    client.wait_for_end();
}

#[test]
fn a_live_loader_in_a_program_shows_the_documents_of_the_tree() {
    if !Program::Cxx.is_available() {
        return;
    }
    let server = serve(&["--document", "Main.qml"]);
    let text = format!(
        "import QtQuick 2.12\nimport QtQuick.Window 2.12\nimport Demo 1.0\nimport \"file:{}\" 1.0\n\
         Window {{ visible: true; Shown {{ onTextChanged: console.log('OWN ' + text) }}\n\
         LiveLoader {{ server: \"{}\"; document: \"Main.qml\" }} }}\n",
        env!("CARGO_MANIFEST_DIR"),
        server.announced
    );
    let own = server.folder.around().join("Live.qml");
    std::fs::write(&own, text).unwrap();
    let client = Program::Cxx.start_with(free_port(), false, &[own.to_str().unwrap()]);
    let shows = |facts: &str, kept| {
        client.wait_to_show(0, &Program::Cxx.shows(facts, kept));
        wait_until_shown(&server, 1);
    };
    client.wait_for("OWN panel-one word-one theme-one 1 none");
    shows("panel-two word-two theme-two 2 none", false);
    edit(
        &server.folder,
        "parts/Panel.qml",
        "panel-two",
        "panel-three",
    );
    shows("panel-three word-two theme-two 2 none", true);
    edit(&server.folder, "Theme.qml", "theme-two", "theme-three");
    shows("panel-three word-two theme-three 2 none", true);
}

/// A project as Qt Creator makes it: no qmldir, and no import of the own module.
#[test]
fn a_module_that_only_the_mapping_declares_is_the_programs_and_the_trees() {
    for program in [Program::Cxx, Program::Python] {
        if !program.is_available() {
            continue;
        }
        let port = free_port();
        let target = format!("127.0.0.1:{port}=Main.qml");
        let server = serve(&["--attach", &target, "--resources", "/qt/qml/Demo=."]);
        std::fs::remove_file(server.folder.on_disk("qmldir")).unwrap();
        edit(&server.folder, "Main.qml", "import Demo 1.0\n", "");
        let client = program.start(port, true);
        client.wait_to_show(
            0,
            &program.shows("panel-two word-two theme-two 2 none", false),
        );
        wait_until_shown(&server, 1);
        edit(&server.folder, "Theme.qml", "theme-two", "theme-three");
        client.wait_to_show(
            0,
            &program.shows("panel-two word-two theme-three 2 none", true),
        );
    }
}

#[test]
fn what_a_program_logs_is_told_once_with_its_place_in_the_tree() {
    for program in available() {
        let port = free_port();
        let server = server_for(program, port);
        let mark = edited(
            &server.folder,
            "parts/Panel.qml",
            "\"panel-two\"",
            "\"panel-two\"\n    property int wrong: missing.x\n    \
             Component.onCompleted: { console.warn(\"careful\"); undefined.call() }",
        );
        server.write("parts/Panel.qml", mark);
        let client = program.start(port, true);
        client.wait_for("theme-two 2");
        let name = format!("127.0.0.1:{port}");
        server.logged(&format!("WARN {name}: parts/Panel.qml:6: careful"));
        let place = "ReferenceError: missing is not defined\n    5 |     property int wrong: missing.x\n      |                         ^";
        server.logged(place);
        server.logged("parts/Panel.qml:6: TypeError: ");
        let log = server.stderr();
        assert_eq!(log.matches(place).count(), 1, "{log}");
        assert!(!log.contains("Panel.qml:5:25: Panel"), "{log}");

        let kept = server.status()["log"].clone();
        let careful = kept
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["text"] == "careful");
        let careful = careful.unwrap_or_else(|| panic!("{kept}"));
        assert_eq!(careful["file"], "parts/Panel.qml");
        assert_eq!(careful["program"], name);
        assert_eq!(
            (&careful["level"], &careful["line"]),
            (&"warning".into(), &6.into())
        );
    }
}
