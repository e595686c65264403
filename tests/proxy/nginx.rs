//! nginx as a target.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::Running;
use crate::target::configured;

struct Nginx {
    _running: Running,
    folder: TempDir,
    port: u16,
}

impl Nginx {
    /// Starts it on a port that nobody has; nothing where it is not installed.
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn start() -> Option<Self> {
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"];
        let Some(program) = program
            .iter()
            .find(|path| std::path::Path::new(path).exists())
        else {
            let message = "SKIPPED: nginx is not installed: apt-get install nginx-light";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{message}");
            eprintln!("{message}");
            return None;
        };
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let at = folder.path().display();
            fs::create_dir(folder.path().join("base")).unwrap();
            let config = format!(
                "daemon off; pid {at}/pid; error_log {at}/error.log; worker_processes 1;\n\
                 events {{}}\n\
                 http {{ access_log off; gzip on; gzip_min_length 0; gzip_types application/json;\n\
                 types {{ application/json json; text/plain txt; }}\n\
                 client_body_temp_path {at}; proxy_temp_path {at}; fastcgi_temp_path {at};\n\
                 uwsgi_temp_path {at}; scgi_temp_path {at};\n\
                 server {{ listen 127.0.0.1:{port}; root {at}; }} }}\n\
                 {}",
                if rustix::process::geteuid().is_root() {
                    "user root;"
                } else {
                    ""
                }
            );
            let file = folder.path().join("nginx.conf");
            fs::write(&file, config).unwrap();
            let mut running = Running::spawn(Command::new(program).arg("-c").arg(&file));
            for _ in 0..100 {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(Self {
                        _running: running,
                        folder,
                        port,
                    });
                }
                thread::sleep(Duration::from_millis(20));
            }
            running.kill();
        }
        panic!("nginx does not start");
    }
}

#[test]
fn files_parts_of_them_and_compression() {
    let Some(nginx) = Nginx::start() else { return };
    let base = nginx.folder.path().join("base");
    fs::write(base.join("a.json"), "[1, 2, 3]".repeat(100)).unwrap();
    fs::create_dir(base.join("dir")).unwrap();
    let large: Vec<u8> = (0..5_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    fs::write(base.join("large.bin"), &large).unwrap();
    let toml = format!(
        "[[proxy]]\npath = \"/x\"\nto = \"http://localhost:{}/base\"\n",
        nginx.port
    );
    let server = configured(&toml, &[]);

    let answer = server.get_with("/x/a.json", &[("Accept-Encoding", "gzip")]);
    assert_eq!(
        answer.header("content-encoding"),
        Some("gzip"),
        "compressed as for anybody"
    );
    assert!(answer.body.starts_with(b"\x1f\x8b"));
    assert_eq!(server.get("/x/a.json").text(), "[1, 2, 3]".repeat(100));
    assert_eq!(server.get("/x/large.bin").body, large);
    let part = server.get_with("/x/large.bin", &[("Range", "bytes=10-19")]);
    assert_eq!((part.status, &part.body[..]), (206, &large[10..20]));
    let tag = server.get("/x/a.json").header("etag").unwrap().to_owned();
    let same = server.get_with("/x/a.json", &[("If-None-Match", &tag)]);
    assert_eq!((same.status, same.body.len()), (304, 0));
    // It sends on to itself, by its whole URL.
    let answer = server.get("/x/dir");
    assert_eq!(
        (answer.status, answer.header("location")),
        (301, Some("/x/dir/"))
    );
    assert_eq!(server.get("/x/missing").status, 404);
    for _ in 0..50 {
        assert_eq!(server.get("/x/a.json").status, 200, "over kept connections");
    }
}
