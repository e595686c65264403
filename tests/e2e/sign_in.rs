//! A client signs in at a real service: a person does it in a real browser, and the client, which
//! never has the token, shows what it opens.

use serde_json::json;

use crate::browser::Browser;
use crate::client::QtClient;
use crate::devtools::Tab;
use crate::provider::{Provider, configured};
use crate::runtime::{Runtime, in_each_runtime};

in_each_runtime!(a_person_signs_in_and_the_client_shows_the_playlists);

const EXAMPLE: &str = include_str!("../../www/examples/playlists/main.qml");

fn a_person_signs_in_and_the_client_shows_the_playlists(runtime: Runtime) {
    let (Some(provider), Some(browser)) = (Provider::start(&json!({})), Browser::find()) else {
        return;
    };
    let server = configured(&provider.sections("", ""), &[])
        .file("main.qml", EXAMPLE)
        .start();
    let client = QtClient::remote(runtime, &server.announced);
    let line = client.wait_for("sign in at ");
    let (_, url) = line.split_once("sign in at ").unwrap();

    let mut tab = Tab::open(browser, url.trim(), 800, 600);
    tab.until("document.querySelector('input[name=login]') !== null");
    tab.eval("document.querySelector('input[name=login]').value = 'ada'");
    tab.eval("document.querySelector('input[name=password]').value = 'any'");
    tab.click("button[type=submit]");
    tab.until("document.querySelector('input[value=consent]') !== null");
    tab.click("button[type=submit]");
    tab.until("document.title === 'Signed in'");

    client.wait_for("Playlists of Account of ada: 3");
    for secret in provider.secrets(&server) {
        let lines = client.lines().join("\n");
        assert!(
            !lines.contains(&secret),
            "{secret} reached the client:\n{lines}"
        );
    }
}
