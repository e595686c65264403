//! A database that is locked, full, read-only or gone: a readable error, and nothing written.

use std::fs;

use rusqlite::Connection;

use crate::place::{Place, names, send};
use crate::postgres::{Cluster, execute, numbers};
use crate::support::TestServer;

const NEW: &str = r#"{"name":"new"}"#;

/// Writes are refused with this message, and reads go on.
#[track_caller]
fn assert_refused(server: &TestServer, message: &str) {
    for (method, path, body) in [
        ("POST", "/colors", NEW),
        ("PUT", "/colors/red", r#"{"value":"x"}"#),
        ("DELETE", "/colors/red", ""),
    ] {
        let (status, body) = send(server, method, path, body);
        assert_eq!(status, 503, "{method}: {body}");
        let told = body["error"]["message"].as_str().unwrap();
        assert!(told.contains(message), "{method}: {body}");
        assert!(!body["error"]["hint"].as_str().unwrap().is_empty());
    }
}

#[track_caller]
fn assert_unchanged_and_writable(server: &TestServer) {
    assert_eq!(server.get("/colors/red").json()["value"], "#f00");
    assert_eq!(names(server, "/colors"), ["red", "green", "blue"]);
    assert_eq!(send(server, "POST", "/colors", NEW).0, 201);
}

#[test]
fn locked() {
    let server = Place::colors().start();
    let other = Connection::open(server.folder.around().join(".qmlserve/tree.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_refused(&server, "the database is locked");
    assert_eq!(
        names(&server, "/colors").len(),
        3,
        "who reads does not wait"
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert_unchanged_and_writable(&server);

    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let url = cluster.new_database();
    let server = Place::colors().data(&url).start();
    thread_that_locks(&url, || assert_refused(&server, "the database is locked"));
    assert_unchanged_and_writable(&server);
}

/// Holds the table while `meanwhile` is done.
fn thread_that_locks(url: &str, meanwhile: impl FnOnce()) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let client = runtime.block_on(async {
        let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
        let (client, connection) = connected.unwrap();
        tokio::spawn(connection);
        let lock = "BEGIN; LOCK TABLE qmlserve_objects IN SHARE MODE";
        client.batch_execute(lock).await.unwrap();
        client
    });
    meanwhile();
    runtime.block_on(client.batch_execute("ROLLBACK")).unwrap();
}

#[test]
fn read_only() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let url = cluster.new_database();
    drop(Place::colors().data(&url).start());
    let name = url.rsplit_once('/').unwrap().1;
    let set = |value| {
        let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}");
        execute(&url.replace(name, "postgres"), &set).unwrap();
    };
    let server = Place::colors().data(&url).start();
    execute(&url, "REVOKE ALL ON qmlserve_objects FROM PUBLIC").unwrap();
    set("on");
    // Connections that are open keep their setting; they are ended, and new ones are made.
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    );
    execute(&url.replace(name, "postgres"), &end).unwrap();
    crate::support::wait_until(
        "it is read-only",
        || server.stderr(),
        || {
            send(&server, "POST", "/colors", NEW)
                .1
                .to_string()
                .contains("read-only")
        },
    );
    assert_refused(&server, "the database is read-only");
    assert_eq!(names(&server, "/colors").len(), 3);
}

#[test]
fn gone() {
    let server = Place::colors().start();
    let file = server.folder.around().join(".qmlserve/tree.db");
    let away = server.folder.around().join("away.db");
    fs::rename(&file, &away).unwrap();
    assert_refused(&server, "the database is gone");
    fs::rename(&away, &file).unwrap();
    assert_unchanged_and_writable(&server);
}

/// A file system of its own with little room; only root may make one.
#[cfg(target_os = "linux")]
#[test]
#[allow(clippy::print_stderr, reason = "a test that is left out says so")]
fn full() {
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=400k", "none"])
        .arg(folder.path())
        .output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("LEFT OUT: no small file system; run as root where mount is allowed");
        return;
    }
    let file = folder.path().join("c.db").display().to_string();
    let server = Place::colors().data(&file).start();
    let large = "x".repeat(20_000);
    let mut kept = Vec::new();
    let refused = (0..100).find_map(|n| {
        let name = format!("n{n}");
        let body = format!(r#"{{"name":"{name}","v":"{large}"}}"#);
        let (status, body) = send(&server, "POST", "/colors", &body);
        if status == 201 {
            kept.push(name);
            return None;
        }
        assert_eq!(status, 503, "{body}");
        Some(body.to_string())
    });
    let refused = refused.expect("it is full at some time");
    assert!(refused.contains("the database is full"), "{refused}");
    assert!(!kept.is_empty());
    for name in &kept {
        assert_eq!(
            server.get(&format!("/colors/{name}")).status,
            200,
            "{name} was answered"
        );
    }
    assert_eq!(names(&server, "/colors").len(), kept.len() + 3);
    drop(server);
    let unmounted = Command::new("umount").arg(folder.path()).status().unwrap();
    assert!(unmounted.success());
}

/// A process of the database that takes questions and answers none, as one on a machine that hangs.
#[test]
fn frozen() {
    let Some(cluster) = Cluster::shared() else {
        return;
    };
    let url = cluster.new_database();
    let server = Place::colors().data(&url).start();
    let name = url.rsplit_once('/').unwrap().1;
    let frozen = Frozen::backends(&url.replace(name, "postgres"), name);
    for (method, path, body) in [
        ("GET", "/colors/red", ""),
        ("GET", "/colors", ""),
        ("PUT", "/colors/red", r#"{"value":"x"}"#),
    ] {
        let (status, body) = send(&server, method, path, body);
        // The one connection that was open is not used again.
        let expected = if path == "/colors/red" && method == "GET" {
            503
        } else {
            200
        };
        assert_eq!(status, expected, "{method} {path}: {body}");
        if status == 503 {
            let told = body["error"]["message"].as_str().unwrap();
            assert!(told.contains("does not answer in time"), "{told}");
        }
    }
    drop(frozen);
    assert_eq!(server.get("/colors/red").json()["value"], "x");
}

/// Processes that stand still until this is dropped.
struct Frozen(Vec<rustix::process::Pid>);

impl Frozen {
    /// The processes that serve the database `name`, found out by way of `url`.
    fn backends(url: &str, name: &str) -> Self {
        let select = format!("SELECT pid FROM pg_stat_activity WHERE datname = '{name}'");
        let pids = numbers(url, &select).into_iter();
        let pids: Vec<_> = pids.filter_map(rustix::process::Pid::from_raw).collect();
        assert!(!pids.is_empty());
        for pid in &pids {
            rustix::process::kill_process(*pid, rustix::process::Signal::STOP).unwrap();
        }
        Self(pids)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for pid in &self.0 {
            // One may have ended.
            let _ = rustix::process::kill_process(*pid, rustix::process::Signal::CONT);
        }
    }
}
