//! The book's commands as they are printed there, with curl.

use std::process::Command;

use crate::place::Place;

/// The commands in the order of the chapter, with the status and a part of the answer.
const LINES: [(&str, &str, &str); 5] = [
    (
        "curl -i -GET http://localhost:5000/colors",
        "200",
        r#"{"name":"red""#,
    ),
    (
        "curl -i -GET http://localhost:5000/colors/red",
        "200",
        r##""value":"#f00""##,
    ),
    (
        r##"curl -i -H "Content-Type: application/json" -X POST -d '{"name":"gray1","value":"#333"}' http://localhost:5000/colors"##,
        "201",
        r##"{"name":"gray1","value":"#333"}"##,
    ),
    (
        r##"curl -i -H "Content-Type: application/json" -X PUT -d '{"value":"#666"}' http://localhost:5000/colors/red"##,
        "200",
        r##""value":"#666""##,
    ),
    (
        "curl -i -X DELETE http://localhost:5000/colors/red",
        "200",
        r#"{"result":true}"#,
    ),
];

#[test]
#[allow(clippy::print_stderr, reason = "a test that is left out says so")]
fn the_commands_of_the_chapter() {
    if Command::new("curl").arg("--version").output().is_err() {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "curl is not installed: apt-get install curl");
        eprintln!("LEFT OUT: no curl; apt-get install curl");
        return;
    }
    let server = Place::colors().start();
    for (line, status, part) in LINES {
        // The port is another one, so that tests can run side by side.
        let line = line.replace(":5000", &format!(":{}", server.port()));
        let done = Command::new("sh").args(["-c", &line]).output().unwrap();
        let answer = String::from_utf8_lossy(&done.stdout);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{line}\n{answer}"
        );
        assert!(answer.contains(part), "{line}\n{answer}");
    }
}
