//! What a client asks of the server: a way in between that notes it down.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes everything on, both ways, until the test ends.
pub struct Proxy {
    /// Its URL, in place of the server's.
    pub url: String,
    asked: Arc<Mutex<String>>,
}

impl Proxy {
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let asked: Arc<Mutex<String>> = Arc::default();
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(server).unwrap());
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let noted = Arc::clone(&noted);
                thread::spawn(move || pass(client, server, |text| *noted.lock().unwrap() += text));
                thread::spawn(move || pass(back.0, back.1, |_| ()));
            }
        });
        Self { url, asked }
    }

    /// All that it asked so far.
    pub fn asked(&self) -> String {
        self.asked.lock().unwrap().clone()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut note: impl FnMut(&str)) {
    let mut bytes = [0; 16 * 1024];
    // Either side may end at any time.
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        note(&String::from_utf8_lossy(&bytes[..count]));
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
