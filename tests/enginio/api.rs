//! A server with data storage, and requests to it.

use std::fs;

use serde_json::{Value, json};

use crate::postgres::Cluster;
use crate::support::{Folder, Response, Setup, TestServer};

/// The token that opens everything.
pub const ADMIN: &str = "the-administrator";

/// What most tests declare.
pub const CONFIG: &str = r#"
    [enginio.main]
    token = "the-administrator"
    push = "changes"

    [enginio.main.types."objects.notes"]
    inherits = "list"

    [enginio.main.types."objects.public"]
    create = ["users"]
    read = ["everybody"]

    [enginio.other]
    id = "another"
"#;

/// A server that keeps its data where `data` says.
#[track_caller]
pub fn start(config: &str, data: Option<&str>) -> TestServer {
    let folder = Folder::new();
    fs::write(folder.around().join("qmlserve.toml"), config).unwrap();
    let data = data.map(|data| format!("--data={data}"));
    let args: Vec<&str> = data.iter().map(String::as_str).collect();
    Setup::on(folder).args(&args).start()
}

/// Does the same with a server on each kind of database.
pub fn on_every_database(config: &str, test: impl Fn(&TestServer)) {
    test(&start(config, None));
    test(&start(config, Some(":memory:")));
    if let Some(cluster) = Cluster::shared() {
        test(&start(config, Some(&cluster.new_database())));
    }
}

/// Whoever asks a backend.
#[derive(Clone, Debug)]
pub struct Api<'s> {
    pub server: &'s TestServer,
    backend: &'static str,
    token: Option<String>,
    /// The id of the user.
    pub id: String,
}

impl<'s> Api<'s> {
    /// Nobody that is known.
    pub fn nobody(server: &'s TestServer) -> Self {
        Self {
            server,
            backend: "main",
            token: None,
            id: String::new(),
        }
    }

    /// At another backend.
    pub fn at(self, backend: &'static str) -> Self {
        Self { backend, ..self }
    }

    /// With this token.
    pub fn with(self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self
        }
    }

    /// Whoever may do everything.
    pub fn admin(server: &'s TestServer) -> Self {
        Self::nobody(server).with(ADMIN)
    }

    /// A new user, who is logged in.
    #[track_caller]
    pub fn user(server: &'s TestServer, name: &str) -> Self {
        let nobody = Self::nobody(server);
        let user = json!({"username": name, "password": format!("{name}'s")});
        let (status, made) = nobody.call("POST", "/v1/users", &user);
        assert_eq!(status, 201, "{made}");
        let login = nobody.log_in(name, &format!("{name}'s"));
        Self {
            id: made["id"].as_str().unwrap().to_owned(),
            ..nobody.with(login["access_token"].as_str().unwrap())
        }
    }

    /// The answer of a login.
    #[track_caller]
    pub fn log_in(&self, name: &str, password: &str) -> Value {
        let (status, answer) = self.try_log_in(name, password);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// The answer of a login, whichever.
    #[track_caller]
    pub fn try_log_in(&self, name: &str, password: &str) -> (u16, Value) {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "password")
            .append_pair("username", name)
            .append_pair("password", password)
            .finish();
        self.form("/v1/auth/oauth2/token", &form)
    }

    /// Posts a form.
    #[track_caller]
    pub fn form(&self, path: &str, form: &str) -> (u16, Value) {
        let media = ("Content-Type", "application/x-www-form-urlencoded");
        let response = self.send("POST", path, &[media], form.as_bytes());
        (response.status, response.json())
    }

    /// Sends JSON as QML does, and takes JSON back.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let text = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let media = ("Content-Type", "text/plain;charset=UTF-8");
        let response = self.send(method, path, &[media], text.as_bytes());
        (response.status, response.json())
    }

    /// Asks.
    #[track_caller]
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, &Value::Null)
    }

    /// Makes an object, and tells its id.
    #[track_caller]
    pub fn create(&self, path: &str, body: &Value) -> String {
        let (status, made) = self.call("POST", path, body);
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// The objects of a list.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Value> {
        let (status, list) = self.get(path);
        assert_eq!(status, 200, "{path}: {list}");
        list["results"].as_array().unwrap().clone()
    }

    /// Any request.
    #[track_caller]
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let bearer = self.token.as_ref().map(|token| format!("BEARER {token}"));
        let mut all = vec![
            ("Enginio-Backend-Id", self.backend),
            ("X-Request-Id", "abc"),
        ];
        all.extend_from_slice(headers);
        if let Some(bearer) = &bearer {
            all.push(("Authorization", bearer));
        }
        if body.is_empty() || method != "DELETE" {
            return self.server.request(method, path, &all, body);
        }
        // The ordinary client sends no body with it.
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in all {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n", body.len());
        self.server.raw(&[request.as_bytes(), body].concat())
    }
}

/// A value as a part of a query.
pub fn encoded(value: &Value) -> String {
    url::form_urlencoded::byte_serialize(value.to_string().as_bytes()).collect()
}
