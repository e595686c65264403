//! Requests and answers: an ordinary client, and raw bytes for odd ones.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Instant;

use super::DEADLINE;

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers in the order in which they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON: {error}\n{self:?}"))
    }
}

/// An ordinary client: keeps connections, follows no redirect.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(DEADLINE))
        .allow_non_standard_methods(true)
        .build()
        .into()
}

/// Sends one request with `agent`.
#[track_caller]
pub fn request(
    agent: &ureq::Agent,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Response {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let failed = |error: &dyn std::fmt::Display| -> ! { panic!("{method} {url}: {error}") };
    let outcome = if body.is_empty() {
        agent.run(request.body(()).unwrap_or_else(|error| failed(&error)))
    } else {
        agent.run(request.body(body).unwrap_or_else(|error| failed(&error)))
    };
    let mut response = outcome.unwrap_or_else(|error| failed(&error));
    let mut bytes = Vec::new();
    response
        .body_mut()
        .as_reader()
        .read_to_end(&mut bytes)
        .unwrap_or_else(|error| failed(&error));
    Response {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect(),
        body: bytes,
    }
}

/// Sends these bytes and reads one answer.
#[track_caller]
pub fn raw(address: SocketAddr, bytes: &[u8]) -> Response {
    let stream = connect(address);
    let deadline = Instant::now() + DEADLINE;
    exchange(Limited { stream, deadline }, bytes)
}

/// Sends these bytes over a connection and reads one answer.
#[track_caller]
pub fn exchange(mut stream: impl Read + Write, bytes: &[u8]) -> Response {
    stream.write_all(bytes).expect("the request is sent");
    stream.flush().expect("the request is sent");
    let mut reader = BufReader::new(stream);
    let (status, headers) = head(&mut reader);
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
    };
    let length = response
        .header("content-length")
        .and_then(|length| length.parse::<u64>().ok());
    let has_body = !bytes.starts_with(b"HEAD ") && !matches!(status, 101 | 204 | 304);
    if has_body {
        let read = match length {
            Some(length) => reader.take(length).read_to_end(&mut response.body),
            None => reader.read_to_end(&mut response.body),
        };
        read.unwrap_or_else(|error| panic!("the body of {response:?}: {error}"));
    }
    response
}

/// A connection that is read from until a deadline, even if something comes all
/// the time.
struct Limited {
    stream: TcpStream,
    deadline: Instant,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buffer)
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A connection on which nothing blocks for ever.
#[track_caller]
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, DEADLINE).expect("a connection");
    stream
        .set_read_timeout(Some(DEADLINE))
        .expect("a read timeout");
    stream
        .set_write_timeout(Some(DEADLINE))
        .expect("a write timeout");
    stream
}

/// Reads status and headers of an answer.
#[track_caller]
pub fn head(reader: &mut impl BufRead) -> (u16, Vec<(String, String)>) {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let read = reader.read_line(&mut line);
        let read = read.unwrap_or_else(|error| panic!("no answer: {error}; so far {lines:?}"));
        assert!(read > 0, "the connection was closed; so far {lines:?}");
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_owned());
    }
    let status = lines
        .first()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no status in {lines:?}"));
    let headers = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    (status, headers)
}

/// An address of this machine that is not loopback, as another machine's would be.
pub fn own_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: it only finds out the way.
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}
