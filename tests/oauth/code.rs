//! The way by a browser, from the URL to the end of a sign-in.

use std::thread;

use serde_json::json;

use crate::provider::{ACCOUNT, Provider, Visitor, get, returned, sign_in, text};

#[test]
fn each_client_signs_in_for_itself() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut ada = Visitor::new(&server);
    let before = ada.account();
    assert_eq!(before["signedIn"], false);
    assert!(text(&before["url"]).starts_with(&provider.url));
    for part in [
        "code_challenge_method=S256",
        "state=",
        "prompt=consent",
        "scope=openid+profile",
    ] {
        assert!(text(&before["url"]).contains(part), "{before}");
    }
    assert_eq!(
        ada.account()["url"],
        before["url"],
        "it is handed out again"
    );

    let refused = ada.get("/music/playlists");
    assert_eq!(refused.status, 401);
    let hint = refused.json()["error"]["hint"].clone();
    assert!(text(&hint).contains("/@qmlserve/oauth/music"), "{hint}");
    assert_eq!(provider.count(&server, "api"), 0, "the target is not asked");

    sign_in(&mut ada, "ada");
    let after = ada.account();
    assert_eq!(
        after["user"],
        json!({"sub": "ada", "name": "Account of ada"})
    );
    assert_eq!(
        (&after["url"], &after["problem"]),
        (&json!(null), &json!(null))
    );
    let mut ben = Visitor::new(&server);
    assert_eq!(ben.account()["signedIn"], false);
    assert_eq!(ben.get("/music/playlists").status, 401);
    sign_in(&mut ben, "ben");
    for (visitor, who) in [(&mut ada, "ada"), (&mut ben, "ben")] {
        let list = visitor.get("/music/playlists").json();
        assert_eq!(list["of"], who);
        assert_eq!(list["items"][0]["name"], "Morning");
        assert_eq!(
            list["cookie"],
            json!(null),
            "what tells clients apart stays here"
        );
    }
    assert_eq!(Visitor::new(&server).get("/music/playlists").status, 401);
    assert_eq!(server.status()["oauth"][0]["signedIn"], 2);
}

#[test]
fn one_signs_in_for_all() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("session = \"server\"", "", &[]);
    let mut ada = Visitor::new(&server);
    sign_in(&mut ada, "ada");
    let mut other = Visitor::new(&server);
    assert_eq!(other.account()["user"]["sub"], "ada");
    assert_eq!(other.get("/music/playlists").json()["of"], "ada");
    assert_eq!(server.get(ACCOUNT).header("set-cookie"), None);
}

#[test]
fn who_waits_hears_of_it() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("session = \"server\"", "", &[]);
    let mut program = Visitor::new(&server);
    let version = program.account()["version"].to_string();
    let (address, known) = (server.address, version.clone());
    let heard = thread::scope(|scope| {
        let waits = scope.spawn(move || get(address, &format!("{ACCOUNT}?after={version}")).json());
        sign_in(&mut Visitor::new(&server), "ada");
        waits.join().unwrap()
    });
    assert_eq!(heard["signedIn"], true, "{heard}");
    assert_ne!(heard["version"].to_string(), known);
    // Who knows of something else is told at once.
    let told = server.get(&format!("{ACCOUNT}?after=1")).json();
    assert_eq!(told["version"], heard["version"]);
}

#[test]
fn what_comes_back_is_held_against_what_was_asked() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut program = Visitor::new(&server);
    let good = returned(&mut program);
    let browser = [("Accept", "text/html")];
    let callback = server.url(&format!("{ACCOUNT}/callback"));
    let state_of = |url: &str| {
        let url: url::Url = url.parse().unwrap();
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == "state")
            .unwrap()
            .1
            .into_owned()
    };

    // Not the one of this sign-in: nothing of it is spent.
    for wrong in [
        callback.clone(),
        format!("{callback}?code=x"),
        format!("{callback}?code=x&state=x"),
        good.replace("state=", "state=x"),
    ] {
        let page = server.get_with(&wrong, &browser);
        assert_eq!(page.status, 400, "{wrong}");
        assert!(
            page.text().contains("not one that was begun here"),
            "{}",
            page.text()
        );
    }
    assert_eq!(provider.count(&server, "token"), 0);
    let page = server.get_with(&good, &browser);
    assert!(
        page.text().contains("<h1>Signed in</h1>"),
        "{}",
        page.text()
    );
    assert!(page.header("content-security-policy").is_some());
    // Of one use.
    assert_eq!(server.get_with(&good, &browser).status, 400);
    assert_eq!(program.account()["signedIn"], true);

    // In the name of another service.
    let mut other = Visitor::new(&server);
    let state = state_of(&other.invitation());
    let mixed = format!("{callback}?code=x&state={state}&iss=https://evil.example");
    let page = server.get_with(&mixed, &browser);
    assert!(
        page.text().contains("https://evil.example"),
        "{}",
        page.text()
    );
    assert_eq!(page.status, 400);
    assert!(text(&other.account()["problem"]).contains("https://evil.example"));

    // Refused by the person.
    let state = state_of(&other.invitation());
    let iss = &provider.url;
    let denied = format!(
        "{callback}?error=access_denied&error_description=%3Cb%3Eno%3C/b%3E&state={state}&iss={iss}"
    );
    let page = server.get_with(&denied, &browser);
    assert_eq!(page.status, 403);
    assert!(
        page.text()
            .contains("access_denied (&lt;b&gt;no&lt;/b&gt;)"),
        "{}",
        page.text()
    );
    let told = other.account();
    assert!(
        text(&told["problem"]).contains("not granted: access_denied"),
        "{told}"
    );
    assert_eq!(provider.count(&server, "token"), 1);

    // A code that has ended meanwhile.
    let late = returned(&mut other);
    provider.test(&server, "end-codes");
    let page = server.get_with(&late, &browser);
    assert_eq!(page.status, 401);
    assert!(page.text().contains("invalid_grant"), "{}", page.text());
    assert_eq!(other.account()["signedIn"], false);
    sign_in(&mut other, "ben");
}

#[test]
fn a_sign_out_ends_the_tokens_at_the_service() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut program = Visitor::new(&server);
    sign_in(&mut program, "ada");
    let version = program.account()["version"].clone();
    let file = server.folder.around().join(".qmlserve/oauth-music.json");
    let kept = std::fs::read_to_string(&file).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let sessions = kept["sessions"].as_object().unwrap();
    let token = text(&sessions.values().next().unwrap()["access"]).to_owned();

    let out = program.request("POST", &format!("{ACCOUNT}/signout"), &[], b"");
    assert_eq!(out.json(), json!({"signedIn": false, "revoked": true}));
    let after = program.account();
    assert_eq!(after["signedIn"], false);
    assert_ne!(after["version"], version);
    assert_eq!(program.get("/music/playlists").status, 401);
    assert!(!file.exists(), "nobody is kept");
    let bearer = format!("Bearer {token}");
    let direct = server.get_with(
        &format!("{}/api/playlists", provider.url),
        &[("Authorization", &bearer)],
    );
    assert_eq!(direct.status, 401, "the service accepts it no more");
    let again = program.request("POST", &format!("{ACCOUNT}/signout"), &[], b"");
    assert_eq!(again.json()["revoked"], false);
}
