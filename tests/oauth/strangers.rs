//! Who may do what.

use serde_json::json;

use crate::provider::{ACCOUNT, Provider, Visitor, configured, returned, sign_in};

#[test]
fn the_page_that_a_browser_comes_back_to_needs_no_token_and_nothing_else_is_open() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let sections = provider.sections("", "");
    let server = configured(&sections, &["--token=letmein-12"]).start();
    for path in [
        ACCOUNT,
        "/@qmlserve/oauth/music/signout",
        "/music/playlists",
    ] {
        assert_eq!(server.get(path).status, 401, "{path}");
    }
    let bearer = [("Authorization", "Bearer letmein-12")];
    let mut program = Visitor::new(&server);
    let told = program.request("GET", ACCOUNT, &bearer, b"").json();
    let url = told["url"].as_str().unwrap().to_owned();
    assert!(!url.contains("letmein"), "{url}");
    let seen = Visitor::new(&server).fill_in(&url, "ada", None);
    assert!(
        seen.text().contains("<h1>Signed in</h1>"),
        "{}",
        seen.text()
    );
    let list = program.request("GET", "/music/playlists", &bearer, b"");
    assert_eq!(
        list.json()["of"],
        "ada",
        "and the target sees no token of this server"
    );
    assert_eq!(program.get("/music/playlists").status, 401);
}

#[test]
fn pages_of_other_sites_sign_nobody_out() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("session = \"server\"", "", &[]);
    let mut program = Visitor::new(&server);
    sign_in(&mut program, "ada");
    let sign_out = format!("{ACCOUNT}/signout");
    let evil = [("Origin", "https://evil.example")];
    for (method, path, headers, expected) in [
        ("POST", sign_out.as_str(), &evil[..], 403),
        ("POST", &sign_out, &[("Sec-Fetch-Site", "cross-site")], 403),
        ("GET", ACCOUNT, &evil, 403),
        ("GET", "/music/playlists", &evil, 403),
        ("GET", &sign_out, &[], 405),
        ("POST", ACCOUNT, &[], 405),
        ("GET", "/@qmlserve/oauth/other", &[], 404),
        ("GET", "/@qmlserve/oauth/other/callback", &[], 404),
    ] {
        let answer = server.request(method, path, headers, b"");
        assert_eq!(answer.status, expected, "{method} {path} {headers:?}");
    }
    assert_eq!(program.account()["signedIn"], true);
}

#[test]
fn a_client_is_who_it_was_told_to_be() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let name = format!("qmlserve-{}-music", server.port());
    let chosen = format!("{name}=chosen");
    let told = server.get_with(ACCOUNT, &[("Cookie", &chosen)]);
    let cookie = told.header("set-cookie").unwrap();
    assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
    assert!(!cookie.contains("chosen"), "{cookie}");
    for word in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    // Whoever brings the answer: it is for the client that asked.
    let mut program = Visitor::new(&server);
    let back = returned(&mut program);
    let mut thief = Visitor::new(&server);
    thief.account();
    assert_eq!(thief.get(&back).status, 200);
    assert_eq!(thief.account()["signedIn"], false);
    assert_eq!(program.account()["signedIn"], true);
}
