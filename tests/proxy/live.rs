//! What passes, both ways.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::support::{Response, Setup, Signal, TestServer, connect, head};
use crate::target::{Target, configured, proxy, section};

/// What the target was sent, as it tells.
fn sent(response: &Response) -> (String, String, Vec<u8>) {
    let told = response.json();
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    let body = BASE64_STANDARD.decode(text("body")).unwrap();
    (text("method"), text("path"), body)
}

#[test]
fn every_method_path_query_and_body_arrives() {
    let target = Target::start();
    let server = proxy(&target, "");
    for (method, path, body) in [
        ("GET", "/echo", ""),
        ("GET", "/echo/a%2Fb//c/%C3%BC?q=a%20b&q=c&&=", ""),
        ("POST", "/echo", "{\"a\": 1}"),
        ("PUT", "/echo/1", "text"),
        ("PATCH", "/echo", "x"),
        ("DELETE", "/echo", ""),
        ("DELETE", "/echo", "with a body"),
        ("OPTIONS", "/echo", ""),
        ("PROPFIND", "/echo", "<a/>"),
    ] {
        let answer = server.request(method, &format!("/x{path}"), &[], body.as_bytes());
        assert_eq!(answer.status, 200, "{method} {path}");
        let expected = (method.to_owned(), format!("/base{path}"), body.into());
        assert_eq!(sent(&answer), expected);
    }
    let answer = server.request("HEAD", "/x/text?n=1", &[], b"");
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (200, Some("12"))
    );
    assert!(answer.body.is_empty());
    // The path of the proxy itself.
    assert_eq!(server.get("/x").json()["error"], "no such thing");
    // A body in pieces, with a GET as well.
    for method in ["POST", "GET"] {
        let request = format!(
            "{method} /x/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        );
        let answer = server.raw(request.as_bytes());
        assert_eq!(sent(&answer).2, b"abcde", "{method}");
    }
}

#[test]
fn answers_come_as_they_are() {
    let target = Target::start();
    let server = proxy(&target, "");
    for code in [
        200, 201, 204, 206, 301, 304, 400, 401, 404, 409, 418, 500, 503,
    ] {
        let answer = server.get(&format!("/x/status?code={code}"));
        assert_eq!(answer.status, code);
        let has_body = !matches!(code, 204 | 304);
        assert_eq!(
            answer.body,
            if has_body { &b"told\n"[..] } else { b"" },
            "{code}"
        );
    }
    let answer = server.get("/x/text?n=7");
    let two: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "x-two")
        .collect();
    assert_eq!(two.len(), 2, "{answer:?}");
    assert_eq!(answer.text(), "GET 7 0 ü\n");
    let answer = server.get_with("/x/gzip", &[("Accept-Encoding", "gzip")]);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(
        answer.body.starts_with(b"\x1f\x8b"),
        "it is still compressed"
    );
    let answer = server.get("/x/chunked?n=3");
    assert_eq!(answer.text(), "piece 0\npiece 1\npiece 2\n");
}

#[test]
fn pieces_arrive_as_they_are_sent() {
    let target = Target::start();
    let server = proxy(&target, "");
    let mut stream = connect(server.address);
    stream
        .write_all(b"GET /x/chunked?n=3&pause=10 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut reader = BufReader::new(stream);
    assert_eq!(head(&mut reader).0, 200);
    let mut lines = String::new();
    while !lines.contains("piece 0") {
        reader.read_line(&mut lines).unwrap();
    }
    // The target rests for ten seconds before the next one, longer than this takes.
    assert!(!lines.contains("piece 1"), "{lines}");
}

#[test]
fn an_answer_that_comes_before_the_end_of_the_body_is_heard() {
    let target = Target::start();
    let server = proxy(&target, "");
    let mut stream = connect(server.address);
    stream
        .write_all(
            b"POST /x/early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nbegun",
        )
        .unwrap();
    let (status, _) = head(&mut BufReader::new(stream));
    assert_eq!(status, 413);
}

#[test]
fn what_is_cut_off_there_is_cut_off_here() {
    let target = Target::start();
    let server = proxy(&target, "");
    for how in ["length", "chunked"] {
        let mut stream = connect(server.address);
        let request = format!("GET /x/cut?how={how} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        // The connection ends, be it by a reset, maybe before anything was said.
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8(said).unwrap();
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 200"),
            "{said}"
        );
        assert!(
            !said.ends_with("0\r\n\r\n"),
            "{how}: it looks complete: {said:?}"
        );
        if how == "length" && !said.is_empty() {
            assert!(said.contains("content-length: 1000\r\n"), "{said}");
        }
    }
    server.logged("broke off its answer");
}

#[test]
fn a_client_that_breaks_off_its_body_is_not_taken_for_a_complete_one() {
    let target = Target::start();
    let server = proxy(&target, "");
    for framing in ["Content-Length: 10", "Transfer-Encoding: chunked"] {
        let mut stream = connect(server.address);
        let request =
            format!("POST /x/count?of=broken HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        drop(stream);
    }
    assert_eq!(server.get("/x/text").status, 200);
}

#[test]
fn a_target_that_is_down_or_broken_is_told_of() {
    let mut target = Target::start();
    let server = proxy(&target, "idle = \"500ms\"\nconnect = \"2s\"");
    let error = |path: &str, status: u16| {
        let answer = server.get(path);
        assert_eq!(answer.status, status, "{answer:?}");
        let error = answer.json()["error"].clone();
        assert_eq!(error["status"], status);
        format!("{} {}", error["message"], error["hint"])
    };
    let told = error("/x/silent", 504);
    assert!(
        told.contains("says nothing for 0.5 s") && told.contains("idle ="),
        "{told}"
    );
    assert!(error("/x/cut?how=head", 502).contains("broke off"));
    assert!(error("/x/garbage", 502).contains("broke off"));
    target.stop();
    let told = error("/x/text", 502);
    assert!(
        told.contains("cannot be reached") && told.contains("to ="),
        "{told}"
    );
    assert!(error("/x/../secret", 400).contains("leads out of"));
    assert!(error("/x/%2e%2e/secret", 400).contains("leads out of"));
    let said = server.stderr();
    error("/x/text", 502);
    assert_eq!(server.stderr(), said, "it is said once");
    let status = server.status();
    assert_eq!(status["proxies"][0]["failed"], 7, "{status}");
}

#[test]
fn connect_opens_no_tunnel() {
    let target = Target::start();
    let server = proxy(&target, "");
    let answer = server.raw(b"CONNECT /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!((400..500).contains(&answer.status), "{answer:?}");
}

#[test]
fn a_loop_is_refused() {
    let server = configured("", &[]);
    let port = server.port().to_string();
    let file = server.folder.around().join("qmlserve.toml");
    drop_and_loop(server, &file, &port);
}

/// Starts the server again on its port, with a proxy that leads to itself.
fn drop_and_loop(mut server: TestServer, file: &std::path::Path, port: &str) {
    server.stop(Signal::Terminate);
    std::fs::write(
        file,
        format!("[[proxy]]\npath = \"/x\"\nto = \"http://127.0.0.1:{port}/x\"\n"),
    )
    .unwrap();
    server.restart();
    let answer = server.get("/x/a");
    assert_eq!(answer.status, 508);
    let message = answer.json()["error"]["message"].to_string();
    assert!(message.contains("leads back to this server"), "{message}");
}

#[test]
fn delay_and_failure_are_ordered() {
    let target = Target::start();
    let server = proxy(&target, "fail = 1.0");
    let answer = server.get("/x/text");
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("fails on purpose"));
}

#[test]
fn nearer_proxies_come_first_and_the_server_keeps_its_own() {
    let (one, two) = (Target::start(), Target::start());
    let server = configured(
        &format!(
            "[[proxy]]\npath = \"/x\"\nto = \"{}\"\n[[proxy]]\npath = \"/x/y\"\nto = \"http://localhost:{}/base/echo\"\n",
            one.url(),
            two.port
        ),
        &[],
    );
    server.write("main.qml", "import QtQuick 2.0\nItem {}\n");
    assert_eq!(server.get("/x/echo").json()["path"], "/base/echo");
    assert_eq!(server.get("/x/y/z").json()["path"], "/base/echo/z");
    assert_eq!(server.get("/xy").status, 404);
    assert_eq!(server.get("/@qmlserve/health").status, 200);
}

#[test]
fn the_server_ends_with_answers_under_way() {
    let target = Target::start();
    let mut server = proxy(&target, "");
    let mut stream = connect(server.address);
    stream
        .write_all(b"GET /x/chunked?n=1000&pause=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut reader = BufReader::new(stream);
    assert_eq!(head(&mut reader).0, 200);
    let (code, _) = server.stop(Signal::Terminate);
    assert_eq!(code, Some(0));
}

#[test]
fn clients_over_http2_have_bodies_and_answers_of_any_kind() {
    let target = Target::start();
    let setup = Setup::new().tls();
    let toml = section(&target, "");
    std::fs::write(setup.folder().around().join("qmlserve.toml"), toml).unwrap();
    let server = setup.start();
    let file = server.folder.around().join("body");
    std::fs::write(&file, vec![7_u8; 3_000_000]).unwrap();
    let body = format!("@{}", file.display());
    let curl = |args: &[&str], path: &str| {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--http2",
                "--write-out",
                " %{http_code} %{http_version}",
            ])
            .arg("--cacert")
            .arg(server.ca())
            .args(args)
            .arg(format!("https://localhost:{}{path}", server.port()))
            .output()
            .expect("curl is installed");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(curl(&[], "/x/text?n=1"), "GET 1 0 ü\n 200 2");
    let sent = curl(&["--data-binary", &body], "/x/upload");
    assert!(
        sent.contains("\"bytes\": 3000000") && sent.ends_with(" 200 2"),
        "{sent}"
    );
    // Without a length, as nobody knows one of what is still being made.
    let sent = curl(
        &["--upload-file", "-", "--header", "Content-Length:"],
        "/x/text",
    );
    assert!(sent.ends_with(" 200 2"), "{sent}");
    let location = curl(&["--include"], "/x/redirect?to=HERE/base/a");
    assert!(location.contains("location: /x/a\r\n"), "{location}");
    assert_eq!(
        curl(&["--output", "/dev/null"], "/x/download?n=3000000"),
        " 200 2"
    );
    // A stream that is cut off is no complete one.
    let cut = Command::new("curl")
        .args(["--silent", "--http2", "--cacert"])
        .arg(server.ca())
        .arg(format!(
            "https://localhost:{}/x/cut?how=chunked",
            server.port()
        ))
        .output()
        .unwrap();
    assert!(!cut.status.success(), "{cut:?}");
}
