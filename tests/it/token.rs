//! The token that other machines are asked for: every way in, and no way around or out.

use std::io::{BufReader, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{Setup, TestServer, connect, head, own_address, run};

const ITEM: &str = "Item {}\n";
const TOKEN: &str = "correct-horse-battery";

/// A server that asks everybody.
fn guarded() -> TestServer {
    let setup = Setup::new()
        .files(&[("main.qml", ITEM), ("sub/B.qml", ITEM), ("~x/C.qml", ITEM)])
        .env("QMLSERVE_TOKEN", TOKEN);
    let around = setup.folder().around();
    std::fs::create_dir(around.join("data")).unwrap();
    std::fs::write(around.join("data/colors.json"), r#"[{"name": "red"}]"#).unwrap();
    setup.start()
}

fn token_file(server: &TestServer) -> PathBuf {
    server.folder.around().join(".qmlserve/token")
}

#[test]
fn nobody_is_let_in_without_it() {
    let server = guarded();
    let version = server.get(&format!("/~{TOKEN}/@qmlserve/version"));
    assert_eq!(version.status, 200);
    let version = version.text().trim().to_owned();
    for path in [
        "/",
        "/main.qml",
        "/none.qml",
        &format!("/@{version}/main.qml"),
        "/@qmlserve/events",
        "/@qmlserve/live.qml",
        "/@qmlserve/status",
        "/@qmlserve/metrics",
        "/@qmlserve/openapi.json",
        "/remote.qml",
        "/colors",
        "/colors/red",
        "/colors/events",
        "/v1/websocket_uri",
        "/echo",
        "/~/main.qml",
        "/~wrong-horse-battery/main.qml",
        "/~correct-horse-batter/main.qml",
        "/~correct-horse-batteryx/main.qml",
        "/x/~correct-horse-battery/main.qml",
        "//~correct-horse-battery/main.qml",
        "/main.qml?token=wrong-horse-battery",
        "/main.qml?token=",
        "/@qmlserve/health/",
        "/@qmlserve/healthx",
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            let refused = server.request(method, path, &[], b"");
            assert_eq!(refused.status, 401, "{method} {path}");
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
            if method == "GET" {
                let error = &refused.json()["error"];
                assert!(!error["hint"].as_str().unwrap().is_empty(), "{path}");
            }
        }
    }
    let upgrade = "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\n\
                   Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_eq!(server.raw(upgrade.as_bytes()).status, 401);
    let inside = upgrade.replace("/echo", &format!("/~{TOKEN}/echo"));
    let mut socket = connect(server.address);
    socket.write_all(inside.as_bytes()).unwrap();
    assert_eq!(head(&mut BufReader::new(socket)).0, 101);
    // What a load balancer asks.
    assert_eq!(server.get("/@qmlserve/health").status, 200);
}

#[test]
fn each_way_in() {
    let server = guarded();
    for path in [
        format!("/~{TOKEN}/main.qml"),
        format!("/%7E{TOKEN}/main.qml"),
        format!("/%7e{TOKEN}/main.qml"),
        format!("/main.qml?token={TOKEN}"),
        format!("/main.qml?a=b&token={TOKEN}&c"),
    ] {
        assert_eq!(server.get(&path).text(), ITEM, "{path}");
    }
    for authorization in [format!("Bearer {TOKEN}"), format!("bearer  {TOKEN}")] {
        let headers = [("Authorization", authorization.as_str())];
        assert_eq!(server.get_with("/main.qml", &headers).text(), ITEM);
    }
    for authorization in ["Bearer wrong", "Basic abc", TOKEN, ""] {
        let headers = [("Authorization", authorization)];
        assert_eq!(server.get_with("/main.qml", &headers).status, 401);
    }
    // A folder of such a name is still there.
    let path = format!("/~{TOKEN}/~x/C.qml");
    assert_eq!(server.get(&path).text(), ITEM);
}

#[test]
fn a_browser_gets_a_cookie_for_it() {
    let server = guarded();
    let ask = |path: &str, headers: &str| {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html,*/*\r\n{headers}\r\n"
        );
        server.raw(request.as_bytes())
    };
    let first = ask(&format!("//evil.example/sub/?a=b&token={TOKEN}"), "");
    assert_eq!(first.status, 303);
    assert_eq!(first.header("location"), Some("/evil.example/sub/?a=b"));
    assert_eq!(first.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let cookie = first.header("set-cookie").unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let (pair, _) = cookie.split_once(';').unwrap();
    assert_eq!(
        ask("/sub/", &format!("Cookie: a=b; {pair}\r\n")).status,
        200
    );
    let wrong = pair.replace("horse", "house");
    assert_eq!(ask("/sub/", &format!("Cookie: {wrong}\r\n")).status, 401);
    let refused = ask("/", "");
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("token"), "{}", refused.text());
    let wrong = ask("/?token=wrong-horse-battery", "");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, None));
}

#[test]
fn what_leads_on_has_it_and_nothing_else() {
    let server = guarded();
    let base = format!("http://{}/~{TOKEN}", server.address);
    let events = server.events_at(&format!("/~{TOKEN}/@qmlserve/events"));
    let change = events.change();
    let url = change.url.unwrap();
    assert!(url.starts_with(&format!("{base}/@")), "{url}");
    assert_eq!(server.get(&url).text(), ITEM);
    let inside = |path: &str| server.get(&format!("/~{TOKEN}{path}"));
    let remote = inside("/remote.qml");
    assert!(remote.text().contains(&base), "{}", remote.text());
    let listing = server.get_with(&format!("/~{TOKEN}/sub/"), &[("Accept", "text/html")]);
    assert!(
        listing
            .text()
            .contains(&format!("href=\"/~{TOKEN}/sub/B.qml\""))
    );
    let uri = inside("/v1/websocket_uri").json()["uri"].to_string();
    assert!(
        uri.contains(&format!("ws://{}/~{TOKEN}/?token=", server.address)),
        "{uri}"
    );
    let list = inside("/colors?_limit=1");
    let link = list.header("link").unwrap();
    assert!(link.contains(&format!("</~{TOKEN}/colors?")), "{link}");
    let made = server.request(
        "POST",
        &format!("/~{TOKEN}/colors"),
        &[],
        br#"{"name": "blue"}"#,
    );
    let location = made.header("location").unwrap();
    assert_eq!(location, format!("/~{TOKEN}/colors/blue"));
    // Who comes without it in the path is not shown it.
    let bearer = format!("Bearer {TOKEN}");
    for path in [
        "/remote.qml",
        "/colors?_limit=1",
        "/sub/",
        "/v1/websocket_uri",
        "/none",
    ] {
        let headers = [("Authorization", bearer.as_str()), ("Accept", "text/html")];
        let answer = server.get_with(path, &headers);
        let headers: String = answer
            .headers
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        assert!(
            !answer.text().contains(TOKEN) && !headers.contains(TOKEN),
            "{path}"
        );
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
    }
}

#[test]
fn it_is_in_no_log_report_or_status() {
    let server = guarded();
    let base = format!("http://{}/~{TOKEN}", server.address);
    let version = server
        .get(&format!("/~{TOKEN}/@qmlserve/version"))
        .text()
        .trim()
        .to_owned();
    let report = json!({
        "client": format!("/~{TOKEN}"), "kind": "error", "version": version,
        "message": format!("{base}/@{version}/main.qml:1:1: no {base}/main.qml"),
    });
    let path = format!("/~{TOKEN}/@qmlserve/report");
    let posted = server.request("POST", &path, &[], report.to_string().as_bytes());
    assert_eq!(posted.status, 204);
    // Read back as what it is: a line of a file of the tree.
    server.logged("main.qml:1:1: no");
    server.logged("1 | Item {}");
    server.get(&format!("/~{TOKEN}/~{TOKEN}/none"));
    server.raw(format!("GET /~{TOKEN}/x HTTP/1.1\r\nHost: evil~{TOKEN}\r\n\r\n").as_bytes());
    let status = server.get(&format!("/~{TOKEN}/@qmlserve/status"));
    assert!(
        !status.json()["errors"].to_string().contains(TOKEN),
        "{}",
        status.text()
    );
    assert!(!server.stderr().contains(TOKEN), "{}", server.stderr());
    let mut command = crate::support::command(&["--print-config"], server.folder.around());
    let printed = run(command.env("QMLSERVE_TOKEN", TOKEN));
    assert!(!printed.stdout.contains(TOKEN), "{}", printed.stdout);
    assert!(
        printed.stdout.contains("token = \"***\""),
        "{}",
        printed.stdout
    );
}

#[test]
fn other_machines_are_asked_for_one_that_is_kept() {
    let setup = Setup::new()
        .file("main.qml", ITEM)
        .args(&["--host", "0.0.0.0"]);
    let mut server = setup.start();
    assert_eq!(
        server.get("/main.qml").text(),
        ITEM,
        "this machine is not asked"
    );
    let file = token_file(&server);
    let kept = std::fs::read_to_string(&file).unwrap();
    let token = kept.trim();
    assert!(token.len() >= 20, "{token}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(!server.announced.contains('~'), "{}", server.announced);
    assert!(!server.stderr().contains(token));
    if let Some(ip) = own_address() {
        let far = SocketAddr::new(ip, server.port());
        let refused = server.get(&format!("http://{far}/main.qml"));
        assert_eq!(refused.status, 401);
        let url = format!("http://{far}/~{token}/main.qml");
        assert_eq!(server.get(&url).text(), ITEM);
        let told = format!("qml http://{far}/~{token}/remote.qml");
        assert!(server.stdout().contains(&told), "{}", server.stdout());
        server.restart();
        assert_eq!(server.get(&url).text(), ITEM, "it is kept");
    } else {
        println!("SKIPPED: this machine has no address but loopback");
    }
}

#[test]
fn where_only_this_machine_can_reach_it_nobody_is_asked() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    assert_eq!(server.get("/main.qml").text(), ITEM);
    assert!(!token_file(&server).exists());
    let open = Setup::new()
        .file("main.qml", ITEM)
        .args(&["--host", "0.0.0.0", "--no-token"])
        .start();
    assert!(!token_file(&open).exists());
    if let Some(ip) = own_address() {
        let url = format!("http://{}/main.qml", SocketAddr::new(ip, open.port()));
        assert_eq!(open.get(&url).text(), ITEM);
    }
}

#[test]
fn the_url_that_is_printed_leads_in() {
    let server = Setup::new()
        .file("main.qml", ITEM)
        .args(&["--token"])
        .start();
    let kept = std::fs::read_to_string(token_file(&server)).unwrap();
    assert!(server.announced.ends_with(&format!("/~{}", kept.trim())));
    assert_eq!(
        server.get(&format!("{}/main.qml", server.announced)).text(),
        ITEM
    );
    assert_eq!(server.get("/main.qml").status, 401);
}

#[test]
fn what_is_compiled_in_is_named_below_it() {
    let setup = Setup::new()
        .files(&[
            (
                "main.qml",
                "import QtQuick\nImage { source: \"qrc:/one.png\"; property string all: \"qrc:/\" }\n",
            ),
            (
                "all.qrc",
                "<RCC><qresource prefix=\"/\"><file>one.png</file></qresource></RCC>",
            ),
            ("one.png", "a picture"),
        ])
        .env("QMLSERVE_TOKEN", TOKEN);
    let server = setup.start();
    let get = |path: &str| server.get(&format!("/~{TOKEN}{path}"));
    let version = get("/@qmlserve/version").text().trim().to_owned();
    let served = get(&format!("/@{version}/main.qml")).text().to_owned();
    let picture = format!("/~{TOKEN}/@{version}/one.png");
    assert!(
        served.contains(&format!("source: \"{picture}\"")),
        "{served}"
    );
    assert!(
        served.contains(&format!("\"/~{TOKEN}/@{version}/@qrc/\"")),
        "{served}"
    );
    assert_eq!(server.get(&picture).text(), "a picture");
    // Without it in the URL, there is none to name.
    let bearer = format!("Bearer {TOKEN}");
    let path = format!("/@{version}/main.qml");
    let served = server.request("GET", &path, &[("Authorization", &bearer)], b"");
    assert!(!served.text().contains(TOKEN), "{}", served.text());
}
