//! The way for a screen without a keyboard: a code that is entered somewhere else.

use serde_json::json;

use crate::provider::{ACCOUNT, Provider, Visitor, text, until};

#[test]
fn a_code_is_entered_somewhere_else() {
    let Some(provider) = Provider::start(&json!({})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut screen = Visitor::new(&server);
    let shown = screen.get(&format!("{ACCOUNT}?device")).json();
    assert_eq!(
        text(&shown["verificationUrl"]),
        format!("{}/device", provider.url)
    );
    let code = text(&shown["userCode"]).to_owned();
    let again = screen.get(&format!("{ACCOUNT}?device")).json();
    assert_eq!(again["userCode"], json!(code), "it stays the same");
    let complete = text(&shown["verificationUrlComplete"]).to_owned();
    assert!(complete.contains(&code), "{complete}");

    let seen = Visitor::new(&server).fill_in(&complete, "ada", None);
    assert_eq!(seen.response.status, 200, "{}", seen.text());
    let told = until(&mut screen, "the screen is signed in", |told| {
        told["signedIn"] == true
    });
    assert_eq!(
        (&told["userCode"], &told["verificationUrl"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(screen.get("/music/playlists").json()["of"], "ada");
}

#[test]
fn a_code_that_nobody_enters_ends() {
    let Some(provider) = Provider::start(&json!({"device": 2})) else {
        return;
    };
    let server = provider.server("", "", &[]);
    let mut screen = Visitor::new(&server);
    let first = screen.get(&format!("{ACCOUNT}?device")).json();
    let told = until(&mut screen, "the code ends", |told| {
        told["problem"].is_string()
    });
    assert!(
        text(&told["problem"]).contains("not entered in time"),
        "{told}"
    );
    assert_eq!(told["userCode"], json!(null));
    let next = screen.get(&format!("{ACCOUNT}?device")).json();
    assert_ne!(next["userCode"], first["userCode"]);
}
