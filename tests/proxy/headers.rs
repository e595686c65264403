//! What either side learns of the other.

use crate::support::{Response, own_address};
use crate::target::{Target, configured, proxy, section};

/// The values that the target got of a header.
fn got(answer: &Response, name: &str) -> Vec<String> {
    let told = answer.json();
    let headers = told["headers"].as_array().unwrap().clone();
    let named = headers.iter().filter(|pair| pair[0] == name);
    named
        .map(|pair| pair[1].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn host_and_origin_are_those_of_the_target() {
    let target = Target::start();
    let server = proxy(&target, "headers = { X-Own = \"from the file\" }");
    let origin = format!("http://localhost:{}", server.port());
    let answer = server.get_with(
        "/x/echo",
        &[
            ("Origin", &origin),
            ("Referer", &format!("{origin}/~TOKEN/main.qml")),
            ("X-Own", "from the client"),
            ("X-Mine", "1"),
            ("Connection", "keep-alive, X-Hop"),
            ("X-Hop", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authorization", "Basic x"),
            ("Authorization", "Bearer theirs"),
            ("TE", "trailers"),
        ],
    );
    let own = format!("http://localhost:{}", target.port);
    assert_eq!(got(&answer, "host"), [format!("localhost:{}", target.port)]);
    assert_eq!(got(&answer, "origin"), [own.as_str()]);
    assert_eq!(got(&answer, "referer"), [own + "/"]);
    assert_eq!(got(&answer, "x-own"), ["from the file"]);
    assert_eq!(got(&answer, "x-mine"), ["1"]);
    assert_eq!(got(&answer, "authorization"), ["Bearer theirs"]);
    for hop in [
        "x-hop",
        "keep-alive",
        "proxy-authorization",
        "te",
        "via",
        "x-forwarded-for",
    ] {
        assert!(got(&answer, hop).is_empty(), "{hop}: {answer:?}");
    }
}

#[test]
fn the_token_of_this_server_goes_to_nobody() {
    let target = Target::start();
    let server = configured(&section(&target, ""), &["--token=12345678"]);
    let cookie = format!(
        "a=b; qmlserve-{}=12345678; qmlserve-1=other-token; c=d",
        server.port()
    );
    for (path, headers) in [
        (
            "/~12345678/x/echo",
            vec![("Referer", "http://localhost/~12345678/")],
        ),
        ("/x/echo?token=12345678&a=b", vec![]),
        ("/x/echo", vec![("Authorization", "Bearer 12345678")]),
        ("/x/echo", vec![("Cookie", cookie.as_str())]),
        (
            "/~12345678/x/echo",
            vec![
                ("Cookie", cookie.as_str()),
                ("Authorization", "Bearer 12345678"),
            ],
        ),
    ] {
        let answer = server.get_with(path, &headers);
        assert_eq!(answer.status, 200, "{path} {headers:?}");
        assert!(!answer.text().contains("12345678"), "{}", answer.text());
        assert!(!answer.text().contains("other-token"), "{}", answer.text());
        if headers.iter().any(|(name, _)| *name == "Cookie") {
            assert_eq!(got(&answer, "cookie").join(";").replace(' ', ""), "a=b;c=d");
        }
    }
    assert_eq!(server.get("/x/echo").status, 401);
}

#[test]
fn redirects_and_cookies_are_brought_back() {
    let target = Target::start();
    let server = configured(&section(&target, ""), &["--token=12345678"]);
    for (to, expected) in [
        ("/base/text", "/~12345678/x/text"),
        ("text?n=1", "/~12345678/x/text?n=1"),
        ("HERE/base/a", "/~12345678/x/a"),
        ("https://example.com/b", "https://example.com/b"),
    ] {
        for code in [301, 302, 303, 307, 308] {
            let path = format!("/~12345678/x/redirect?code={code}&to={to}");
            let answer = server.get(&path.replace("text?n", "text%3Fn"));
            assert_eq!(
                (answer.status, answer.header("location")),
                (code, Some(expected))
            );
        }
    }
    let answer = server.get("/~12345678/x/cookies");
    let set: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(set, ["a=1; Path=/~12345678/x; HttpOnly", "b=2"]);
    let answer = server.get_with("/~12345678/x/cookies", &[("Cookie", "a=1; b=2")]);
    assert_eq!(answer.text(), "a=1; b=2");
}

#[test]
fn a_port_that_shows_the_proxy_has_it_at_its_root() {
    let target = Target::start();
    let toml = format!(
        "{}\n[[listen]]\naddress = \"127.0.0.1:0\"\nmount = \"/x\"\n",
        section(&target, "")
    );
    let server = configured(&toml, &[]);
    server.logged(" shows /x/");
    let log = server.stderr();
    let line = log
        .lines()
        .find(|line| line.contains(" shows /x/"))
        .unwrap();
    let (_, url) = line.split_once("http://").unwrap();
    let base = format!("http://{}", url.split('/').next().unwrap());
    let answer = server.get(&format!("{base}/redirect?to=/base/text"));
    assert_eq!(answer.header("location"), Some("/text"));
    let answer = server.get(&format!("{base}/cookies"));
    assert_eq!(answer.header("set-cookie"), Some("a=1; Path=/; HttpOnly"));
}

#[test]
fn pages_of_other_sites_and_other_hosts_are_refused() {
    let target = Target::start();
    let server = proxy(&target, "");
    for headers in [
        vec![("Origin", "http://evil.example")],
        vec![("Sec-Fetch-Site", "cross-site")],
        vec![("Host", "evil.example")],
    ] {
        let answer = server.get_with("/x/echo", &headers);
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    let allowed = "http://localhost:5173";
    let answer = server.get_with("/x/echo", &[("Origin", allowed)]);
    assert_eq!(answer.header("access-control-allow-origin"), Some(allowed));
}

#[test]
fn other_machines_are_asked_for_the_token() {
    let Some(ip) = own_address() else { return };
    let target = Target::start();
    let server = configured(&section(&target, ""), &["--host", "0.0.0.0"]);
    let answer = server.get(&format!("http://{ip}:{}/x/echo", server.port()));
    assert_eq!(answer.status, 401);
}
