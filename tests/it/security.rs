//! What went wrong in other servers, a row each, asked of this one: plainly, over TLS, and below a
//! token. What takes a story of its own stands elsewhere: `access`, `token`, `containment`,
//! `limits`, and `hub/strangers`.

#![cfg(unix)]

use std::fs;

use crate::support::{Finished, Folder, Response, Setup, TestServer, command, run};

const SECRET: &str = "S3CRET-of-this-machine";
const TOKEN: &str = "correct-horse-battery";
const UPGRADE: &str = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// What an answer has to be.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// This status.
    Status(u16),
    /// An answer that a page of another origin cannot read.
    Unreadable,
    /// Anything that gives nothing away; no server error.
    Nothing,
}
use Expected::{Nothing, Status, Unreadable};

/// The class of what went wrong, the request line without its version (`VERSION` stands for the
/// newest), further headers (`Host` replaces the usual one), and what is right.
type Row = (&'static str, &'static str, &'static str, Expected);

const OPEN_TO_SITES: &str = "any site reads the source";
const SOCKETS: &str = "cross-site WebSocket";
const REBINDING: &str = "DNS rebinding";
const MALFORMED: &str = "malformed Host or Origin";
const VARIANTS: &str = "variants of a URL get around a list";
const SIDE_DOORS: &str = "a side door skips the check";
const LINKS: &str = "a link leaves the root";
const WINDOWS: &str = "paths of Windows";
const PREFIX: &str = "the root's name as a prefix";
const REDIRECT: &str = "open redirect";

const EVIL: &str = "Origin: https://evil.example\r\n";

const ROWS: &[Row] = &[
    (OPEN_TO_SITES, "GET /main.qml", EVIL, Unreadable),
    (OPEN_TO_SITES, "GET /@VERSION/main.qml", EVIL, Unreadable),
    (OPEN_TO_SITES, "GET /", EVIL, Unreadable),
    (OPEN_TO_SITES, "GET /@qmlserve/events", EVIL, Status(403)),
    (OPEN_TO_SITES, "GET /@qmlserve/status", EVIL, Status(403)),
    (OPEN_TO_SITES, "GET /%40qmlserve/status", EVIL, Status(403)),
    (OPEN_TO_SITES, "GET /@qmlserve/log", EVIL, Status(403)),
    (
        OPEN_TO_SITES,
        "GET /@qmlserve/status",
        "Origin: null\r\n",
        Status(403),
    ),
    (
        OPEN_TO_SITES,
        "GET /@qmlserve/status",
        "Sec-Fetch-Site: cross-site\r\n",
        Status(403),
    ),
    (OPEN_TO_SITES, "POST /@qmlserve/report", EVIL, Status(403)),
    (OPEN_TO_SITES, "DELETE /colors/red", EVIL, Status(403)),
    (
        OPEN_TO_SITES,
        "POST /colors",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: document\r\n",
        Status(403),
    ),
    (
        OPEN_TO_SITES,
        "OPTIONS /colors",
        "Origin: https://evil.example\r\nAccess-Control-Request-Method: PUT\r\n",
        Status(403),
    ),
    (SOCKETS, "UPGRADE /echo", EVIL, Status(403)),
    (
        SOCKETS,
        "UPGRADE /chat",
        "Origin: http://192.168.1.66:8080\r\n",
        Status(403),
    ),
    (SOCKETS, "UPGRADE /chat", "Origin: null\r\n", Status(403)),
    (
        SOCKETS,
        "UPGRADE /chat",
        "Origin: http://localhost.evil.example\r\n",
        Status(403),
    ),
    (SOCKETS, "GET /v1/websocket_uri", EVIL, Status(403)),
    (
        REBINDING,
        "GET /main.qml",
        "Host: evil.example\r\n",
        Status(403),
    ),
    (
        REBINDING,
        "GET /@VERSION/main.qml",
        "Host: evil.example:8080\r\n",
        Status(403),
    ),
    (
        REBINDING,
        "GET /@qmlserve/status",
        "Host: localhost.evil.example\r\n",
        Status(403),
    ),
    (
        REBINDING,
        "GET /colors",
        "Host: 127.0.0.1.evil.example\r\n",
        Status(403),
    ),
    (
        REBINDING,
        "UPGRADE /echo",
        "Host: evil.example\r\n",
        Status(403),
    ),
    (
        REBINDING,
        "GET http://evil.example/main.qml",
        "Host: evil.example\r\n",
        Status(403),
    ),
    (MALFORMED, "GET /main.qml", "Host: [::1\r\n", Status(400)),
    (
        MALFORMED,
        "GET /main.qml",
        "Host: localhost:99999\r\n",
        Status(400),
    ),
    (
        MALFORMED,
        "GET /main.qml",
        "Host: a@localhost\r\n",
        Status(400),
    ),
    (
        MALFORMED,
        "GET /main.qml",
        "Host: localhost\r\nHost: evil.example\r\n",
        Status(400),
    ),
    (
        MALFORMED,
        "GET /@qmlserve/status",
        "Origin: http://[\r\n",
        Status(403),
    ),
    (
        MALFORMED,
        "GET /@qmlserve/status",
        "Origin: \u{fffd}\r\n",
        Status(403),
    ),
    (MALFORMED, "UPGRADE /echo", "Origin: ://\r\n", Status(403)),
    (VARIANTS, "GET /.env", "", Status(404)),
    (VARIANTS, "GET /.env?raw", "", Nothing),
    (VARIANTS, "GET /.env?import&raw??", "", Nothing),
    (VARIANTS, "GET /.env?.svg?.wasm?init", "", Nothing),
    (VARIANTS, "GET /%2eenv", "", Nothing),
    (VARIANTS, "GET /.env/", "", Nothing),
    (VARIANTS, "GET /.env%00.qml", "", Nothing),
    (VARIANTS, "GET /.env%3f.qml", "", Nothing),
    (VARIANTS, "GET /./.env", "", Nothing),
    (VARIANTS, "GET /x/..%2f.env", "", Nothing),
    (VARIANTS, "GET /../secret.txt", "", Nothing),
    (VARIANTS, "GET /..%2fsecret.txt", "", Nothing),
    (VARIANTS, "GET /%2e%2e/secret.txt", "", Nothing),
    (VARIANTS, "GET /%252e%252e/secret.txt", "", Nothing),
    (VARIANTS, "GET /%c0%ae%c0%ae/secret.txt", "", Nothing),
    (VARIANTS, "GET /dir/../../secret.txt", "", Nothing),
    (VARIANTS, "GET /@fs/etc/hostname", "", Nothing),
    (VARIANTS, "GET //etc/hostname", "", Nothing),
    (VARIANTS, "GET /qmlserve.toml", "", Nothing),
    (SIDE_DOORS, "GET /@VERSION/.env", "", Nothing),
    (SIDE_DOORS, "GET /@VERSION/../secret.txt", "", Nothing),
    (
        SIDE_DOORS,
        "GET /@VERSION/..%2f..%2fsecret.txt",
        "",
        Nothing,
    ),
    (SIDE_DOORS, "GET /@qmlserve/../.env", "", Nothing),
    (SIDE_DOORS, "GET /@qmlserve/..%2f.env", "", Nothing),
    (
        SIDE_DOORS,
        "GET /@qmlserve/live.qml?document=../secret.txt",
        "",
        Nothing,
    ),
    (
        SIDE_DOORS,
        "GET /@qmlserve/events?document=../secret.txt",
        "",
        Status(400),
    ),
    (SIDE_DOORS, "GET /remote.qml/../../secret.txt", "", Nothing),
    (SIDE_DOORS, "GET /colors/..%2f..%2fsecret.txt", "", Nothing),
    (LINKS, "GET /link/secret.txt", "", Status(404)),
    (LINKS, "GET /@VERSION/link/secret.txt", "", Nothing),
    (LINKS, "GET /link/", "", Nothing),
    (LINKS, "GET /file-link.txt", "", Status(404)),
    (LINKS, "GET /hidden-link.txt", "", Nothing),
    (WINDOWS, "GET /..\\secret.txt", "", Nothing),
    (WINDOWS, "GET /..%5csecret.txt", "", Nothing),
    (WINDOWS, "GET /dir%5c..%5c..%5csecret.txt", "", Nothing),
    (WINDOWS, "GET /.env::$DATA", "", Nothing),
    (WINDOWS, "GET /.env%3a%3a$DATA", "", Nothing),
    (WINDOWS, "GET /C:/secret.txt", "", Nothing),
    (WINDOWS, "GET /%5c%5cevil.example/share", "", Nothing),
    (WINDOWS, "GET /.env.", "", Nothing),
    (PREFIX, "GET /../tree-beside/secret.txt", "", Nothing),
    (PREFIX, "GET /..%2ftree-beside%2fsecret.txt", "", Nothing),
    (
        PREFIX,
        "GET /@VERSION/../../tree-beside/secret.txt",
        "",
        Nothing,
    ),
    (
        REDIRECT,
        "GET //evil.example/",
        "Accept: text/html\r\n",
        Nothing,
    ),
    (
        REDIRECT,
        "GET //evil.example/..",
        "Accept: text/html\r\n",
        Nothing,
    ),
    (
        REDIRECT,
        "GET /%2fevil.example/",
        "Accept: text/html\r\n",
        Nothing,
    ),
    (
        REDIRECT,
        "GET /%5cevil.example/",
        "Accept: text/html\r\n",
        Nothing,
    ),
    (
        REDIRECT,
        "GET //evil.example/dir",
        "Accept: text/html\r\n",
        Nothing,
    ),
    (
        REDIRECT,
        "GET /dir",
        "Accept: text/html\r\nHost: evil.example\r\n",
        Status(403),
    ),
];

/// A folder with a secret everywhere where one may be.
fn folder() -> Folder {
    let folder = Folder::new();
    let around = folder.around();
    fs::write(around.join("secret.txt"), SECRET).unwrap();
    fs::create_dir(around.join("tree-beside")).unwrap();
    fs::write(around.join("tree-beside/secret.txt"), SECRET).unwrap();
    fs::write(around.join("qmlserve.toml"), format!("# {SECRET}\n")).unwrap();
    fs::create_dir(around.join("data")).unwrap();
    fs::write(around.join("data/colors.json"), r#"[{"name": "red"}]"#).unwrap();
    folder.write("main.qml", "Item {}\n");
    folder.write("dir/a.txt", "a");
    folder.write(".env", SECRET);
    folder.write(".git/config", SECRET);
    folder.link("../tree-beside", "link");
    folder.link("../secret.txt", "file-link.txt");
    folder.link(".env", "hidden-link.txt");
    folder.link("../qmlserve.toml", "qmlserve.toml");
    folder
}

/// A server, and what comes before every path of it.
struct Site {
    server: TestServer,
    prefix: &'static str,
    version: String,
}

fn sites() -> Vec<Site> {
    let plain = Setup::on(folder());
    let secure = Setup::on(folder()).tls();
    let guarded = Setup::on(folder()).env("QMLSERVE_TOKEN", TOKEN);
    let both = Setup::on(folder()).tls().env("QMLSERVE_TOKEN", TOKEN);
    let below = "/~correct-horse-battery";
    let all = [(plain, ""), (secure, ""), (guarded, below), (both, below)];
    let all = all.map(|(setup, prefix)| {
        let server = setup.start();
        let mut site = Site {
            server,
            prefix,
            version: String::new(),
        };
        let version = site.ask("GET /@qmlserve/version", "");
        site.version = version.text().trim().to_owned();
        site
    });
    all.into()
}

impl Site {
    fn ask(&self, request: &str, headers: &str) -> Response {
        let (method, path) = request.split_once(' ').unwrap();
        let path = path.replace("VERSION", &self.version);
        let path = match path.strip_prefix("http://evil.example") {
            Some(below) => format!("http://evil.example{}{below}", self.prefix),
            None => format!("{}{path}", self.prefix),
        };
        let host = match headers.contains("Host:") {
            true => String::new(),
            false => format!("Host: localhost:{}\r\n", self.server.port()),
        };
        let (method, rest) = match method {
            "UPGRADE" => ("GET", UPGRADE),
            "POST" | "PUT" => (method, "Connection: close\r\nContent-Length: 0\r\n"),
            method => (method, "Connection: close\r\n"),
        };
        let head = format!("{method} {path} HTTP/1.1\r\n{host}{headers}{rest}\r\n");
        self.server.exchange(head.as_bytes())
    }

    fn name(&self) -> String {
        format!("{}{}", self.server.announced, self.prefix)
    }
}

#[test]
fn what_went_wrong_elsewhere_does_not_here() {
    for site in sites() {
        for (class, request, headers, expected) in ROWS {
            let answer = site.ask(request, headers);
            let said = format!(
                "{class}: {request} {headers:?} at {}: {answer:?}",
                site.name()
            );
            let text = String::from_utf8_lossy(&answer.body);
            assert!(!text.contains(SECRET), "{said}");
            assert!(answer.status < 500, "{said}");
            let location = answer.header("location").unwrap_or_default();
            let leads_away = location.starts_with("//") || location.contains("evil.example");
            assert!(!leads_away || location.starts_with("/~"), "{said}");
            match expected {
                Status(status) => assert_eq!(answer.status, *status, "{said}"),
                Unreadable | Nothing => {}
            }
            if headers.contains("evil.example") {
                let allowed = answer.header("access-control-allow-origin");
                assert_eq!(allowed, None, "{said}");
            }
        }
        // None of it was too much, and nobody else noticed.
        let health = site.ask("GET /@qmlserve/health", "").json();
        assert_eq!(health["faults"], 0, "{health}");
        let own = format!("Origin: {}\r\n", origin_of(&site.server));
        assert_eq!(site.ask("GET /@qmlserve/status", &own).status, 200);
        assert_eq!(site.ask("UPGRADE /echo", &own).status, 101);
        assert_eq!(site.ask("GET /main.qml", "").text(), "Item {}\n");
    }
}

fn origin_of(server: &TestServer) -> String {
    let scheme = server.announced.split("://").next().unwrap();
    format!("{scheme}://localhost:{}", server.port())
}

#[test]
fn names_are_escaped_wherever_they_are_shown() {
    const NAME: &str = "<img src=x onerror=alert(1)>.qml";
    for site in sites() {
        site.server.write(&format!("sub/{NAME}"), "Item {}\n");
        crate::support::wait_until(
            "it is listed",
            || site.server.stderr(),
            || {
                site.ask("GET /sub/", "Accept: text/html\r\n")
                    .text()
                    .contains("onerror")
            },
        );
        for path in [
            "GET /sub/",
            "GET /sub/%3Cimg%20src=x%20onerror=alert(1)%3E.qm",
        ] {
            let page = site.ask(path, "Accept: text/html\r\n");
            assert!(!page.text().contains("<img"), "{}", page.text());
            let sniffed = page.header("x-content-type-options");
            assert_eq!(sniffed, Some("nosniff"));
        }
    }
}

#[test]
fn nothing_that_a_stranger_says_moves_the_cursor() {
    for site in sites() {
        for request in [
            "GET /%1b%5b2J%1b%5b31mred.qml",
            "GET /a%0d%0aqmlserve%20listening%20on%20http://evil.example/",
            "GET /@qmlserve/events?document=../%1b%5b2J",
        ] {
            site.ask(request, "");
        }
        let report =
            r#"{"client":"\u001b[2Jc","kind":"error","message":"\u001b]0;title\u0007 \r\nno"}"#;
        let head = format!(
            "POST {}/@qmlserve/report HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{report}",
            site.prefix,
            report.len()
        );
        assert!(site.server.exchange(head.as_bytes()).status < 300);
        site.server.logged("title");
        let log = site.server.stderr();
        assert!(!log.contains(['\u{1b}', '\u{7}', '\r']), "{log:?}");
        assert!(!log.contains("\nqmlserve listening"), "{log:?}");
    }
}

#[test]
fn a_root_that_is_not_there_is_no_current_directory() {
    let folder = folder();
    for missing in ["nowhere", "tree/nowhere", "secret.txt"] {
        let mut command = command(&[missing, "--port", "0"], folder.around());
        let Finished { code, stderr, .. } = run(&mut command);
        assert_eq!(code, Some(1), "{missing}: {stderr}");
        assert!(stderr.contains(missing), "{stderr}");
    }
}
