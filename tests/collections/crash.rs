//! Many clients at once, and a server that is killed among them: what was answered is there, once.

use std::collections::BTreeMap;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::place::{Place, on_every_database};
use crate::postgres::Cluster;
use crate::support::{DEADLINE, TestServer, head, wait_until};

const CLIENTS: usize = 1000;

/// A connection that is asked again and again.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect_timeout(&address, DEADLINE).ok()?;
        stream.set_read_timeout(Some(DEADLINE)).ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self(BufReader::new(stream)))
    }

    /// The status, or nothing where no whole answer came.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> Option<u16> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes()).ok()?;
        let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| head(&mut self.0)));
        let (status, headers) = answer.ok()?;
        let length = headers.iter().find(|(name, _)| name == "content-length")?;
        let mut body = vec![0; length.1.parse().ok()?];
        self.0.read_exact(&mut body).ok()?;
        Some(status)
    }
}

/// Every object that is there, by its key; fails on one that is there twice.
#[track_caller]
fn objects(server: &TestServer) -> BTreeMap<String, Value> {
    let list = server.get("/colors").json();
    let mut objects = BTreeMap::new();
    for object in list["data"].as_array().unwrap() {
        let key = object["name"].as_str().unwrap().to_owned();
        let former = objects.insert(key, object.clone());
        assert!(former.is_none(), "twice: {object}");
    }
    objects
}

#[test]
fn a_thousand_creates_and_updates_from_a_thousand_connections() {
    on_every_database(|place| {
        let server = place.start();
        let address = server.address;
        thread::scope(|scope| {
            for n in 0..CLIENTS {
                let client = move || {
                    let mut client = Client::connect(address).expect("a connection");
                    let created = client.ask("POST", "/colors", &format!(r#"{{"name":"n{n}"}}"#));
                    assert_eq!(created, Some(201), "create {n}");
                    let updated =
                        client.ask("PUT", &format!("/colors/n{n}"), &format!(r#"{{"v":{n}}}"#));
                    assert_eq!(updated, Some(200), "update {n}");
                    // All write to one object, each a field of its own. Where that takes longer
                    // than a request may, they are asked to come again, which does no harm.
                    let body = format!(r#"{{"f{n}":{n}}}"#);
                    let mut shared = Some(503);
                    while shared == Some(503) {
                        shared = client.ask("PUT", "/colors/red", &body);
                    }
                    assert_eq!(shared, Some(200), "shared update {n}");
                };
                let small = thread::Builder::new().stack_size(256 * 1024);
                small.spawn_scoped(scope, client).unwrap();
            }
        });
        let objects = objects(&server);
        assert_eq!(objects.len(), CLIENTS + 3);
        for n in 0..CLIENTS {
            assert_eq!(objects[&format!("n{n}")]["v"], n);
            assert_eq!(objects["red"][format!("f{n}")], n, "an update was lost");
        }
    });
}

#[test]
fn one_of_many_that_create_the_same_succeeds() {
    on_every_database(|place| {
        let server = place.start();
        let address = server.address;
        let created = AtomicUsize::new(0);
        thread::scope(|scope| {
            for n in 0..50 {
                let created = &created;
                scope.spawn(move || {
                    let mut client = Client::connect(address).expect("a connection");
                    match client.ask("POST", "/colors", &format!(r#"{{"name":"one","by":{n}}}"#)) {
                        Some(201) => _ = created.fetch_add(1, Ordering::Relaxed),
                        other => assert_eq!(other, Some(422)),
                    }
                });
            }
        });
        assert_eq!(created.into_inner(), 1);
        assert_eq!(objects(&server).len(), 4);
    });
}

/// What clients were told until the server was killed.
#[derive(Default)]
struct Answered {
    created: Vec<String>,
    updated: BTreeMap<String, usize>,
    deleted: Vec<String>,
}

/// Clients create, update and delete until the server is killed in the middle of it.
fn kill_in_the_middle(server: TestServer) -> Answered {
    const WRITERS: usize = 50;
    const ENOUGH: usize = 1000;
    let answered = Mutex::new(Answered::default());
    let count = AtomicUsize::new(0);
    let address = server.address;
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (answered, count) = (&answered, &count);
            scope.spawn(move || {
                let Some(mut client) = Client::connect(address) else {
                    return;
                };
                for n in 0.. {
                    let key = format!("w{writer}-{n}");
                    let path = format!("/colors/{key}");
                    let Some(status) =
                        client.ask("POST", "/colors", &format!(r#"{{"name":"{key}"}}"#))
                    else {
                        return;
                    };
                    assert_eq!(status, 201);
                    answered.lock().unwrap().created.push(key.clone());
                    let Some(status) = client.ask("PUT", &path, &format!(r#"{{"v":{n}}}"#)) else {
                        return;
                    };
                    assert_eq!(status, 200);
                    answered.lock().unwrap().updated.insert(key.clone(), n);
                    if n % 5 == 4 {
                        // From here on it may be there or not, until it is answered.
                        answered
                            .lock()
                            .unwrap()
                            .created
                            .retain(|created| *created != key);
                        answered.lock().unwrap().updated.remove(&key);
                        let Some(status) = client.ask("DELETE", &path, "") else {
                            return;
                        };
                        assert_eq!(status, 200);
                        answered.lock().unwrap().deleted.push(key);
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let log = || format!("{} rounds", count.load(Ordering::Relaxed));
        wait_until("enough was written", log, || {
            count.load(Ordering::Relaxed) > ENOUGH
        });
        // SIGKILL.
        drop(server);
    });
    answered.into_inner().unwrap()
}

#[track_caller]
fn assert_all_is_there(server: &TestServer, answered: &Answered) {
    let objects = objects(server);
    assert!(answered.created.len() > 500, "{}", answered.created.len());
    for key in &answered.created {
        assert!(objects.contains_key(key), "{key} was answered and is lost");
    }
    for (key, v) in &answered.updated {
        assert_eq!(
            objects[key]["v"], *v,
            "an update of {key} was answered and is lost"
        );
    }
    for key in &answered.deleted {
        assert!(!objects.contains_key(key), "{key} was deleted and is back");
    }
    assert!(objects.contains_key("red"));
}

#[test]
fn a_kill_loses_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = vec![folder.path().join("c.db").display().to_string()];
    places.extend(Cluster::shared().map(Cluster::new_database));
    for data in places {
        let answered = kill_in_the_middle(Place::colors().data(&data).start());
        let server = Place::colors().data(&data).start();
        assert_all_is_there(&server, &answered);
    }
}

#[test]
fn a_crash_of_postgresql_loses_nothing_that_was_answered() {
    let Some(mut cluster) = Cluster::own() else {
        return;
    };
    let data = cluster.new_database();
    let server = Place::colors().data(&data).start();
    let mut client = Client::connect(server.address).unwrap();
    for n in 0..100 {
        let status = client.ask("POST", "/colors", &format!(r#"{{"name":"n{n}"}}"#));
        assert_eq!(status, Some(201));
    }
    cluster.stop();
    let gone = server.get("/colors/red");
    assert_eq!(gone.status, 503, "{}", gone.text());
    assert!(
        gone.text().contains("the database is gone"),
        "{}",
        gone.text()
    );
    assert_eq!(
        client.ask("POST", "/colors", r#"{"name":"lost"}"#),
        Some(503)
    );
    cluster.start_again();
    wait_until(
        "the server finds it again",
        || server.stderr(),
        || server.get("/colors/red").status == 200,
    );
    let objects = objects(&server);
    assert_eq!(objects.len(), 103);
    assert!(!objects.contains_key("lost"));
}
