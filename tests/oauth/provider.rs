//! A service to sign in at, the server in front of it, a program that signs in, and the person who
//! does it in a browser. Without oidc-provider the tests are left out and say so; with CI=true that
//! is a failure.
#![allow(dead_code, reason = "each test crate uses its part")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Response, Running, Setup, TestServer, raw, wait_until};

/// The sign-in of the tests.
pub const ACCOUNT: &str = "/@qmlserve/oauth/music";

/// What a running service hands out and hears; ended on drop.
pub struct Provider {
    running: Running,
    /// Its URL.
    pub url: String,
}

impl Provider {
    /// A service with these settings, see the fixture; nothing where it is not installed.
    #[allow(clippy::print_stderr, reason = "a test that is left out says so")]
    #[track_caller]
    pub fn start(settings: &Value) -> Option<Self> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = std::env::var("QMLSERVE_NODE_MODULES").unwrap_or_default();
        if !Path::new(&modules).join("oidc-provider").is_dir() {
            let message = "SKIPPED: there is no oidc-provider: npm install oidc-provider, and name \
                           its node_modules in QMLSERVE_NODE_MODULES";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
            eprintln!("{message}");
            return None;
        }
        let mut command = Command::new("node");
        command
            .arg(project.join("tests/fixtures/oauth/provider.mjs"))
            .arg(settings.to_string());
        let running = Running::spawn(&mut command);
        let url = running.line().trim().to_owned();
        Some(Self { running, url })
    }

    /// The sections of a sign-in at it, with these settings more, and of a proxy to what its tokens
    /// open, with those.
    pub fn sections(&self, sign_in: &str, proxy: &str) -> String {
        let url = &self.url;
        format!(
            "[oauth.music]\nissuer = \"{url}\"\nclient_id = \"qmlserve\"\n\
             client_secret_env = \"MUSIC_SECRET\"\n\
             scopes = [\"openid\", \"profile\", \"offline_access\", \"playlists\"]\n\
             params = {{ prompt = \"consent\" }}\n{sign_in}\n\
             [[proxy]]\npath = \"/music\"\nto = \"{url}/api\"\noauth = \"music\"\n{proxy}\n"
        )
    }

    /// A server that signs in at it.
    #[track_caller]
    pub fn server(&self, sign_in: &str, proxy: &str, args: &[&str]) -> TestServer {
        configured(&self.sections(sign_in, proxy), args).start()
    }

    /// Has it do something, and says what it has seen.
    #[track_caller]
    pub fn test(&self, server: &TestServer, what: &str) -> Value {
        server.get(&format!("{}/test/{what}", self.url)).json()
    }

    /// How often it has done something.
    #[track_caller]
    pub fn count(&self, server: &TestServer, what: &str) -> u64 {
        let seen = self.test(server, "counts");
        seen["counts"][what].as_u64().unwrap()
    }

    /// All tokens, codes and secrets that there have been.
    #[track_caller]
    pub fn secrets(&self, server: &TestServer) -> Vec<String> {
        let seen = self.test(server, "secrets");
        let secrets = seen["secrets"].as_array().unwrap().iter();
        secrets.map(|secret| text(secret).to_owned()).collect()
    }

    pub fn stop(&mut self) {
        self.running.kill();
    }
}

/// A server with this config file, and the client's secret in its environment.
#[track_caller]
pub fn configured(toml: &str, args: &[&str]) -> Setup {
    let setup = Setup::new().args(args).env("MUSIC_SECRET", "S3CRET-client");
    std::fs::write(setup.folder().around().join("qmlserve.toml"), toml).unwrap();
    setup
}

/// Asks on a connection of its own, from whichever thread.
#[track_caller]
pub fn get(address: SocketAddr, path: &str) -> Response {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    raw(address, request.as_bytes())
}

#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// Something with cookies: a program, or a person's browser.
pub struct Visitor<'a> {
    server: &'a TestServer,
    /// By the server that set them, since tests have several on one host.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

/// What a visitor sees.
pub struct Seen {
    pub url: String,
    pub response: Response,
}

impl Seen {
    #[track_caller]
    pub fn text(&self) -> &str {
        self.response.text()
    }
}

impl<'a> Visitor<'a> {
    pub fn new(server: &'a TestServer) -> Self {
        Self {
            server,
            cookies: BTreeMap::new(),
        }
    }

    /// One request, redirects not followed.
    #[track_caller]
    pub fn request(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let url = match url.starts_with('/') {
            true => self.server.url(url),
            false => url.to_owned(),
        };
        let origin = origin(&url);
        let cookies = self.cookies.get(&origin);
        let cookies = cookies.map(|cookies| {
            let pairs = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join("; ")
        });
        let mut headers = headers.to_vec();
        if let Some(cookies) = &cookies {
            headers.push(("Cookie", cookies));
        }
        let response = self.server.request(method, &url, &headers, body);
        let jar = self.cookies.entry(origin).or_default();
        for (_, cookie) in response
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            let pair = cookie.split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => jar.remove(name),
                value => jar.insert(name.to_owned(), value.to_owned()),
            };
        }
        response
    }

    /// Asks as a program does.
    #[track_caller]
    pub fn get(&mut self, url: &str) -> Response {
        self.request("GET", url, &[], b"")
    }

    /// What the server says about the account.
    #[track_caller]
    pub fn account(&mut self) -> Value {
        let response = self.get(ACCOUNT);
        assert_eq!(response.status, 200, "{response:?}");
        response.json()
    }

    /// Where to sign in.
    #[track_caller]
    pub fn invitation(&mut self) -> String {
        text(&self.account()["url"]).to_owned()
    }

    /// What a browser shows for a URL: redirects are followed, up to one to a URL that begins with
    /// `stop`, which is not asked for.
    #[track_caller]
    pub fn browse(&mut self, method: &str, url: &str, body: &str, stop: Option<&str>) -> Seen {
        let (mut method, mut url, mut body) = (method.to_owned(), url.to_owned(), body.to_owned());
        for _ in 0..10 {
            let headers: &[(&str, &str)] = match body.is_empty() {
                true => &[("Accept", "text/html")],
                false => &[
                    ("Accept", "text/html"),
                    ("Content-Type", "application/x-www-form-urlencoded"),
                ],
            };
            let response = self.request(&method, &url, headers, body.as_bytes());
            let Some(next) = response.header("location") else {
                return Seen { url, response };
            };
            let base: url::Url = url.parse().unwrap();
            url = base.join(next).unwrap().into();
            if stop.is_some_and(|stop| url.starts_with(stop)) {
                return Seen { url, response };
            }
            (method, body) = ("GET".to_owned(), String::new());
        }
        panic!("redirected without an end, to {url}");
    }

    /// Does what a person does at the service: fills in its forms as `who`, until there are no more,
    /// or a redirect leads to `stop`.
    #[track_caller]
    pub fn fill_in(&mut self, url: &str, who: &str, stop: Option<&str>) -> Seen {
        let mut seen = self.browse("GET", url, "", stop);
        for _ in 0..8 {
            let text = seen.text().to_owned();
            let (Some(form), false) = (text.find("<form"), is_at(&seen, stop)) else {
                return seen;
            };
            let form = &text[form..];
            let action = attribute(form, "action").unwrap();
            let mut fields = url::form_urlencoded::Serializer::new(String::new());
            for input in form.split("<input").skip(1) {
                let input = &input[..input.find('>').unwrap()];
                let name = attribute(input, "name").unwrap();
                let value = match name.as_str() {
                    "login" => who.to_owned(),
                    "password" => "any".to_owned(),
                    _ => attribute(input, "value").unwrap_or_default(),
                };
                fields.append_pair(&name, &value);
            }
            let base: url::Url = seen.url.parse().unwrap();
            let action = base.join(&action).unwrap();
            seen = self.browse("POST", action.as_str(), &fields.finish(), stop);
        }
        panic!("forms without an end at {}: {}", seen.url, seen.text());
    }
}

fn is_at(seen: &Seen, stop: Option<&str>) -> bool {
    stop.is_some_and(|stop| seen.url.starts_with(stop))
}

/// A person signs in, in a browser of their own, for what this visitor is.
#[track_caller]
pub fn sign_in(program: &mut Visitor<'_>, who: &str) {
    let url = program.invitation();
    let mut browser = Visitor::new(program.server);
    let seen = browser.fill_in(&url, who, None);
    assert_eq!(seen.response.status, 200, "{}", seen.text());
    assert!(
        seen.text().contains("<h1>Signed in</h1>"),
        "{}",
        seen.text()
    );
    assert_eq!(program.account()["signedIn"], true);
}

/// Signs in up to the redirect to this server: its URL, with the code in it.
#[track_caller]
pub fn returned(program: &mut Visitor<'_>) -> String {
    let url = program.invitation();
    let stop = program.server.url(ACCOUNT);
    let mut browser = Visitor::new(program.server);
    let seen = browser.fill_in(&url, "ada", Some(&stop));
    assert!(seen.url.contains("code="), "{}", seen.url);
    seen.url
}

/// Waits for what the account says.
#[track_caller]
pub fn until(program: &mut Visitor<'_>, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let mut last = json!(null);
    let server = program.server;
    wait_until(
        what,
        || server.stderr(),
        || {
            last = program.account();
            holds(&last)
        },
    );
    last
}

fn origin(url: &str) -> String {
    let url: url::Url = url.parse().unwrap();
    url.origin().ascii_serialization()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    let end = start + tag[start..].find('"')?;
    Some(tag[start..end].replace("&amp;", "&"))
}
