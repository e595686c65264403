//! Tokens, codes and secrets are where they have to be, and nowhere else.

use std::io::{BufRead as _, BufReader, Write as _};

use serde_json::json;

use crate::provider::{ACCOUNT, Provider, Visitor, returned, sign_in};
use crate::support::{Response, Signal, TestServer, command, connect, run, wait_until};

/// What the page for a browser is told at first.
fn page_state(server: &TestServer) -> String {
    let mut stream = connect(server.address);
    let host = server.address;
    let request = format!("GET /@qmlserve/page/state HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut told = String::new();
    let mut lines = BufReader::new(stream).lines();
    while !told.contains("/music") {
        told += &lines.next().expect("it goes on").unwrap();
    }
    told
}

#[test]
fn no_token_is_anywhere_else() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let mut server = provider.server("", "mode = \"record\"", &["-vv"]);
    let mut answers: Vec<Response> = Vec::new();
    let mut program = Visitor::new(&server);
    answers.push(program.get(ACCOUNT));
    answers.push(program.get(&format!("{ACCOUNT}?device")));
    let back = returned(&mut program);
    answers.push(server.get_with(&back, &[("Accept", "text/html")]));
    answers.push(server.get_with(&back, &[("Accept", "text/html")]));
    answers.push(program.get("/music/playlists"));
    provider.test(&server, "end-access");
    answers.push(program.get("/music/playlists?page=2"));
    answers.push(program.request("POST", "/music/new", &[], b"{\"a\": 1}"));
    provider.test(&server, "end-access");
    provider.test(&server, "end-refresh");
    answers.push(program.get("/music/playlists?page=3"));
    answers.push(program.get(ACCOUNT));
    sign_in(&mut program, "ada");
    answers.push(program.get(ACCOUNT));
    for path in [
        "/@qmlserve/status",
        "/@qmlserve/metrics",
        "/@qmlserve/oauth/other",
        "/.qmlserve/oauth-music.json",
        "/",
    ] {
        answers.push(program.get(path));
    }
    let page = page_state(&server);
    let around = server.folder.around().to_owned();
    let har = around.join("recordings/music.har");
    wait_until(
        "what was asked is recorded",
        || server.stderr(),
        || std::fs::read_to_string(&har).is_ok_and(|text| text.contains("/new")),
    );
    let kept = around.join(".qmlserve/oauth-music.json");
    let secrets = provider.secrets(&server);
    let in_file = std::fs::read_to_string(&kept).unwrap();
    let known = secrets.iter().filter(|secret| in_file.contains(*secret));
    assert!(known.count() >= 2, "the test knows what it looks for");
    assert!(secrets.len() >= 8, "{secrets:?}");
    answers.push(program.request("POST", &format!("{ACCOUNT}/signout"), &[], b""));
    server.stop(Signal::Terminate);
    assert!(!kept.exists());

    let printed = run(&mut command(&["tree", "--print-config"], &around));
    let mut texts = vec![
        ("the page".to_owned(), page),
        ("the log".to_owned(), server.stderr()),
        ("what was printed".to_owned(), server.stdout()),
        (
            "--print-config".to_owned(),
            printed.stdout + &printed.stderr,
        ),
    ];
    for answer in &answers {
        texts.push(("an answer".to_owned(), format!("{:?}", answer.headers)));
        texts.push((
            "an answer".to_owned(),
            String::from_utf8_lossy(&answer.body).into(),
        ));
    }
    let mut folders = vec![around];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                texts.push((path.display().to_string(), text));
            }
        }
    }
    for (place, text) in &texts {
        for secret in &secrets {
            assert!(
                !text.contains(secret.as_str()),
                "{secret} is in {place}:\n{text}"
            );
        }
    }
}
