//! A WebSocket client for the tests: every wait has a deadline.

use std::net::{SocketAddr, TcpStream};

use tungstenite::client::IntoClientRequest;
use tungstenite::http::{HeaderName, HeaderValue, Response};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::support::{DEADLINE, Setup, TestServer};

/// What the server answered to an upgrade.
pub type Answer = Response<Option<Vec<u8>>>;

/// An open socket.
pub struct Socket {
    pub inner: WebSocket<TcpStream>,
}

impl Socket {
    /// Opens a path of the server.
    #[track_caller]
    pub fn open(server: &TestServer, path: &str) -> Self {
        Self::open_at(server.address, path)
    }

    #[track_caller]
    pub fn open_at(address: SocketAddr, path: &str) -> Self {
        match Self::try_open(address, path, &[]) {
            Ok((socket, _)) => socket,
            Err(refused) => panic!("{path} was refused: {refused:?}"),
        }
    }

    /// Opens a URI as the gateway gives it.
    #[track_caller]
    pub fn open_uri(server: &TestServer, uri: &str) -> Self {
        let (_, path) = uri.rsplit_once('/').expect("a path");
        Self::open(server, &format!("/{path}"))
    }

    /// The socket and the 101, or the other answer.
    #[track_caller]
    pub fn try_open(
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<(Self, Answer), Box<Answer>> {
        let mut request = format!("ws://{address}{path}")
            .into_client_request()
            .expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(
                HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
            );
        }
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        stream
            .set_write_timeout(Some(DEADLINE))
            .expect("a deadline");
        stream.set_nodelay(true).expect("no delay");
        match tungstenite::client(request, stream) {
            Ok((inner, response)) => Ok((Self { inner }, response)),
            Err(HandshakeError::Failure(Error::Http(response))) => Err(response),
            Err(error) => panic!("{path}: {error}"),
        }
    }

    #[track_caller]
    pub fn send(&mut self, message: impl Into<Message>) {
        self.inner.send(message.into()).expect("sent");
    }

    #[track_caller]
    pub fn read(&mut self) -> Message {
        self.inner.read().expect("a message")
    }

    /// The next message, which has to be this text.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        assert_eq!(self.text(), text);
    }

    /// The next text; pings are passed over.
    #[track_caller]
    pub fn text(&mut self) -> String {
        loop {
            match self.read() {
                Message::Text(text) => return text.as_str().to_owned(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("not a text: {other:?}"),
            }
        }
    }

    /// Reads until the server closes; its code and its words.
    #[track_caller]
    pub fn closed(&mut self) -> (CloseCode, String) {
        loop {
            match self.inner.read() {
                Ok(Message::Close(Some(frame))) => {
                    let said = (frame.code, frame.reason.as_str().to_owned());
                    // The answer goes out with the next call.
                    let _ = self.inner.flush();
                    return said;
                }
                Ok(Message::Close(None)) => return (CloseCode::Status, String::new()),
                Ok(_) => {}
                Err(error) => panic!("ended without a close: {error}"),
            }
        }
    }

    /// What it is told next is what it says itself: nothing else was on its
    /// way. Only for rooms of which `other` is a member too.
    #[track_caller]
    pub fn nothing_before(&mut self, other: &mut Socket, text: &str) {
        other.send(text);
        self.expect(text);
    }
}

/// A server with this config file.
pub fn configured(toml: &str) -> TestServer {
    let setup = Setup::new();
    let file = setup.folder().around().join("qmlserve.toml");
    std::fs::write(file, toml).expect("a config file");
    setup.start()
}

/// The hub's own state.
#[track_caller]
pub fn state(server: &TestServer) -> serde_json::Value {
    server.get("/@qmlserve/sockets").json()
}
