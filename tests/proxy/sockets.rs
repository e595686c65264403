//! WebSockets to the target.

use std::net::TcpStream;

use tungstenite::client::IntoClientRequest as _;
use tungstenite::http::{HeaderValue, Response};
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::support::{DEADLINE, Signal, TestServer};
use crate::target::{Target, proxy};

type Answer = Response<Option<Vec<u8>>>;

fn open(
    server: &TestServer,
    path: &str,
    origin: Option<&'static str>,
) -> Result<(WebSocket<TcpStream>, Answer), Box<Answer>> {
    let url = format!("ws://{}{path}", server.address);
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        let origin = HeaderValue::from_static(origin);
        request.headers_mut().insert("origin", origin);
    }
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    match tungstenite::client(request, stream) {
        Ok(opened) => Ok(opened),
        Err(HandshakeError::Failure(Error::Http(answer))) => Err(answer),
        Err(error) => panic!("{path}: {error}"),
    }
}

#[test]
fn messages_pass_in_both_directions() {
    let target = Target::start();
    let server = proxy(&target, "");
    let (mut socket, answer) = open(&server, "/x/ws", None).unwrap();
    // The target says "keep-alive, Upgrade"; Qt takes only this.
    assert_eq!(answer.headers()["connection"], "upgrade");
    assert_eq!(answer.headers()["upgrade"], "websocket");
    for length in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
        let message = Message::binary(vec![7_u8; length]);
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.read().unwrap(), message);
    }
    socket.send(Message::text("grüße")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("grüße"));
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
    assert_eq!(server.status()["proxies"][0]["sockets"], 1);
}

#[test]
fn what_the_target_refuses_is_refused() {
    let mut target = Target::start();
    let server = proxy(&target, "");
    let refused = open(&server, "/x/ws?refuse=1", None).unwrap_err();
    assert_eq!(refused.status(), 403);
    let refused = open(&server, "/x/text", None).unwrap_err();
    assert_eq!(refused.status(), 200);
    let refused = open(&server, "/x/ws", Some("http://evil.example")).unwrap_err();
    assert_eq!(refused.status(), 403);
    target.stop();
    let refused = open(&server, "/x/ws", None).unwrap_err();
    assert_eq!(refused.status(), 502);
    assert_eq!(server.get("/x/ws").status, 502);
}

#[test]
fn either_end_ends_the_other() {
    let mut target = Target::start();
    let mut server = proxy(&target, "");
    let (mut socket, _) = open(&server, "/x/ws", None).unwrap();
    socket.send(Message::text("a")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("a"));
    target.stop();
    assert!(socket.read().is_err(), "the target is gone");

    let target = Target::start();
    let other = proxy(&target, "");
    let (mut socket, _) = open(&other, "/x/ws", None).unwrap();
    socket.send(Message::text("a")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("a"));
    server = other;
    let (code, _) = server.stop(Signal::Terminate);
    assert_eq!(code, Some(0));
    assert!(socket.read().is_err(), "the server is gone");
}
