//! The page in a real browser, with real clients: what it shows of them, what is done in it
//! reaches them, and it is one for everybody.

mod clients;
mod looks;
mod proxy;

use serde_json::Value;

use crate::browser::Browser;
use crate::client::QtClient;
use crate::devtools::Tab;
use crate::runtime::Runtime;
use crate::support::TestServer;

/// The page about a server, once it knows the state.
fn open(server: &TestServer) -> Option<Tab> {
    let url = format!("{}/", server.announced);
    let mut tab = Tab::open(Browser::find()?, &url, 1280, 900);
    tab.until("document.querySelector('#server')?.dataset.state === 'here'");
    Some(tab)
}

/// The same, with a client that shows the entry, and its first picture.
fn open_with(runtime: Runtime, server: &TestServer) -> Option<(Tab, QtClient)> {
    let mut tab = open(server)?;
    let client = QtClient::remote(runtime, &server.announced);
    tab.until("document.querySelector('.has-picture canvas')?.dataset.pictures > 0");
    Some((tab, client))
}

/// The colour at a place of the picture, as parts of its width and height.
fn colour_at(x: f64, y: f64) -> String {
    format!(
        "(() => {{ const canvas = document.querySelector('.has-picture canvas'); \
         const [red, green, blue] = canvas.getContext('2d').getImageData(\
         Math.floor({x} * canvas.width), Math.floor({y} * canvas.height), 1, 1).data; \
         return '#' + [red, green, blue].map(part => part.toString(16).padStart(2, '0')).join(''); }})()"
    )
}

/// Waits until the picture has this colour there.
#[track_caller]
fn wait_for_colour(tab: &mut Tab, (x, y): (f64, f64), colour: &str) {
    tab.until(&format!("{} === '{colour}'", colour_at(x, y)));
}

/// The state of a row of the tree.
#[track_caller]
fn state_of(tab: &mut Tab, name: &str) -> Value {
    tab.until(&format!(
        "[...document.querySelectorAll('.file')].find(row => \
         row.querySelector('.name').textContent === '{name}')?.dataset.state"
    ))
}

#[track_caller]
fn no_faults(tab: &mut Tab) {
    let faults = tab.faults();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
