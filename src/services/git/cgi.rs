//! From HTTP to `git http-backend` and back (RFC 3875): a process for each request, bodies
//! streamed both ways, bounded in size and in time. Knows nothing of what is pushed.

use std::cell::Cell;
use std::io;
use std::process::Stdio;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{StreamExt as _, stream};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{debug, warn};

use super::{Deploy, hook};
use crate::http::Share;

/// How long a body may say nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// How long git may take for one request, with all that its hooks do.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How long a git that was told to end has for it.
const LAST_CALL: Duration = Duration::from_secs(3);

/// What one asks for who clones, in bytes.
const LARGEST_QUESTION: u64 = 16 << 20;

/// As much is heard of a body that nobody wants any more, so that its sender comes to read why.
const HEARD_OUT: u64 = 4 << 30;

/// And for so long.
const HEARD_OUT_FOR: Duration = Duration::from_secs(300);

/// The longest line of a head, in bytes.
const LONGEST_LINE: u64 = 8 * 1024;

/// Read at a time, in bytes.
const PIECE: usize = 32 * 1024;

/// Why git was ended before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The body is larger than this.
    Large(u64),
    /// The sender has gone, or is silent.
    Broken,
}

/// One request while git is at it.
pub(super) struct Running {
    deploy: Arc<Deploy>,
    push: u64,
    largest: u64,
    is_push: bool,
    _place: Share,
}

impl Running {
    /// A push, or anything else.
    pub(super) fn new(deploy: &Arc<Deploy>, is_push: bool, place: Share) -> Self {
        Self {
            deploy: Arc::clone(deploy),
            push: if is_push { deploy.began() } else { 0 },
            largest: match is_push {
                true => deploy.config.largest,
                false => LARGEST_QUESTION,
            },
            is_push,
            _place: place,
        }
    }

    /// Has git answer the request, at this path below the repository.
    ///
    /// # Errors
    /// Git does not start, or says nothing.
    pub(super) async fn answer(
        self,
        request: &HttpRequest,
        body: Payload,
        path: &str,
    ) -> io::Result<HttpResponse> {
        let spawned = self.spawn(request, path);
        let piped = spawned.map(|mut child| (child.stdin.take(), child.stdout.take(), child));
        let (input, output, mut child) = match piped {
            Ok((Some(input), Some(output), child)) => (input, output, child),
            other => {
                self.ended().await;
                return Err(other.err().unwrap_or(io::ErrorKind::BrokenPipe.into()));
            }
        };
        let cut = Rc::new(Cell::new(None));
        let group = group(&child);
        let largest = self.largest;
        let fed = actix_web::rt::spawn(feed(body, input, largest, Rc::clone(&cut), group));
        let mut output = BufReader::with_capacity(PIECE, output);
        let read = timeout(LONGEST, head(&mut output)).await;
        let Ok(Ok((status, headers))) = read else {
            end(&mut child, group).await;
            self.ended().await;
            return Err(io::Error::other("it ended without an answer"));
        };
        let (pieces, answer) = mpsc::channel(4);
        actix_web::rt::spawn(async move {
            let copied = timeout(LONGEST, copy(output, &pieces, self.is_push)).await;
            if copied.is_err() {
                warn!("a push or clone takes longer than {LONGEST:?} and is ended");
            }
            let is_whole = end(&mut child, group).await;
            // Its sender reads when all has been sent.
            let sent = fed.abort_handle();
            if timeout(HEARD_OUT_FOR, fed).await.is_err() {
                sent.abort();
            }
            self.ended().await;
            match cut.get() {
                Some(Cut::Large(largest)) if self.is_push => {
                    let line = format!(
                        "this push is larger than {largest} bytes; push less at a time, or set \
                         largest in [git] of the server's qmlserve.toml"
                    );
                    // It may have gone.
                    let _ = pieces.send(Ok(fatal(&line))).await;
                }
                None if is_whole => {}
                cut => {
                    debug!("a push or clone was cut off: {cut:?}");
                    // A git whose answer breaks off and looks complete waits for the rest for ever.
                    let broken = io::Error::other("git was ended before it was done");
                    let _ = pieces.send(Err(broken)).await;
                }
            }
        });
        let mut response = HttpResponse::build(status);
        for header in headers {
            response.append_header(header);
        }
        let pieces = stream::unfold(answer, |mut answer| async move {
            let piece = answer.recv().await?;
            Some((piece, answer))
        });
        Ok(response.streaming(Box::pin(pieces)))
    }

    async fn ended(&self) {
        if self.is_push {
            self.deploy.ended(self.push).await;
        }
    }

    fn spawn(&self, request: &HttpRequest, path: &str) -> io::Result<Child> {
        let headers = request.headers();
        let mut command = self.deploy.repository.command();
        command
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", self.deploy.repository.dir())
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("GATEWAY_INTERFACE", "CGI/1.1")
            .env("SERVER_PROTOCOL", "HTTP/1.1")
            .env("PATH_INFO", path)
            .env("REQUEST_METHOD", request.method().as_str())
            .env("QUERY_STRING", request.query_string())
            .env(hook::SOCKET, self.deploy.socket_path())
            .env(hook::PUSH, self.push.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(self.deploy.in_use.try_clone()?)
            .process_group(0);
        for (name, header) in [
            ("CONTENT_TYPE", "content-type"),
            ("CONTENT_LENGTH", "content-length"),
            ("HTTP_CONTENT_ENCODING", "content-encoding"),
            ("GIT_PROTOCOL", "git-protocol"),
        ] {
            if let Some(value) = plain(headers, header) {
                command.env(name, value);
            }
        }
        if let Some(peer) = request.peer_addr() {
            command.env("REMOTE_ADDR", peer.ip().to_string());
        }
        command.spawn()
    }
}

/// A header's value, if it is of the kind that git knows.
fn plain<'r>(headers: &'r HeaderMap, name: &str) -> Option<&'r str> {
    let value = headers.get(name)?.to_str().ok()?;
    let fits = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    (value.len() <= 200 && value.bytes().all(fits)).then_some(value)
}

/// Hands the body to git, as much as it may have.
async fn feed(
    mut body: Payload,
    input: ChildStdin,
    largest: u64,
    cut: Rc<Cell<Option<Cut>>>,
    group: Option<Pid>,
) {
    let mut input = Some(input);
    let mut came: u64 = 0;
    loop {
        let bytes = match timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(bytes))) => bytes,
            Ok(None) => return,
            Ok(Some(Err(_))) | Err(_) => {
                if input.is_some() {
                    cut.set(Some(Cut::Broken));
                    signal(group, Signal::TERM);
                }
                return;
            }
        };
        came += bytes.len() as u64;
        if came > largest && input.take().is_some() {
            cut.set(Some(Cut::Large(largest)));
            signal(group, Signal::TERM);
        }
        if let Some(pipe) = &mut input
            && pipe.write_all(&bytes).await.is_err()
        {
            // Git has heard enough; its answer says why.
            input = None;
        }
        if came > HEARD_OUT {
            return;
        }
    }
}

/// Reads the head of git's answer.
async fn head(
    output: &mut BufReader<ChildStdout>,
) -> io::Result<(StatusCode, Vec<(HeaderName, HeaderValue)>)> {
    let mut status = StatusCode::OK;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        (&mut *output)
            .take(LONGEST_LINE)
            .read_line(&mut line)
            .await?;
        if !line.ends_with('\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim();
        let Some((name, value)) = line.split_once(':') else {
            return Ok((status, headers));
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().unwrap_or_default();
            status = StatusCode::from_bytes(code.as_bytes()).unwrap_or(StatusCode::BAD_GATEWAY);
        } else if let (Ok(name), Ok(value)) = (name.parse(), value.parse()) {
            headers.push((name, value));
        }
    }
}

/// Passes git's answer on. Where nobody reads that of a push any more it is read all the same:
/// what has been let in is served.
async fn copy(
    mut output: BufReader<ChildStdout>,
    pieces: &mpsc::Sender<io::Result<Bytes>>,
    is_push: bool,
) {
    let mut buffer = vec![0; PIECE];
    while let Ok(length @ 1..) = output.read(&mut buffer).await {
        let piece = buffer.get(..length).unwrap_or_default();
        let sent = pieces.send(Ok(Bytes::copy_from_slice(piece))).await;
        if sent.is_err() && !is_push {
            return;
        }
    }
}

/// Waits for the end of git, which has closed its output; whether it was done by then.
async fn end(child: &mut Child, group: Option<Pid>) -> bool {
    match timeout(LAST_CALL, child.wait()).await {
        Ok(ended) => ended.is_ok_and(|status| status.success()),
        Err(_) => {
            signal(group, Signal::KILL);
            let _ = child.wait().await;
            false
        }
    }
}

/// The process group of git, which has what it starts as well.
fn group(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| Pid::from_raw(id.cast_signed()))
}

fn signal(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        // It may have ended.
        let _ = kill_process_group(group, signal);
    }
}

/// What git shows as the reason why all is over (gitprotocol-pack(5): band 3).
fn fatal(line: &str) -> Bytes {
    let length = line.len() + 6;
    format!("{length:04x}\u{3}{line}\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets() {
        assert_eq!(fatal("no"), Bytes::from_static(b"0008\x03no\n"));
    }

    #[test]
    fn what_git_is_told_of_headers() {
        let mut headers = HeaderMap::new();
        let mut given = |name: &'static str, value: &[u8]| {
            let value = HeaderValue::from_bytes(value).unwrap();
            headers.insert(HeaderName::from_static(name), value);
        };
        given("git-protocol", b"version=2");
        given("content-type", b"caf\xe9");
        assert_eq!(plain(&headers, "git-protocol"), Some("version=2"));
        assert_eq!(plain(&headers, "content-type"), None);
        assert_eq!(plain(&headers, "content-length"), None);
    }
}
