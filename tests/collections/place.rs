//! A server with collections: the files beside the tree, and the database it keeps them in.

use std::fs;

use serde_json::Value;

use crate::postgres::Cluster;
use crate::support::{Folder, Response, Setup, TestServer};

/// The colours of most tests.
pub const COLORS: &str = r##"[
    {"name": "red", "value": "#f00", "n": 3, "tags": {"warm": true}},
    {"name": "green", "value": "#0f0", "n": 10, "tags": {"warm": false}},
    {"name": "blue", "value": "#00f", "n": 1.5, "tags": {"warm": false}}
]"##;

/// What is beside the tree before the server starts.
pub struct Place {
    folder: Folder,
    args: Vec<String>,
}

impl Place {
    /// Nothing.
    pub fn new() -> Self {
        Self {
            folder: Folder::new(),
            args: Vec::new(),
        }
    }

    /// The file `data/colors.json`.
    pub fn colors() -> Self {
        Self::new().beside("data/colors.json", COLORS)
    }

    /// A file beside the tree.
    pub fn beside(self, path: &str, text: &str) -> Self {
        let path = self.folder.around().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A file in the tree.
    pub fn in_tree(self, path: &str, text: &str) -> Self {
        self.folder.write(path, text);
        self
    }

    /// The config file.
    pub fn config(self, text: &str) -> Self {
        self.beside("qmlserve.toml", text)
    }

    /// A flag.
    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// The database.
    pub fn data(self, location: &str) -> Self {
        self.arg(&format!("--data={location}"))
    }

    /// The running server.
    #[track_caller]
    pub fn start(self) -> TestServer {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        Setup::on(self.folder).args(&args).start()
    }
}

/// Does the same with a server on each kind of database.
pub fn on_every_database(test: impl Fn(Place)) {
    test(Place::colors());
    test(Place::colors().data(":memory:"));
    if let Some(cluster) = Cluster::shared() {
        test(Place::colors().data(&cluster.new_database()));
    }
}

/// Sends JSON as QML's XMLHttpRequest does, and takes JSON back.
#[track_caller]
pub fn send(server: &TestServer, method: &str, path: &str, body: &str) -> (u16, Value) {
    let response = send_for(server, method, path, body);
    (response.status, response.json())
}

/// The same, with the whole answer.
#[track_caller]
pub fn send_for(server: &TestServer, method: &str, path: &str, body: &str) -> Response {
    let headers: &[(&str, &str)] = match body {
        "" => &[],
        _ => &[("Content-Type", "text/plain;charset=UTF-8")],
    };
    server.request(method, path, headers, body.as_bytes())
}

/// The names in a list, in its order.
#[track_caller]
pub fn names(server: &TestServer, path: &str) -> Vec<String> {
    let response = server.get(path);
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    let list = response.json();
    let objects = list.as_array().or_else(|| list["data"].as_array());
    let objects = objects.unwrap_or_else(|| panic!("{path} is no list: {list}"));
    objects
        .iter()
        .map(|object| object["name"].as_str().unwrap_or("?").to_owned())
        .collect()
}
