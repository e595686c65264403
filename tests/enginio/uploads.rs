//! Files on their way: never a whole one in memory, nothing left of what broke off, and parts of
//! what is there.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use serde_json::{Value, json};

use crate::api::{Api, start};
use crate::files::{chunk, on_disk};
use crate::support::{connect, wait_until};

/// With room for large files, but not in memory.
const LARGE: &str = "[enginio.main]\nmax_file = \"1GiB\"\n[limits]\nmemory = \"8MiB\"\n";

/// The size of a large file, in bytes.
const SIZE: usize = 64 << 20;

/// The beginning and the end of a form.
const BEGIN: &str =
    "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large\"\r\n\r\n";
const END: &str = "\r\n--B--\r\n";

/// A connection on which the head of a request was sent.
fn begin(address: SocketAddr, request: &str, length: usize, headers: &str) -> TcpStream {
    let mut stream = connect(address);
    let head = format!(
        "{request} HTTP/1.1\r\nHost: localhost\r\nEnginio-Backend-Id: main\r\n\
         Connection: close\r\nContent-Length: {length}\r\n{headers}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

fn begin_form(address: SocketAddr, size: usize) -> TcpStream {
    let length = BEGIN.len() + size + END.len();
    let headers = "Content-Type: multipart/form-data; boundary=B";
    let mut stream = begin(address, "POST /v1/files", length, headers);
    stream.write_all(BEGIN.as_bytes()).unwrap();
    stream
}

/// What a request is answered with.
fn answer(mut stream: TcpStream) -> (u16, Value) {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

/// Uploads a large file, tells its id.
fn upload(address: SocketAddr) -> String {
    let mut stream = begin_form(address, SIZE);
    let piece = vec![7; 1 << 20];
    for _ in 0..SIZE >> 20 {
        stream.write_all(&piece).unwrap();
    }
    stream.write_all(END.as_bytes()).unwrap();
    let (status, file) = answer(stream);
    assert_eq!((status, &file["fileSize"]), (201, &json!(SIZE)), "{file}");
    file["id"].as_str().unwrap().to_owned()
}

/// Fetches a large file.
fn download(address: SocketAddr, url: &str) {
    let path = url.split_once("/v1/").unwrap().1;
    let mut stream = begin(address, &format!("GET /v1/{path}"), 0, "X-None: 1");
    let mut piece = vec![0; 1 << 20];
    let mut read = 0;
    loop {
        match stream.read(&mut piece).unwrap() {
            0 => break,
            more => read += more,
        }
    }
    assert!(read > SIZE, "{read} bytes came");
}

#[test]
fn large_files_are_never_in_memory_as_a_whole() {
    let server = start(LARGE, None);
    let nobody = Api::nobody(&server);
    let address = server.address;
    upload(address);
    let before = server.peak_memory();
    let ids: Vec<String> = thread::scope(|scope| {
        let uploads: Vec<_> = (0..3)
            .map(|_| scope.spawn(move || upload(address)))
            .collect();
        let ids = uploads.into_iter().map(|upload| upload.join().unwrap());
        ids.collect()
    });
    thread::scope(|scope| {
        for id in &ids {
            let (_, url) = nobody.get(&format!("/v1/files/{id}/download_url"));
            let url = url["expiringUrl"].as_str().unwrap().to_owned();
            scope.spawn(move || download(address, &url));
        }
    });
    // As one chunk of any size.
    let (_, file) = nobody.call("POST", "/v1/files", &json!({}));
    let path = format!("PUT /v1/files/{}/chunk", file["id"].as_str().unwrap());
    let range = format!("Content-Range: 0-{SIZE}/{SIZE}");
    let mut stream = begin(address, &path, SIZE, &range);
    let piece = vec![7; 1 << 20];
    for _ in 0..SIZE >> 20 {
        stream.write_all(&piece).unwrap();
    }
    let (status, file) = answer(stream);
    assert_eq!(
        (status, &file["status"]),
        (200, &json!("complete")),
        "{file}"
    );
    let more = server.peak_memory().saturating_sub(before);
    assert!(more < SIZE as u64 / 4, "{more} bytes more");
    assert_eq!(on_disk(&server), 5);
}

#[test]
fn nothing_is_left_of_an_upload_that_breaks_off() {
    let mut server = start(LARGE, None);
    let nobody = Api::nobody(&server);
    let left = || format!("{} files", on_disk(&server));
    let mut form = begin_form(server.address, 1 << 20);
    form.write_all(&vec![7; 1 << 19]).unwrap();
    wait_until("it is on its way to the disk", left, || {
        on_disk(&server) == 1
    });
    drop(form);
    wait_until("it is gone", left, || on_disk(&server) == 0);

    let (_, file) = nobody.call("POST", "/v1/files", &json!({}));
    let id = file["id"].as_str().unwrap();
    assert_eq!(chunk(&nobody, id, "0-4/8", b"abcd").0, 200);
    let request = format!("PUT /v1/files/{id}/chunk");
    let mut second = begin(server.address, &request, 4, "Content-Range: 4-8/8");
    second.write_all(b"XY").unwrap();
    wait_until("it is on its way to the disk", left, || {
        on_disk(&server) == 2
    });
    drop(second);
    wait_until("it is gone", left, || on_disk(&server) == 1);
    // Out of order as ever; what is next is next.
    assert_eq!(chunk(&nobody, id, "6-8/8", b"gh").0, 400);
    assert_eq!(chunk(&nobody, id, "4-8/8", b"efg").0, 400);
    assert_eq!(chunk(&nobody, id, "4-8/8", b"efghi").0, 400);
    assert_eq!(chunk(&nobody, id, "4-8/8", b"efgh").0, 200);
    let folder = server.folder.around().join(".qmlserve/.tree.enginio/files");
    assert_eq!(fs::read(folder.join(id)).unwrap(), b"abcdefgh");
    assert_eq!(on_disk(&server), 1);
    // Nor where the server breaks off.
    let mut form = begin_form(server.address, 1 << 20);
    form.write_all(&vec![7; 1 << 19]).unwrap();
    wait_until("it is on its way to the disk", left, || {
        on_disk(&server) == 2
    });
    server.kill();
    server.restart();
    assert_eq!(on_disk(&server), 1);
}

#[test]
fn of_two_chunks_that_come_at_once_one_is_taken() {
    let server = start(LARGE, Some(":memory:"));
    let nobody = Api::nobody(&server);
    for _ in 0..10 {
        let (_, file) = nobody.call("POST", "/v1/files", &json!({}));
        let id = file["id"].as_str().unwrap();
        let request = format!("PUT /v1/files/{id}/chunk");
        let mut both = [(); 2].map(|()| begin(server.address, &request, 4, "Content-Range: 0-4/4"));
        both[0].write_all(b"aa").unwrap();
        both[1].write_all(b"bbbb").unwrap();
        both[0].write_all(b"aa").unwrap();
        let statuses = both.map(|stream| answer(stream).0);
        assert!(
            statuses == [200, 400] || statuses == [400, 200],
            "{statuses:?}"
        );
        let (_, url) = nobody.get(&format!("/v1/files/{id}/download_url"));
        let content = server.get(url["expiringUrl"].as_str().unwrap()).body;
        let taken: &[u8] = if statuses[0] == 200 { b"aaaa" } else { b"bbbb" };
        assert_eq!(content, taken);
    }
}

#[test]
fn whoever_may_not_upload_does_not_get_to_the_disk() {
    let config = "[enginio.main]\n[enginio.main.types.files]\ncreate = [\"users\"]\n";
    let server = start(config, None);
    let (status, refused) = crate::files::upload(&Api::nobody(&server), &json!({}), b"x");
    assert_eq!(status, 401, "{refused}");
    // Not even for as long as it lasts.
    let mut stream = begin_form(server.address, 1 << 20);
    stream.write_all(&vec![7; 1 << 19]).unwrap();
    let others = crate::files::upload(&Api::user(&server, "ann"), &json!({}), b"x");
    assert_eq!((others.0, on_disk(&server)), (201, 1));
    stream.write_all(&vec![7; 1 << 19]).unwrap();
    stream.write_all(END.as_bytes()).unwrap();
    assert_eq!(answer(stream).0, 401);
    assert_eq!(on_disk(&server), 1);
}

#[test]
fn parts_of_a_file() {
    let server = start(LARGE, Some(":memory:"));
    let nobody = Api::nobody(&server);
    let (_, file) = crate::files::upload(&nobody, &json!({}), b"0123456789");
    let (_, url) = nobody.get(&format!(
        "/v1/files/{}/download_url",
        file["id"].as_str().unwrap()
    ));
    let url = url["expiringUrl"].as_str().unwrap();
    for (range, status, body, content_range) in [
        ("bytes=2-4", 206, "234", Some("bytes 2-4/10")),
        ("bytes=7-", 206, "789", Some("bytes 7-9/10")),
        ("bytes=-2", 206, "89", Some("bytes 8-9/10")),
        ("bytes=10-", 416, "", Some("bytes */10")),
        ("bytes=x", 200, "0123456789", None),
    ] {
        let response = server.get_with(url, &[("Range", range)]);
        assert_eq!(response.status, status, "{range}");
        assert_eq!(response.text(), body, "{range}");
        assert_eq!(response.header("content-range"), content_range, "{range}");
    }
    // A download that goes on goes on with the same file.
    let etag = server.get(url).header("etag").unwrap().to_owned();
    let goes_on = |etag: &str| server.get_with(url, &[("Range", "bytes=5-"), ("If-Range", etag)]);
    assert_eq!(goes_on(&etag).text(), "56789");
    assert_eq!(goes_on("\"another\"").text(), "0123456789");
    let head = server.request("HEAD", url, &[], &[]);
    assert_eq!(head.header("content-length"), Some("10"));
}
