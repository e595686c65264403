//! Who may ask, and what can never be reached: the Host and Origin rules, CORS,
//! and every known way out of the tree.

use std::fs;

use serde_json::json;

use crate::support::{Folder, Setup, TestServer};

const ITEM: &str = "Item {}\n";

/// A GET with these headers and none besides.
fn get(server: &TestServer, path: &str, headers: &str) -> crate::support::Response {
    server.raw(format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").as_bytes())
}

#[test]
fn only_hosts_of_its_own_are_answered_on_every_route() {
    let server = Setup::new()
        .args(&["--allowed-host", ".lab.example", "--allowed-host", "box"])
        .file("main.qml", ITEM)
        .start();
    let version = server.version();
    let port = server.port();
    let paths = [
        "/main.qml".to_owned(),
        "/".to_owned(),
        "/remote.qml".to_owned(),
        "/nowhere".to_owned(),
        format!("/@{version}/main.qml"),
        "/@qmlserve/version".to_owned(),
        "/@qmlserve/status".to_owned(),
        "/@qmlserve/live.qml".to_owned(),
    ];
    for (host, allowed) in [
        ("localhost".to_owned(), true),
        (format!("localhost:{port}"), true),
        ("LocalHost:1".to_owned(), true),
        ("localhost.".to_owned(), true),
        ("app.localhost".to_owned(), true),
        (format!("127.0.0.1:{port}"), true),
        (format!("[::1]:{port}"), true),
        ("box:99".to_owned(), true),
        ("lab.example".to_owned(), true),
        ("a.b.lab.example:99".to_owned(), true),
        ("evil.example".to_owned(), false),
        (format!("evil.example:{port}"), false),
        ("evillab.example".to_owned(), false),
        ("localhost.evil.example".to_owned(), false),
        ("127.0.0.1.evil.example".to_owned(), false),
        ("192.168.1.5".to_owned(), false),
        ("0.0.0.0".to_owned(), false),
        ("[::ffff:192.168.1.5]".to_owned(), false),
        ("box.evil".to_owned(), false),
        ("169.254.169.254".to_owned(), false),
    ] {
        for path in &paths {
            let response = get(&server, path, &format!("Host: {host}\r\n"));

            let refused = response.status == 403;
            assert_eq!(refused, !allowed, "{host} {path}: {response:?}");
            if refused {
                let error = &response.json()["error"];
                assert_eq!(error["status"], 403);
                let hint = error["hint"].as_str().unwrap();
                assert!(hint.contains("--allowed-host"), "{hint}");
                assert!(hint.contains("allowed_hosts"), "{hint}");
            }
        }
    }
    // Each name once, however often it comes.
    server.logged("--allowed-host evil.example");
    let times = server
        .stderr()
        .matches("--allowed-host evil.example")
        .count();
    assert_eq!(times, 1, "{}", server.stderr());
}

#[test]
fn a_host_that_is_none_is_a_bad_request() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    for headers in [
        "",
        "Host:\r\n",
        "Host: \r\n",
        "Host: localhost\r\nHost: evil.example\r\n",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host: a b\r\n",
        "Host: localhost/x\r\n",
        "Host: user@localhost\r\n",
        "Host: localhost:99999\r\n",
        "Host: localhost:x\r\n",
        "Host: [::1\r\n",
        "Host: http://localhost\r\n",
        "Host: localhost\\\\evil\r\n",
        "Host: %6cocalhost\r\n",
        "Host: localhost#\r\n",
        "Host: \u{fffd}\r\n",
    ] {
        let response = get(&server, "/main.qml", headers);

        assert_eq!(response.status, 400, "{headers:?}: {response:?}");
        assert!(!response.text().contains("Item"), "{headers:?}");
    }
    assert_eq!(server.get("/main.qml").status, 200);
}

#[test]
fn listening_everywhere_any_address_is_its_own_but_no_name() {
    let server = Setup::new()
        .args(&["--host", "0.0.0.0"])
        .file("main.qml", ITEM)
        .start();
    for (host, status) in [
        ("192.168.1.5:8080", 200),
        ("localhost", 200),
        ("evil.example", 403),
    ] {
        let response = get(&server, "/main.qml", &format!("Host: {host}\r\n"));
        assert_eq!(response.status, status, "{host}");
    }
}

#[test]
fn pages_of_other_sites_neither_read_events_nor_report() {
    let server = Setup::new()
        .args(&["--allowed-origin", "https://design.example"])
        .file("main.qml", ITEM)
        .start();
    let port = server.port();
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    for (origin, allowed) in [
        (format!("http://127.0.0.1:{port}"), true),
        ("http://localhost:5173".to_owned(), true),
        ("https://localhost".to_owned(), true),
        ("http://app.localhost".to_owned(), true),
        ("http://[::1]:3000".to_owned(), true),
        ("https://design.example".to_owned(), true),
        ("http://design.example".to_owned(), false),
        ("https://design.example:8443".to_owned(), false),
        ("https://design.example.evil".to_owned(), false),
        ("http://evil.example".to_owned(), false),
        ("https://evil.example".to_owned(), false),
        ("http://localhost.evil.example".to_owned(), false),
        ("http://evil.example?localhost".to_owned(), false),
        ("http://localhost@evil.example".to_owned(), false),
        ("http://192.168.1.5:8080".to_owned(), false),
        ("null".to_owned(), false),
        ("file://".to_owned(), false),
        ("chrome-extension://abcdefgh".to_owned(), false),
        ("garbage".to_owned(), false),
        ("".to_owned(), false),
        ("\u{1f600}".to_owned(), false),
    ] {
        let headers = format!("{host}Origin: {origin}\r\n");
        let allow = |response: &crate::support::Response| {
            let header = response.header("access-control-allow-origin");
            header.map(str::to_owned)
        };
        let expected = allowed.then(|| origin.clone());
        // The server's own routes: not at all.
        for path in [
            "/@qmlserve/status",
            "/@qmlserve/version",
            "/@qmlserve/live.qml",
        ] {
            let response = get(&server, path, &headers);
            let status = if allowed { 200 } else { 403 };
            assert_eq!(response.status, status, "{origin} {path}");
            assert_eq!(allow(&response), expected, "{origin} {path}");
        }
        // What anybody may load, as a picture is: the answer cannot be read.
        for path in ["/main.qml", "/", "/nowhere"] {
            let response = get(&server, path, &headers);
            assert_ne!(response.status, 403, "{origin} {path}");
            assert_eq!(allow(&response), expected, "{origin} {path}");
            let policy = response.header("cross-origin-resource-policy");
            assert_eq!(policy, Some("same-site"), "{origin} {path}");
        }
        if allowed {
            let stream = server.events_as(
                "/@qmlserve/events",
                &format!("127.0.0.1:{port}"),
                &[("Origin", &origin)],
            );
            stream.change();
        } else {
            let response = get(&server, "/@qmlserve/events", &headers);
            assert_eq!(response.status, 403, "{origin}");
            let hint = response.json()["error"]["hint"].to_string();
            assert!(hint.contains("--allowed-origin"), "{hint}");
        }
        // Simple requests that a page can send without asking first.
        let before = server.status()["errors"].as_array().unwrap().len();
        let body = json!({"client": "page", "kind": "error", "message": origin}).to_string();
        let report = format!(
            "POST /@qmlserve/report HTTP/1.1\r\n{headers}Content-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let response = server.raw(report.as_bytes());
        assert_eq!(response.status, if allowed { 204 } else { 403 }, "{origin}");
        let after = server.status()["errors"].as_array().unwrap().len();
        assert_eq!(after - before, usize::from(allowed), "{origin}");
    }
}

#[test]
fn only_who_follows_a_link_is_not_the_page() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let ask = |method: &str, path: &str, dest: &str| {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\
             Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: {dest}\r\n\r\n{{}}"
        );
        server.raw(request.as_bytes()).status
    };
    for (method, path, dest, refused) in [
        ("GET", "/@qmlserve/status", "document", false),
        ("GET", "/@qmlserve/status", "image", true),
        // A form of that page, sent into a window of its own.
        ("POST", "/@qmlserve/report", "document", true),
        ("DELETE", "/@qmlserve/report", "document", true),
        ("POST", "/v1/messages", "document", true),
        ("PUT", "/main.qml", "document", true),
    ] {
        let status = ask(method, path, dest);
        assert_eq!(status == 403, refused, "{method} {path} {dest}: {status}");
    }
}

#[test]
fn a_browser_that_asks_first_is_told() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let ask = |origin: &str, path: &str| {
        server.raw(
            format!(
                "OPTIONS {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\
                 Access-Control-Request-Method: POST\r\n\
                 Access-Control-Request-Headers: content-type, x-mine\r\n\r\n"
            )
            .as_bytes(),
        )
    };
    for path in ["/@qmlserve/report", "/main.qml"] {
        let response = ask("http://localhost:5173", path);
        assert_eq!(response.status, 204, "{path}");
        for (name, value) in [
            ("access-control-allow-origin", "http://localhost:5173"),
            ("access-control-allow-headers", "content-type, x-mine"),
            ("vary", "Origin"),
        ] {
            assert_eq!(response.header(name), Some(value), "{path} {name}");
        }
        let methods = response.header("access-control-allow-methods").unwrap();
        assert!(methods.contains("POST"), "{methods}");

        let refused = ask("http://evil.example", path);
        assert_eq!(refused.status, 403, "{path}");
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    let plain = server.raw(b"OPTIONS /main.qml HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(plain.status, 405);
}

#[test]
fn a_cache_is_told_that_the_answer_depends_on_the_origin() {
    // Loaded as a picture first, without an Origin, and kept for ever: a page
    // of an allowed origin must not get that copy, which says nothing of CORS.
    let server = TestServer::start(&[("main.qml", ITEM), ("a.png", "png")]);
    let version = server.version();
    for path in ["/main.qml", "/a.png", &format!("/@{version}/a.png")] {
        for headers in [
            "",
            "Origin: http://localhost:1\r\n",
            "Origin: http://evil.example\r\n",
        ] {
            let response = get(&server, path, &format!("Host: localhost\r\n{headers}"));
            assert_eq!(response.status, 200);
            let vary = response.header("vary").unwrap_or_default();
            assert!(vary.contains("Origin"), "{path} {headers:?}: {vary:?}");
        }
    }
}

#[test]
fn a_page_whose_name_was_turned_to_this_machine_gets_nothing() {
    // DNS rebinding: the browser takes the page's own host for the target.
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let version = server.version();
    let headers = "Host: evil.example:8080\r\nOrigin: http://evil.example:8080\r\n";
    for path in [
        "/main.qml",
        "/@qmlserve/events",
        "/@qmlserve/status",
        &format!("/@{version}/main.qml"),
    ] {
        let response = get(&server, path, headers);
        assert_eq!(response.status, 403, "{path}");
        assert_eq!(
            response.header("access-control-allow-origin"),
            None,
            "{path}"
        );
        assert!(!response.text().contains(&version), "{path}");
    }
}

/// What must never be in an answer.
const SECRET: &str = "TOP SECRET";

/// A tree with secrets beside it and hidden in it.
fn fortress() -> TestServer {
    let folder = Folder::new();
    let outside = folder.around().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(folder.around().join("secret.txt"), SECRET).unwrap();
    fs::write(outside.join("secret.txt"), SECRET).unwrap();
    fs::create_dir_all(folder.around().join("tree-beside")).unwrap();
    fs::write(folder.around().join("tree-beside/secret.txt"), SECRET).unwrap();
    for path in [
        ".env",
        ".git/config",
        "sub/.hidden/x.qml",
        "backup.qml~",
        "built/x.log",
    ] {
        folder.write(path, SECRET);
    }
    folder.write(".qmlserveignore", "built/\n");
    folder.write("main.qml", ITEM);
    folder.write("sub/Inner.qml", ITEM);
    #[cfg(unix)]
    {
        folder.link(folder.around().join("secret.txt"), "out.txt");
        folder.link("../secret.txt", "out.qml");
        folder.link(&outside, "outdir");
        folder.link("/", "slash");
        folder.link("../tree-beside", "beside");
        folder.link("../.env", "sub/env.txt");
        folder.link("../.git", "sub/git");
        folder.link("out.txt", "twice.txt");
    }
    Setup::on(folder).start()
}

const WAYS_OUT: &[&str] = &[
    "/../secret.txt",
    "/../../../../../../../../etc/passwd",
    "/..%2fsecret.txt",
    "/..%2Fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/.%2e/secret.txt",
    "/%2E./secret.txt",
    "/sub/../../secret.txt",
    "/sub/%2e%2e/%2e%2e/secret.txt",
    "/sub/..%2f..%2fsecret.txt",
    "/./../secret.txt",
    "//../secret.txt",
    "/%252e%252e/secret.txt",
    "/%252e%252e%252fsecret.txt",
    "/..%252fsecret.txt",
    "/..\\secret.txt",
    "/..%5csecret.txt",
    "/..%5Csecret.txt",
    "/sub\\..\\..\\secret.txt",
    "/....//secret.txt",
    "/..;/secret.txt",
    "/..%00/secret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/%c0%ae%c0%ae%c0%afsecret.txt",
    "/%e0%80%ae%e0%80%ae/secret.txt",
    "/%u002e%u002e/secret.txt",
    "/%ef%bc%8e%ef%bc%8e/secret.txt",
    "/../tree-beside/secret.txt",
    "/..%2ftree-beside%2fsecret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "/%2fetc%2fpasswd",
    "/file:///etc/passwd",
    "/file:%2f%2f%2fetc/passwd",
    "/C:/Windows/win.ini",
    "/C%3a%5cWindows%5cwin.ini",
    "/main.qml%00.png",
    "/main.qml%00",
    "/%00",
    "/main.qml%0a",
    "/main.qml::$DATA",
    "/main.qml%3a%3a$DATA",
    "/NUL",
    "/nul.qml",
    "/sub/CON",
    "/AUX/main.qml",
    "/com1.txt",
    "/LPT9",
    "/.env",
    "/%2eenv",
    "/./.env",
    "/sub/../.env",
    "/.git/config",
    "/.git/",
    "/.git",
    "/sub/.hidden/x.qml",
    "/.qmlserveignore",
    "/backup.qml~",
    "/built/x.log",
    "/built/",
    "/out.txt",
    "/out.qml",
    "/twice.txt",
    "/outdir/secret.txt",
    "/outdir/",
    "/outdir",
    "/slash/etc/passwd",
    "/slash/",
    "/slash/proc/self/environ",
    "/beside/secret.txt",
    "/sub/env.txt",
    "/sub/git/config",
    "/sub/git/",
    "/outdir/../outdir/secret.txt",
];

#[test]
fn there_is_no_way_out_of_the_tree() {
    let server = fortress();
    let version = server.version();
    let port = server.port();
    let mut answers = 0;
    for way in WAYS_OUT {
        for prefix in [
            String::new(),
            format!("/@{version}"),
            "/@qmlserve".to_owned(),
            "/sub".to_owned(),
        ] {
            for suffix in ["", "?x=1", "/", "/qmldir"] {
                for method in ["GET", "HEAD"] {
                    let path = format!("{prefix}{way}{suffix}");
                    let request = format!(
                        "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/html\r\n\
                         Range: bytes=0-\r\nConnection: close\r\n\r\n"
                    );

                    let response = server.raw(request.as_bytes());

                    answers += 1;
                    let body = String::from_utf8_lossy(&response.body);
                    assert!(!body.contains(SECRET), "{method} {path}");
                    assert!(!body.contains("root:"), "{method} {path}");
                    assert!(!body.contains("secret.txt</a>"), "{method} {path}: listed");
                    if prefix.is_empty() && suffix.is_empty() {
                        let refused = [400, 403, 404].contains(&response.status);
                        assert!(refused, "{method} {path}: {}", response.status);
                    }
                }
            }
        }
    }
    assert!(answers > 500);
    assert_eq!(server.get("/main.qml").text(), ITEM);
}

#[test]
fn a_refusal_says_why() {
    let server = fortress();
    for (path, status, expected) in [
        ("/..%2fsecret.txt", 400, "leaves the served tree"),
        ("/a%00b", 400, "NUL"),
        ("/a%5cb", 400, "\\"),
        ("/nul", 400, "device"),
        ("/%ff", 400, "UTF-8"),
        // What is hidden, and what is behind a link that leads out, looks like what is not there.
        ("/out.txt", 404, "there is no out.txt here"),
        ("/outdir", 404, "there is no outdir here"),
        (
            "/outdir/secret.txt",
            404,
            "there is no outdir/secret.txt here",
        ),
        ("/outdir/none.txt", 404, "there is no outdir/none.txt here"),
        ("/.env", 404, "there is no .env here"),
        ("/sub/env.txt", 404, "there is no sub/env.txt here"),
    ] {
        let response = server.get_as_is(path);

        assert_eq!(response.status, status, "{path}");
        let error = &response.json()["error"];
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(expected), "{path}: {message}");
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{path}");
        assert!(!response.text().contains("tmp"), "no paths of the machine");
    }
    let long = format!("/{}", "a/".repeat(2500));
    assert_eq!(server.get_as_is(&long).status, 400);
    for odd in [
        "/%",
        "/%zz",
        "/%2",
        "/main.qml%",
        "/*",
        "/?",
        "/??x",
        "/&",
        "/;",
    ] {
        let status = server.get_as_is(odd).status;
        assert!([200, 404].contains(&status), "{odd}: {status}");
    }
}

#[test]
fn listings_do_not_show_what_is_not_served() {
    let server = fortress();

    let names: Vec<_> = server.get("/").json().as_array().unwrap().clone();
    let names: Vec<_> = names
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();

    assert_eq!(names, ["sub", "main.qml"]);
    assert_eq!(server.get("/sub/").json().as_array().unwrap().len(), 1);
}

#[test]
fn what_links_lead_out_to_is_no_part_of_the_tree() {
    let server = fortress();
    let version = server.version();

    // Neither is it read into the snapshot, nor does it show in the qmldir,
    // nor is it suggested.
    for path in [
        "out.qml",
        "out.txt",
        "outdir/secret.txt",
        "beside/secret.txt",
    ] {
        let response = server.get(&format!("/@{version}/{path}"));
        assert_eq!(response.status, 404, "{path}");
    }
    server.logged("out.qml: a symbolic link leads out of the served tree");
    let hint = server.get("/secret.tx").text().to_owned();
    assert!(!hint.contains("secret.txt?"), "{hint}");
    for document in ["out.qml", "outdir/secret.txt", ".env", "slash/etc/passwd"] {
        let events = server.events_at(&format!("/@qmlserve/events?document={document}"));
        assert_eq!(events.change().url, None, "{document}");
    }
}

#[test]
fn requests_that_are_not_http_do_not_stop_the_server() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    for bytes in [
        &b"\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET http://evil.example/main.qml HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\nContent-Length: 3\r\n\r\nabc",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = crate::support::connect(server.address);
        std::io::Write::write_all(&mut stream, bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // A reset is an answer, too.
        let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains("panicked"), "{answer}");
    }
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "x".repeat(300_000)
    );
    let mut stream = crate::support::connect(server.address);
    // It is cut off before all of it is sent.
    let _ = std::io::Write::write_all(&mut stream, huge.as_bytes());
    assert_eq!(server.get("/main.qml").text(), ITEM);
    assert!(!server.stderr().contains("panicked"), "{}", server.stderr());
}
