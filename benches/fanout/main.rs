//! The load of the fan-out benchmark: many sockets that listen, one that
//! speaks. Prints one line of JSON. `run.py` starts it against each server.
//!
//! It speaks just enough of the protocol by itself, so that it costs less than
//! what it measures: every message has one fixed length.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark fails loudly"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore, mpsc};

/// Bytes of a message; its first 16 are the moment at which it was sent.
const LENGTH: usize = 100;

/// A server's frame around it.
const FRAME: usize = LENGTH + 2;

/// How many connections are opened at a time.
const OPENING: usize = 64;

/// How long a run may take in all.
const DEADLINE: Duration = Duration::from_secs(300);

struct Options {
    address: SocketAddr,
    path: String,
    sockets: usize,
    messages: u64,
    /// How many messages may be on their way.
    window: u64,
    /// Pause between two messages, for latencies; none for throughput.
    pause: Duration,
    /// Sockets that never read, beside the others.
    stuck: usize,
    /// Wait for a line on standard input once all are open.
    hold: bool,
}

impl Options {
    fn parse() -> Option<Self> {
        let mut options = Self {
            address: ([127, 0, 0, 1], 0).into(),
            path: "/".to_owned(),
            sockets: 1000,
            messages: 1000,
            window: 32,
            pause: Duration::ZERO,
            stuck: 0,
            hold: false,
        };
        let mut args = std::env::args().skip(1);
        while let Some(name) = args.next() {
            // Cargo says this to every benchmark.
            if name == "--bench" {
                continue;
            }
            let value = args.next()?;
            match name.as_str() {
                "--address" => options.address = value.parse().ok()?,
                "--path" => options.path = value,
                "--sockets" => options.sockets = value.parse().ok()?,
                "--messages" => options.messages = value.parse().ok()?,
                "--window" => options.window = value.parse().ok()?,
                "--pause-ms" => options.pause = Duration::from_millis(value.parse().ok()?),
                "--stuck" => options.stuck = value.parse().ok()?,
                "--hold" => options.hold = value == "yes",
                _ => return None,
            }
        }
        (options.address.port() != 0).then_some(options)
    }
}

/// What the listeners share.
struct Tally {
    start: Instant,
    received: AtomicU64,
    /// Wakes the speaker when a whole message more has arrived everywhere.
    progress: Notify,
    sockets: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Some(options) = Options::parse() else {
        println!(
            "usage: fanout --address IP:PORT [--path PATH] [--sockets N] [--messages N] \
             [--window N] [--pause-ms N] [--stuck N] [--hold yes]"
        );
        return;
    };
    let outcome = tokio::time::timeout(DEADLINE, run(&options)).await;
    outcome.expect("the run ends in time");
}

async fn run(options: &Options) {
    let tally = Arc::new(Tally {
        start: Instant::now(),
        received: AtomicU64::new(0),
        progress: Notify::new(),
        sockets: options.sockets as u64,
    });
    let gate = Arc::new(Semaphore::new(OPENING));
    let (latencies, mut collected) = mpsc::unbounded_channel();
    let mut opening = Vec::new();
    for _ in 0..options.sockets {
        let (gate, path) = (Arc::clone(&gate), options.path.clone());
        let address = options.address;
        opening.push(tokio::spawn(async move {
            let _permit = gate.acquire().await.unwrap();
            open(address, &path).await
        }));
    }
    for opened in opening {
        let stream = opened.await.unwrap();
        tokio::spawn(listen(
            stream,
            Arc::clone(&tally),
            latencies.clone(),
            options.messages,
        ));
    }
    drop(latencies);
    let mut stuck = Vec::new();
    for _ in 0..options.stuck {
        stuck.push(open(options.address, &options.path).await);
    }
    let mut speaker = open(options.address, &options.path).await;
    if options.hold {
        println!("open");
        let mut line = [0; 1];
        let _ = tokio::io::AsyncReadExt::read(&mut tokio::io::stdin(), &mut line).await;
    }

    let begin = Instant::now();
    for number in 0..options.messages {
        while number * tally.sockets
            >= tally.received.load(Relaxed) + options.window * tally.sockets
        {
            tally.progress.notified().await;
        }
        speaker.write_all(&message(tally.start)).await.unwrap();
        if !options.pause.is_zero() {
            tokio::time::sleep(options.pause).await;
        }
    }
    while tally.received.load(Relaxed) < options.messages * tally.sockets {
        tally.progress.notified().await;
    }
    let took = begin.elapsed();

    let mut all: Vec<u32> = Vec::new();
    while let Some(mut some) = collected.recv().await {
        all.append(&mut some);
    }
    all.sort_unstable();
    let at = |share: f64| f64::from(all[((all.len() - 1) as f64 * share) as usize]) / 1000.0;
    let delivered = options.messages * tally.sockets;
    println!(
        "{{\"delivered\":{delivered},\"seconds\":{:.3},\"per_second\":{:.0},\
         \"p50_ms\":{:.3},\"p99_ms\":{:.3},\"max_ms\":{:.3}}}",
        took.as_secs_f64(),
        delivered as f64 / took.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0),
    );
    drop(stuck);
}

/// Connects and upgrades.
async fn open(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await.expect("an answer");
        head.push(byte);
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    stream
}

/// A message as a client sends it: masked, with zeros.
fn message(start: Instant) -> Vec<u8> {
    let now = u64::try_from(start.elapsed().as_micros()).unwrap();
    let mut bytes = vec![0x81, 0x80 | LENGTH as u8, 0, 0, 0, 0];
    bytes.extend_from_slice(format!("{now:016x}").as_bytes());
    bytes.resize(6 + LENGTH, b'.');
    bytes
}

/// Counts messages and notes how long each was on its way.
async fn listen(
    mut stream: TcpStream,
    tally: Arc<Tally>,
    latencies: mpsc::UnboundedSender<Vec<u32>>,
    messages: u64,
) {
    let mut buffer = [0; FRAME * 64];
    let mut held = 0;
    let mut took = Vec::with_capacity(messages as usize);
    while (took.len() as u64) < messages {
        let read = stream.read(&mut buffer[held..]).await.expect("a message");
        assert!(read > 0, "a socket was closed");
        held += read;
        let now = u64::try_from(tally.start.elapsed().as_micros()).unwrap();
        let whole = held / FRAME;
        for frame in buffer[..whole * FRAME].chunks_exact(FRAME) {
            assert_eq!(frame[..2], [0x81, LENGTH as u8], "only messages come");
            let sent = std::str::from_utf8(&frame[2..18]).unwrap();
            let sent = u64::from_str_radix(sent, 16).unwrap();
            took.push(u32::try_from(now - sent).unwrap_or(u32::MAX));
        }
        buffer.copy_within(whole * FRAME..held, 0);
        held -= whole * FRAME;
        let before = tally.received.fetch_add(whole as u64, Relaxed);
        if (before + whole as u64) / tally.sockets != before / tally.sockets {
            tally.progress.notify_one();
        }
    }
    let _ = latencies.send(took);
    drop(latencies);
    // Stays open until all are done.
    let _ = stream.read(&mut buffer).await;
}
