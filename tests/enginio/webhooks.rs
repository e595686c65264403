//! Web hooks to URLs: what a real server hears that fails, hangs, goes away and comes back.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::api::{Api, start};
use crate::support::{Folder, TestServer, command, head, run, wait_until};

/// What the receiver does with a request.
#[derive(Clone, Copy, Debug)]
enum Does {
    Answer(u16),
    /// Reads it, and says nothing.
    Hang,
    /// Reads it, and closes the connection.
    Close,
}

type Headers = Vec<(String, String)>;

/// A receiver of web hooks. It answers with 200 where nothing else is to be done.
#[derive(Clone, Default)]
struct Receiver {
    does: Arc<Mutex<VecDeque<Does>>>,
    /// What came: the headers and the body of each request.
    came: Arc<Mutex<Vec<(Headers, Value)>>>,
    hanging: Arc<Mutex<Vec<TcpStream>>>,
}

impl Receiver {
    fn new(does: &[Does]) -> Self {
        let receiver = Self::default();
        receiver.does.lock().unwrap().extend(does);
        receiver
    }

    /// Listens, at this port or any.
    fn listen(&self, port: u16) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let address = listener.local_addr().unwrap();
        let receiver = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                receiver.receive(stream.unwrap());
            }
        });
        address
    }

    fn receive(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        if reader.fill_buf().map_or(true, <[u8]>::is_empty) {
            return;
        }
        let (_, headers) = request(&mut reader);
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.unwrap().1.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        let body = serde_json::from_slice(&body).unwrap();
        self.came.lock().unwrap().push((headers, body));
        let does = self.does.lock().unwrap().pop_front();
        match does.unwrap_or(Does::Answer(200)) {
            Does::Answer(status) => {
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
            Does::Hang => self.hanging.lock().unwrap().push(stream),
            Does::Close => {}
        }
    }

    /// The properties `n` of the objects that came, as `event n`.
    fn heard(&self) -> Vec<String> {
        let came = self.came.lock().unwrap();
        let heard = came.iter().map(|(_, body)| {
            let payload = &body["payload"];
            let event = payload["meta"]["eventName"].as_str().unwrap();
            format!("{event} {}", payload["object"]["n"])
        });
        heard.collect()
    }
}

/// The first line and the headers of a request.
fn request(reader: &mut BufReader<TcpStream>) -> (String, Headers) {
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    // The rest is as in an answer.
    let mut rest = b"HTTP/1.1 200 X\r\n".to_vec();
    while !rest.ends_with(b"\r\n\r\n") {
        let mut line = Vec::new();
        assert!(reader.read_until(b'\n', &mut line).unwrap() > 0);
        rest.extend(line);
    }
    (first, head(&mut rest.as_slice()).1)
}

fn server(at: SocketAddr, more: &str) -> TestServer {
    let config = format!(
        "[enginio.main]\nmax_body = \"2MiB\"\n[[enginio.main.webhooks]]\nurl = \"http://{at}/hook?key=S3CRET\"\n\
         headers = {{ Authorization = \"Bearer S3CRET\" }}\n{more}\n"
    );
    start(&config, Some(":memory:"))
}

fn counts(server: &TestServer) -> Value {
    server.status()["enginio"]["webhooks"][0].clone()
}

fn wait_for(server: &TestServer, what: &str, name: &str, count: u64) {
    let state = || counts(server).to_string();
    wait_until(what, state, || counts(server)[name] == count);
}

#[test]
fn every_change_is_posted_in_order() {
    let receiver = Receiver::new(&[]);
    let server = server(receiver.listen(0), "types = [\"objects.todos\"]");
    let ann = Api::user(&server, "ann");
    let id = ann.create("/v1/objects/todos", &json!({"n": 1}));
    ann.create("/v1/objects/others", &json!({"n": 0}));
    let path = format!("/v1/objects/todos/{id}");
    for n in 2..50 {
        assert_eq!(ann.call("PUT", &path, &json!({"n": n})).0, 200);
    }
    assert_eq!(ann.call("DELETE", &path, &Value::Null).0, 200);
    wait_for(&server, "all is told", "told", 50);
    let expected = (2..50).map(|n| format!("update {n}"));
    let expected = ["create 1".to_owned()].into_iter().chain(expected);
    let expected: Vec<String> = expected.chain(["delete 49".to_owned()]).collect();
    assert_eq!(receiver.heard(), expected);
    let (headers, body) = receiver.came.lock().unwrap()[0].clone();
    assert!(headers.contains(&("authorization".to_owned(), "Bearer S3CRET".to_owned())));
    assert!(headers.contains(&("content-type".to_owned(), "application/json".to_owned())));
    assert_eq!(body["payload"]["object"]["id"], id);
    assert_eq!(body["payload"]["meta"]["backendId"], "main");
    assert_eq!(body["payload"]["meta"]["requestId"], "abc");
    let readers = json!([{"id": ann.id, "objectType": "users"}]);
    assert_eq!(body["receivers"], readers);
    let status = counts(&server);
    assert_eq!(
        (&status["lost"], &status["waiting"]),
        (&json!(0), &json!(0))
    );
    assert!(!status.to_string().contains("S3CRET"), "{status}");
}

#[test]
fn what_fails_is_told_again_and_nothing_overtakes_it() {
    let does = [
        Does::Answer(500),
        Does::Hang,
        Does::Close,
        Does::Answer(200),
        Does::Answer(429),
    ];
    let receiver = Receiver::new(&does);
    let server = server(
        receiver.listen(0),
        "events = [\"create\"]\ntimeout = \"300ms\"",
    );
    let nobody = Api::nobody(&server);
    for n in 1..=3 {
        nobody.create("/v1/objects/todos", &json!({"n": n}));
    }
    wait_for(&server, "all is told", "told", 3);
    let expected = [1, 1, 1, 1, 2, 2, 3].map(|n| format!("create {n}"));
    assert_eq!(receiver.heard(), expected);
    assert_eq!(counts(&server)["again"], 4);
    assert_eq!(counts(&server)["lost"], 0);
}

#[test]
fn what_is_refused_is_lost_and_the_next_one_told() {
    let receiver = Receiver::new(&[Does::Answer(400), Does::Answer(302)]);
    let server = server(receiver.listen(0), "");
    let nobody = Api::nobody(&server);
    for n in 1..=3 {
        nobody.create("/v1/objects/todos", &json!({"n": n}));
    }
    wait_for(&server, "the last one is told", "told", 1);
    assert_eq!(receiver.heard(), ["create 1", "create 2", "create 3"]);
    assert_eq!(counts(&server)["lost"], 2);
    server.logged("it answers 400");
    server.logged("is not told of the create of objects.todos");
    assert!(!server.stderr().contains("S3CRET"), "{}", server.stderr());
}

#[test]
fn a_receiver_that_is_gone_hears_of_it_when_it_is_back() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let server = server(address, "");
    let nobody = Api::nobody(&server);
    nobody.create("/v1/objects/todos", &json!({"n": 1}));
    let again = || counts(&server)["again"].as_u64().unwrap() > 0;
    wait_until("it was tried", || counts(&server).to_string(), again);
    nobody.create("/v1/objects/todos", &json!({"n": 2}));
    assert_eq!(counts(&server)["waiting"], 2);
    let receiver = Receiver::new(&[]);
    receiver.listen(address.port());
    wait_for(&server, "both are told", "told", 2);
    assert_eq!(receiver.heard(), ["create 1", "create 2"]);
}

#[test]
fn who_hangs_holds_no_writer_up_and_what_is_too_much_is_lost() {
    let receiver = Receiver::new(&[Does::Hang]);
    let mut server = server(receiver.listen(0), "timeout = \"1h\"");
    let nobody = Api::nobody(&server);
    let large = "x".repeat(1 << 20);
    for n in 0..20 {
        nobody.create("/v1/objects/todos", &json!({"n": n, "large": large}));
    }
    // 16 MiB wait at most.
    let status = counts(&server);
    assert_eq!(
        (&status["waiting"], &status["lost"]),
        (&json!(15), &json!(5)),
        "{status}"
    );
    server.logged("too many changes wait for it already");
    let (code, _) = server.stop(crate::support::Signal::Terminate);
    assert_eq!(code, Some(0));
    server.logged("is not told of 15 changes: the server stops");
}

#[test]
fn settings() {
    let folder = Folder::new();
    let at = |config: &str, args: &[&str]| {
        std::fs::write(folder.around().join("qmlserve.toml"), config).unwrap();
        let args = [&["tree", "--port", "0", "--data=:memory:"], args].concat();
        run(&mut command(&args, folder.around()))
    };
    let hook = "[enginio.main]\n[[enginio.main.webhooks]]\n";
    let good = format!("{hook}url = \"https://a.example/x\"\nheaders = {{ X-Key = \"S3CRET\" }}\n");
    let printed = at(&good, &["--print-config"]);
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    assert!(
        printed.stdout.contains("https://a.example/x"),
        "{}",
        printed.stdout
    );
    assert!(
        printed.stdout.contains("X-Key = \"***\""),
        "{}",
        printed.stdout
    );
    assert!(!printed.stdout.contains("S3CRET"), "{}", printed.stdout);
    for wrong in [
        "types = []",
        "url = \"ftp://a.example\"",
        "url = \"http://u:p@a.example\"",
        "url = \"/x\"",
        "url = \"http://a\"\nevents = [\"read\"]",
        "url = \"http://a\"\ntypes = [\"todos\"]",
        "url = \"http://a\"\nevery = 1",
        "url = \"http://a\"\nheaders = { Host = \"S3CRET\" }",
        "url = \"http://a\"\nheaders = { X-A = [\"S3CRET\"] }",
        "url = \"http://a\"\ntimeout = \"soon\"",
    ] {
        let finished = at(&format!("{hook}{wrong}\n"), &[]);
        assert_eq!(finished.code, Some(1), "{wrong}: {}", finished.stderr);
        assert!(
            finished.stderr.contains("expected"),
            "{wrong}: {}",
            finished.stderr
        );
        assert!(
            !finished.stderr.contains("S3CRET"),
            "{wrong}: {}",
            finished.stderr
        );
    }
}
