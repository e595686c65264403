//! A hundred megabytes each way, and what the server holds of them.

use std::io::{BufReader, Read as _, Write as _};
use std::thread;
use std::time::Duration;

use crate::support::{connect, head};
use crate::target::{Target, proxy};

const SIZE: usize = 100 << 20;

/// What the server may need more than before, in bytes: far below what passes.
#[cfg(target_os = "linux")]
const MORE: u64 = 24 << 20;

#[cfg(target_os = "linux")]
#[test]
fn a_large_answer_is_not_held() {
    let target = Target::start();
    let server = proxy(&target, "");
    server.get("/x/text");
    let before = server.peak_memory();
    let mut stream = connect(server.address);
    let request = format!("GET /x/download?n={SIZE} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::with_capacity(1 << 16, stream);
    let (_, headers) = head(&mut reader);
    assert!(headers.contains(&("content-length".to_owned(), SIZE.to_string())));
    // A client that takes nothing for a while: what the target sends meanwhile has to wait there.
    thread::sleep(Duration::from_millis(500));
    let (mut read, mut block) = (0, vec![0; 1 << 16]);
    while read < SIZE {
        let count = reader.read(&mut block).unwrap();
        assert!(count > 0, "it ends after {read}");
        for (at, byte) in block[..count].iter().enumerate() {
            assert_eq!(usize::from(*byte), (read + at) % 256);
        }
        read += count;
    }
    let grown = server.peak_memory() - before;
    assert!(grown < MORE, "{grown} bytes more");
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_body_is_not_held_nor_bounded() {
    let target = Target::start();
    // What is recorded is bounded; what passes is not.
    for more in ["", "mode = \"record\"\nmax_body = \"1MiB\""] {
        let server = proxy(&target, more);
        server.get("/x/text");
        let before = server.peak_memory();
        let mut stream = connect(server.address);
        let request =
            format!("POST /x/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {SIZE}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let block = vec![7_u8; 1 << 16];
        for _ in 0..SIZE / block.len() {
            stream.write_all(&block).unwrap();
        }
        let mut reader = BufReader::new(stream);
        assert_eq!(head(&mut reader).0, 200);
        let mut text = String::new();
        while !text.ends_with('}') {
            let mut byte = [0];
            reader.read_exact(&mut byte).unwrap();
            text.push(char::from(byte[0]));
        }
        assert!(text.contains(&format!("\"bytes\": {SIZE}")), "{text}");
        let grown = server.peak_memory() - before;
        assert!(grown < MORE, "{grown} bytes more");
        if !more.is_empty() {
            server.logged("passed on and not recorded: its body has more than 1048576 bytes");
        }
    }
}
