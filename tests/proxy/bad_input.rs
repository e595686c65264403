//! What is refused at the start, and in which words.

use std::fs;

use crate::support::{Folder, Setup, command, run};
use crate::target::{Target, recording, section};

/// How the server ends that is started with this config file, on what was prepared.
fn refusal(toml: &str, prepare: impl FnOnce(&Folder)) -> String {
    let folder = Folder::new();
    fs::write(folder.around().join("qmlserve.toml"), toml).unwrap();
    prepare(&folder);
    let finished = run(&mut command(&["tree", "--port", "0"], folder.around()));
    assert_eq!(finished.code, Some(1), "{toml}\n{}", finished.stderr);
    finished.stderr
}

const PROXY: &str = "[[proxy]]\npath = \"/x\"\nto = \"http://localhost:9\"\n";

#[test]
fn paths_that_something_else_has() {
    let says = |error: String, expected: &str| assert!(error.contains(expected), "{error}");
    let colors = |folder: &Folder| {
        let data = folder.around().join("data");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("x.json"), "[{\"id\": 1}]").unwrap();
    };
    says(
        refusal(PROXY, colors),
        "the [[proxy]] at /x and the collection x at /x have one path; change path = of the [[proxy]], \
         or give the collection another one",
    );
    says(
        refusal(
            &format!("{PROXY}[collections.things]\npath = \"/x\"\n"),
            |_| {},
        ),
        "the collection things at /x",
    );
    says(
        refusal(PROXY, |folder| folder.write("x/main.qml", "")),
        "the [[proxy]] at /x and /x of the tree have one path",
    );
    says(
        refusal(&PROXY.replace("/x", "/echo"), |_| {}),
        "the [[proxy]] at /echo and a WebSocket have one path",
    );
    says(
        refusal(&PROXY.replace("/x", "/rooms"), |_| {}),
        "the [[proxy]] at /rooms and a WebSocket have one path",
    );
    says(
        refusal("[[mock]]\npath = \"/main.qml\"\n", |folder| {
            folder.write("main.qml", "")
        }),
        "the [[mock]] at /main.qml and /main.qml of the tree have one path",
    );
    says(
        refusal(&format!("{PROXY}{PROXY}"), |_| {}),
        "a path of its own: the [[proxy]] in line 1",
    );
    says(
        refusal(&PROXY.replace("http://localhost:9", "localhost"), |_| {}),
        "expected the URL of a server",
    );
}

#[test]
fn a_recording_that_cannot_be_read_is_told_of_and_left_alone() {
    for (content, expected) in [
        (
            "{\"log\": {\"entries\": [{\"request\": {\"meth",
            "the recording is cut off, or no HAR",
        ),
        ("", "the recording is cut off, or no HAR"),
        ("{\"other\": 1}", "this is no HAR"),
        ("\u{1}", "the recording is cut off, or no HAR"),
    ] {
        for mode in ["record", "replay", "auto"] {
            let folder = Folder::new();
            let toml = format!("{PROXY}mode = \"{mode}\"\n");
            fs::write(folder.around().join("qmlserve.toml"), toml).unwrap();
            fs::create_dir(folder.around().join("recordings")).unwrap();
            let file = folder.around().join("recordings/x.har");
            fs::write(&file, content).unwrap();
            let finished = run(&mut command(&["tree", "--port", "0"], folder.around()));
            assert_eq!(finished.code, Some(1), "{}", finished.stderr);
            assert!(finished.stderr.contains(expected), "{}", finished.stderr);
            assert!(finished.stderr.contains("x.har"), "{}", finished.stderr);
            assert_eq!(fs::read_to_string(&file).unwrap(), content);
        }
    }
}

#[test]
fn a_recording_that_breaks_while_the_server_runs_is_not_written_over() {
    let target = Target::start();
    let setup = Setup::new();
    let around = setup.folder().around().to_owned();
    fs::write(
        around.join("qmlserve.toml"),
        section(&target, "mode = \"record\""),
    )
    .unwrap();
    let server = setup.start();
    server.get("/x/text?n=1");
    recording(&server, 1);
    let file = around.join("recordings/x.har");
    fs::write(&file, "{\"log\": {\"entr").unwrap();
    server.get("/x/text?n=2");
    server.logged("nothing is recorded");
    assert_eq!(fs::read_to_string(&file).unwrap(), "{\"log\": {\"entr");
    // Once it is gone, what was recorded meanwhile is not lost.
    fs::remove_file(&file).unwrap();
    server.get("/x/text?n=3");
    let recorded = recording(&server, 3).to_string();
    for n in 1..=3 {
        assert!(recorded.contains(&format!("text?n={n}")), "{recorded}");
    }
}
