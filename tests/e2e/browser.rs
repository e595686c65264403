//! A real browser: what it shows of the tree, and what pages of other origins may do.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::client::QtClient;
use crate::output::DEADLINE;
use crate::runtime::{is_missing, on_path};
use crate::support::{Setup, TestServer};

const MAIN: &str = "import QtQuick 2.12\nRectangle { color: \"red\" } // <b>&amp;</b>\n";

/// Chromium, with every name below `.example` leading to this machine.
pub struct Browser {
    command: Command,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Finds it; says so if there is none.
    pub fn find() -> Option<Self> {
        let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
        let candidates = ["chromium", "chromium-browser", "google-chrome"];
        let program = match named {
            Some(program) => on_path(&program),
            None => candidates.iter().find_map(|name| on_path(Path::new(name))),
        };
        let Some(program) = program else {
            is_missing("a browser", "apt-get install chromium", "CHROMIUM");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP *.example 127.0.0.1",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Some(Self { command, profile })
    }

    /// The command that starts it, and the folder that it needs until it ends.
    pub fn into_parts(self) -> (Command, tempfile::TempDir) {
        (self.command, self.profile)
    }

    /// The document tree of a page, as text.
    fn dom(mut self, url: &str) -> String {
        self.command.args(["--dump-dom", url]);
        let mut browser = QtClient::start("the browser", self.command);
        browser.wait_for("</html>");
        browser.wait_for_end();
        browser.lines().join("\n")
    }

    /// What a page tells its own server, which is at `http://HOST:PORT/`.
    fn page(mut self, host: &str, script: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{host}:{}/", listener.local_addr().unwrap().port());
        let told = serve_page(listener, script);
        // What a page waits for keeps the browser from ending by itself.
        self.command.args(["--remote-debugging-port=0", &url]);
        let _browser = QtClient::start("the browser", self.command);
        told.recv_timeout(DEADLINE)
            .expect("the page tells something")
    }
}

/// A web server with one page. Whatever the page's `tell(text)` says comes out of the channel.
fn serve_page(listener: TcpListener, script: &str) -> Receiver<String> {
    let page = format!(
        "<!doctype html><title>a page</title><script>\
         function tell(text) {{ fetch('/told/' + encodeURIComponent(text)) }}\n{script}</script>"
    );
    let (sender, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(request)) = lines.next() else {
                continue;
            };
            // The answer may come only after the whole request.
            for line in lines.by_ref() {
                if line.map_or(true, |line| line.is_empty()) {
                    break;
                }
            }
            let path = request.split(' ').nth(1).unwrap_or_default();
            if let Some(text) = path.strip_prefix("/told/") {
                let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
                // The test may have ended.
                let _ = sender.send(text.into_owned());
            }
            let body = if path == "/" { page.as_str() } else { "" };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
            // A browser opens connections ahead of time and closes them again.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    told
}

#[test]
fn a_document_is_shown_as_text() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let server = TestServer::start(&[("main.qml", MAIN)]);
    let dom = browser.dom(&format!("{}/main.qml", server.announced));
    assert!(dom.contains("<pre"), "{dom}");
    assert!(
        dom.contains("Rectangle { color: \"red\" } // &lt;b&gt;&amp;amp;&lt;/b&gt;"),
        "{dom}"
    );
}

#[test]
fn a_listing_shows_hostile_names_as_they_are() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let names = [
        "<img src=x onerror=document.title='owned'>.qml",
        "\"><script>document.title='owned'<",
        "a & b #1 50% ?.qml",
        "javascript:alert(1)",
    ];
    let mut setup = Setup::new();
    for name in names {
        setup = setup.file(&format!("names/{name}"), "");
    }
    let server = setup.start();
    let dom = browser.dom(&format!("{}/names/", server.announced));
    assert!(dom.contains("<title>/names</title>"), "{dom}");
    assert!(!dom.contains("<img") && !dom.contains("<script"), "{dom}");
    // A name with a colon is no name of the tree.
    assert!(!dom.contains("javascript:"), "{dom}");
    for shown in [
        ">&lt;img src=x onerror=document.title='owned'&gt;.qml</a>",
        ">\"&gt;&lt;script&gt;document.title='owned'&lt;</a>",
        ">a &amp; b #1 50% ?.qml</a>",
    ] {
        assert!(dom.contains(shown), "{shown} is not in\n{dom}");
    }
}

/// What a page of the host given gets to know of the server's events.
fn events_seen_from(host: &str) -> Option<(String, TestServer)> {
    let browser = Browser::find()?;
    let server = TestServer::start(&[("main.qml", MAIN)]);
    let told = browser.page(
        host,
        &format!(
            "const events = new EventSource('{}/@qmlserve/events');\n\
             events.onmessage = event => tell('version ' + JSON.parse(event.data).version);\n\
             events.onerror = () => tell('refused');",
            server.announced
        ),
    );
    Some((told, server))
}

#[test]
fn a_page_of_localhost_may_read_events() {
    if let Some((told, server)) = events_seen_from("localhost") {
        assert_eq!(told, format!("version {}", server.version()));
    }
}

#[test]
fn a_foreign_page_may_not_read_events() {
    if let Some((told, _server)) = events_seen_from("evil.example") {
        assert_eq!(told, "refused");
    }
}

#[test]
fn a_foreign_page_can_neither_read_documents_nor_report() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let server = TestServer::start(&[("main.qml", MAIN)]);
    let told = browser.page(
        "evil.example",
        &format!(
            "const server = '{}';\n\
             const report = {{ method: 'POST', mode: 'no-cors', body: JSON.stringify(\
               {{ client: 'evil', kind: 'error', version: null, message: 'made up' }}) }};\n\
             const outcome = promise => promise.then(answer => answer.text(), () => 'refused');\n\
             (async () => tell([\n\
               await outcome(fetch(server + '/main.qml')),\n\
               await outcome(fetch(server + '/main.qml', {{ mode: 'no-cors' }})),\n\
               await outcome(fetch(server + '/@qmlserve/status')),\n\
               await outcome(fetch(server + '/@qmlserve/report', report)),\n\
             ].join('|')))();",
            server.announced
        ),
    );
    assert_eq!(told, "refused|refused|refused|refused");
    assert_eq!(server.status()["errors"], serde_json::json!([]));
}

#[test]
fn a_name_that_was_made_to_point_here_is_not_answered() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let server = TestServer::start(&[("main.qml", MAIN)]);
    let dom = browser.dom(&format!("http://evil.example:{}/main.qml", server.port()));
    assert!(!dom.contains("Rectangle"), "{dom}");
    assert!(dom.contains("allowed-host"), "{dom}");
}
