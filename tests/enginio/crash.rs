//! A server that is killed in the middle: what was answered is there, and what it said of files is
//! true.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::api::{Api, CONFIG, start};
use crate::postgres::Cluster;
use crate::support::{TestServer, wait_until};

/// What clients were told until the server was killed.
#[derive(Default)]
struct Answered {
    created: Vec<(String, usize)>,
    removed: Vec<String>,
    files: Vec<String>,
}

fn kill_in_the_middle(server: &mut TestServer) {
    const WRITERS: usize = 8;
    const ENOUGH: usize = 200;
    let answered = Mutex::new(Answered::default());
    let count = AtomicUsize::new(0);
    let address = server.address;
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (answered, count) = (&answered, &count);
            scope.spawn(move || {
                for n in 0.. {
                    let ask = |method: &str, path: &str, body: &Value| {
                        ask(address, method, path, &body.to_string())
                    };
                    let Some(made) = ask("POST", "/v1/objects/todos", &json!({"n": n})) else { return };
                    let id = made["id"].as_str().unwrap().to_owned();
                    let path = format!("/v1/objects/todos/{id}");
                    if n % 4 == 3 {
                        if ask("DELETE", &path, &Value::Null).is_none() {
                            return;
                        }
                        answered.lock().unwrap().removed.push(id);
                    } else {
                        if ask("PUT", &path, &json!({"n": n + writer})).is_none() {
                            return;
                        }
                        answered.lock().unwrap().created.push((id.clone(), n + writer));
                        let part = "--B\r\nContent-Disposition: form-data; name=\"";
                        let form = format!(
                            "{part}object\"\r\n\r\n{}\r\n{part}file\"; filename=\"a\"\r\n\r\n{id}\r\n--B--\r\n",
                            json!({"targetFileProperty": {"id": id, "objectType": "objects.todos", "propertyName": "file"}})
                        );
                        if n % 4 == 1 {
                            if upload(address, &form).is_none() {
                                return;
                            }
                            answered.lock().unwrap().files.push(id);
                        }
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let log = || format!("{} rounds", count.load(Ordering::Relaxed));
        wait_until("enough was written", log, || {
            count.load(Ordering::Relaxed) > ENOUGH
        });
        server.kill();
    });
    let answered = answered.into_inner().unwrap();
    server.restart();
    let api = Api::nobody(server);
    assert!(
        answered.created.len() > 50 && !answered.removed.is_empty() && !answered.files.is_empty()
    );
    for (id, n) in &answered.created {
        let (status, object) = api.get(&format!("/v1/objects/todos/{id}"));
        assert_eq!(
            (status, &object["n"]),
            (200, &json!(n)),
            "{id} was answered: {object}"
        );
    }
    for id in &answered.removed {
        assert_eq!(
            api.get(&format!("/v1/objects/todos/{id}")).0,
            404,
            "{id} was removed"
        );
    }
    for id in &answered.files {
        let (_, object) = api.get(&format!("/v1/objects/todos/{id}"));
        assert!(
            object["file"]["id"].is_string(),
            "{id} had a file: {object}"
        );
    }
    // Each file that there is has its content, be it answered or not.
    let files = api.list("/v1/files?limit=1000");
    assert!(files.len() >= answered.files.len());
    for file in files {
        let (status, url) = api.get(&format!(
            "/v1/files/{}/download_url",
            file["id"].as_str().unwrap()
        ));
        assert_eq!(status, 200, "{file}: {url}");
        let content = api.server.get(url["expiringUrl"].as_str().unwrap());
        assert_eq!((content.status, content.body.len()), (200, 24), "{file}");
    }
}

fn ask(address: std::net::SocketAddr, method: &str, path: &str, body: &str) -> Option<Value> {
    let body = if body == "null" { "" } else { body };
    exchange(
        address,
        &format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nEnginio-Backend-Id: main\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    )
}

fn upload(address: std::net::SocketAddr, form: &str) -> Option<Value> {
    exchange(
        address,
        &format!(
            "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nEnginio-Backend-Id: main\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    )
}

/// The answer, or nothing where no whole one came.
fn exchange(address: std::net::SocketAddr, request: &str) -> Option<Value> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let value: Value = serde_json::from_str(body).ok()?;
    assert!(head.contains(" 200 ") || head.contains(" 201 "), "{answer}");
    Some(value)
}

#[test]
fn what_was_answered_survives_a_kill() {
    kill_in_the_middle(&mut start(CONFIG, None));
}

#[test]
fn what_was_answered_survives_a_kill_in_postgresql() {
    if let Some(cluster) = Cluster::shared() {
        kill_in_the_middle(&mut start(CONFIG, Some(&cluster.new_database())));
    }
}
