//! Files that change while they are sent.

use std::fs;
use std::io::{BufReader, Read as _, Write as _};

use crate::support::{TestServer, connect, head, wait_until};

#[test]
fn a_file_that_is_written_to_while_it_is_sent_arrives_whole_or_not_at_all() {
    const LENGTH: usize = 32 << 20;
    let server = TestServer::start(&[("main.qml", "Item {}\n")]);
    let large = |byte: u8| vec![byte; LENGTH];
    for (written, versioned, range, length) in [
        (b'a', false, "", LENGTH),
        (b'c', true, "", LENGTH),
        (b'd', false, "Range: bytes=7-\r\n", LENGTH - 7),
        (b'e', true, "Range: bytes=7-\r\n", LENGTH - 7),
    ] {
        server.write("large.bin", large(written));
        let path = || match versioned {
            true => format!("/@{}/large.bin", server.version()),
            false => "/large.bin".to_owned(),
        };
        wait_until(
            "the file is served as it is now",
            || server.stderr(),
            || server.get(&path()).body.first() == Some(&written),
        );
        let path = path();
        let mut stream = connect(server.address);
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{range}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let (_, headers) = head(&mut reader);
        let told = headers.iter().find(|(name, _)| name == "content-length");
        assert_eq!(told.unwrap().1, length.to_string(), "{path}");
        // In place, as a program that draws a picture does; of it not all was sent.
        fs::write(server.folder.on_disk("large.bin"), large(b'b')).unwrap();
        let mut body = Vec::new();
        // It ends by a reset maybe.
        let _ = reader.read_to_end(&mut body);
        assert!(body.len() < length, "{path}: all of {length} bytes");
        let strange = body.iter().find(|byte| **byte != written);
        assert_eq!(strange, None, "{path}: a mixture");
    }
}
