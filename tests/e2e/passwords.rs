//! People sign in from real clients: with an XMLHttpRequest's user and password, with a header set
//! by hand, with a URL that has both; documents of the engine, a socket, the example.

use std::path::Path;

use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{Setup, TestServer};

in_each_runtime!(
    requests_sign_in,
    documents_are_loaded_by_who_signed_in,
    the_example_tells_its_notes_to_who_signs_in,
);

const SECRET: &str =
    "$argon2id$v=19$m=8,t=1,p=1$4OtxrsI/8aI$nCR6xoUhqtUq9LVv9wWIC+aZuD5wNofyI0Igk6xKWGg";
const LATIN: &str =
    "$argon2id$v=19$m=8,t=1,p=1$Cv46N3FTWQs$v32AfbL0fEEU13lku43zeXDQlNegNO4sfLPC8OtAZFQ";

fn guarded() -> TestServer {
    let setup = Setup::new().files(&[
        ("requests.qml", include_str!("qml/sign_in.qml")),
        ("private/main.qml", "import QtQuick 2.0\nItem { Part {} }\n"),
        (
            "private/Part.qml",
            "import QtQuick 2.0\nItem { Component.onCompleted: console.log('the part is there') }\n",
        ),
    ]);
    let around = setup.folder().around();
    std::fs::create_dir(around.join("data")).unwrap();
    std::fs::write(around.join("data/notes.json"), r#"[{"id": 1}]"#).unwrap();
    let config = format!(
        "[[access]]\npath = \"/private\"\nusers = {{ ann = \"{SECRET}\" }}\n\
         [[access]]\npath = \"/notes\"\nusers = {{ ann = \"{SECRET}\", \"änn\" = \"{LATIN}\" }}\n"
    );
    std::fs::write(around.join("qmlserve.toml"), config).unwrap();
    setup.start()
}

fn requests_sign_in(runtime: Runtime) {
    let server = guarded();
    let client = QtClient::open(runtime, &server.url("/requests.qml"));
    client.wait_for("SAW end");
    let said = client.lines();
    let saw: Vec<&str> = said
        .iter()
        .filter_map(|line| Some(line.split_once("SAW ")?.1))
        .collect();
    assert_eq!(
        saw,
        [
            "nobody 401",
            "wrong header 401",
            "right header 200",
            "wrong 401",
            "umlaut 200",
            "right 200",
            "written 201",
            "kept 200",
            "end",
        ]
    );
}

fn documents_are_loaded_by_who_signed_in(runtime: Runtime) {
    let server = guarded();
    let url = format!("http://ann:secret@{}/private/main.qml", server.address);
    QtClient::open(runtime, &url).wait_for("the part is there");
    let url = format!(
        "http://ann:secret@{}/@{}/private/main.qml",
        server.address,
        server.version()
    );
    QtClient::open(runtime, &url).wait_for("the part is there");
}

fn the_example_tells_its_notes_to_who_signs_in(runtime: Runtime) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/examples/password");
    let setup = Setup::new();
    let around = setup.folder().around().to_owned();
    for entry in std::fs::read_dir(&example).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        match path.extension().and_then(|suffix| suffix.to_str()) {
            Some("qml") => setup.folder().write(&name, text),
            _ => std::fs::write(around.join(name), text).unwrap(),
        }
    }
    setup.folder().write(
        "driver.qml",
        "import QtQuick 2.12\n\
         Loader {\n\
             source: 'main.qml'\n\
             onLoaded: item.signIn('ann', 'secrets')\n\
             Connections {\n\
                 target: item\n\
                 function onMessageChanged() {\n\
                     if (item.message.indexOf('not with') === 0) item.signIn('ben', 'swordfish')\n\
                 }\n\
             }\n\
         }\n",
    );
    let server = setup.start();
    let client = QtClient::open(runtime, &server.url("/driver.qml"));
    client.wait_for("not with that password: 0");
    client.wait_for("the notes of ben: 2");
}
