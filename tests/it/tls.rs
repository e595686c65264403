//! The server over TLS: its certificates, what is announced, what comes without, and what is wrong
//! with the files of others.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use rcgen::{CertificateParams, KeyPair};
use time::{Duration, OffsetDateTime};

use crate::support::{
    Finished, Folder, Response, Setup, TestServer, command, connect, connect_tls, exchange,
    own_address, run, wait_until,
};

const ITEM: &str = "Item {}\n";
const TOKEN: &str = "correct-horse-battery";

fn secure() -> TestServer {
    Setup::new().file("main.qml", ITEM).tls().start()
}

fn get(server: &TestServer, path: &str, headers: &str) -> Response {
    let host = format!("localhost:{}", server.port());
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
    server.exchange(request.as_bytes())
}

#[track_caller]
fn printed(server: &TestServer, text: &str) {
    let is_there = || server.stdout().contains(text);
    wait_until(text, || server.stdout(), is_there);
}

/// What curl, which speaks HTTP/2, gets of a URL; the status behind the body.
fn curl(server: &TestServer, args: &[&str], path: &str) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "20", "--cacert"])
        .arg(server.ca())
        .args(["--write-out", "\n%{http_version} %{http_code}"])
        .args(args)
        .arg(format!("https://localhost:{}{path}", server.port()))
        .output()
        .expect("curl is installed");
    assert!(output.status.success(), "{output:?}\n{}", server.stderr());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_announced_is_https_and_works() {
    let server = secure();
    assert_eq!(
        server.announced,
        format!("https://localhost:{}", server.port())
    );
    printed(&server, "to trust it here");
    assert!(!server.stdout().contains("http://"), "{}", server.stdout());
    assert_eq!(get(&server, "/main.qml", "").text(), ITEM);
    let remote = get(&server, "/remote.qml", "");
    let own = format!("\"https://localhost:{}\"", server.port());
    assert!(remote.text().contains(&own), "{}", remote.text());
    assert!(!remote.text().contains("http://localhost"));
    let socket = get(&server, "/echo", "");
    assert_eq!(socket.status, 426);
    let own = format!("wss://localhost:{}/echo", server.port());
    assert!(socket.text().contains(&own), "{}", socket.text());
    let gateway = get(&server, "/v1/websocket_uri", "").json();
    let uri = gateway["uri"].as_str().unwrap();
    assert!(uri.starts_with("wss://localhost:"), "{uri}");
}

#[test]
fn events_name_https_urls_and_an_edit_is_told() {
    let server = secure();
    let mut stream = server.connect_tls();
    let host = format!("localhost:{}", server.port());
    let request = format!("GET /@qmlserve/events HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    let mut read_until = |what: &str| {
        let mut bytes = [0; 4096];
        while !text.contains(what) {
            let count = stream.read(&mut bytes).expect("an event");
            assert!(count > 0, "{text}");
            text += &String::from_utf8_lossy(&bytes[..count]);
        }
        text.clone()
    };
    read_until(&format!("\"https://{host}/@"));
    server.write("main.qml", "Item { width: 1 }\n");
    let version = || {
        get(&server, "/@qmlserve/version", "")
            .text()
            .trim()
            .to_owned()
    };
    let before = version();
    wait_until(
        "there is a new version",
        || server.stderr(),
        || version() != before || server.stderr().contains("main.qml"),
    );
    read_until(&version());
}

#[test]
fn the_certificate_is_for_every_name_and_address() {
    let server = Setup::new()
        .file("main.qml", ITEM)
        .args(&["--host", "0.0.0.0", "--no-token"])
        .args(&[
            "--allowed-host",
            "box.example",
            "--allowed-host",
            ".lab.example",
        ])
        .tls()
        .start();
    let mut names = vec![
        ("localhost".to_owned(), true),
        ("127.0.0.1".to_owned(), true),
        ("box.example".to_owned(), true),
        ("lab.example".to_owned(), true),
        ("a.lab.example".to_owned(), true),
        ("a.b.lab.example".to_owned(), false),
        ("evil.example".to_owned(), false),
        ("10.99.99.99".to_owned(), false),
    ];
    names.extend(own_address().map(|ip| (ip.to_string(), true)));
    for (name, expected) in names {
        let outcome = connect_tls(server.address, &name, &server.ca(), &[]);
        assert_eq!(outcome.is_ok(), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn an_address_that_it_is_reached_at_is_added() {
    // On Linux all of 127.0.0.0/8 is this machine, and no interface lists it.
    let server = Setup::new()
        .file("main.qml", ITEM)
        .args(&["--host", "0.0.0.0", "--no-token"])
        .tls()
        .start();
    let another = SocketAddr::from(([127, 0, 0, 9], server.port()));
    if cfg!(target_os = "linux") {
        connect_tls(another, "127.0.0.9", &server.ca(), &[]).expect("it is added");
    }
}

#[test]
fn the_ca_is_kept_for_this_user_alone_and_given_to_devices() {
    let mut server = secure();
    let ca = fs::read(server.ca()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = server.ca().with_file_name("ca-key.pem");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&key), 0o600);
        assert_eq!(mode(key.parent().unwrap()), 0o700);
    }
    let given = get(&server, "/@qmlserve/ca.crt", "");
    assert_eq!(
        given.header("content-type"),
        Some("application/x-x509-ca-cert")
    );
    let (_, pem) = x509_parser::pem::parse_x509_pem(&ca).unwrap();
    assert_eq!(given.body, pem.contents);
    server.kill();
    server.restart();
    assert_eq!(fs::read(server.ca()).unwrap(), ca);
    assert_eq!(get(&server, "/main.qml", "").status, 200);
}

#[test]
fn http2_is_spoken_and_keeps_all_rules() {
    let server = secure();
    assert_eq!(
        curl(&server, &["--http2"], "/main.qml"),
        format!("{ITEM}\n2 200")
    );
    assert_eq!(
        curl(&server, &["--http1.1"], "/main.qml"),
        format!("{ITEM}\n1.1 200")
    );
    for (args, path, expected) in [
        (&["-H", "Host: evil.example"][..], "/main.qml", "2 403"),
        (
            &["-H", "Origin: https://evil.example"],
            "/@qmlserve/status",
            "2 403",
        ),
        (&["-H", "Origin: http://box"], "/@qmlserve/status", "2 403"),
        (&["--path-as-is"], "/../main.qml", "2 400"),
        (&["-I"], "/main.qml", "2 200"),
        (&["-X", "POST", "-d", "x"], "/main.qml", "2 405"),
        (&[], "/nowhere", "2 404"),
    ] {
        let answer = curl(&server, args, path);
        assert!(answer.ends_with(expected), "{path}: {answer}");
    }
    let own = format!("Origin: https://localhost:{}", server.port());
    let answer = curl(&server, &["-H", &own], "/@qmlserve/status");
    assert!(answer.ends_with("2 200"), "{answer}");
}

#[test]
fn a_refusal_over_http2_does_not_get_lost_on_the_body() {
    let server = secure();
    let body = server.folder.around().join("body");
    fs::write(&body, "x".repeat(300_000)).unwrap();
    let large = format!("@{}", body.display());
    for _ in 0..12 {
        let small = curl(&server, &["-X", "POST", "-d", "x"], "/main.qml");
        assert!(small.ends_with("2 405"), "{small}");
        let foreign = ["-H", "Host: evil.example", "--data-binary", &large];
        let foreign = curl(&server, &foreign, "/main.qml");
        assert!(foreign.ends_with("2 403"), "{foreign}");
    }
}

#[test]
fn a_client_over_http2_that_is_gone_is_off_the_list() {
    let server = secure();
    let mut child = Command::new("curl")
        .args(["--silent", "--http2", "--no-buffer", "--cacert"])
        .arg(server.ca())
        .arg(format!(
            "https://localhost:{}/@qmlserve/events?client=c",
            server.port()
        ))
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("curl is installed");
    let clients = || get(&server, "/@qmlserve/status", "").json()["clients"].clone();
    let count = || clients().as_array().map_or(0, Vec::len);
    wait_until("it is listed", || clients().to_string(), || count() == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("it is gone", || clients().to_string(), || count() == 0);
}

#[test]
fn plain_http_is_told_where_tls_is() {
    let server = secure();
    let host = format!("localhost:{}", server.port());
    let request = format!("GET /main.qml HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let answer = server.raw(request.as_bytes());
    assert_eq!(answer.status, 400);
    let own = format!("https://{host}/");
    assert!(answer.text().contains(&own), "{}", answer.text());
    server.logged("came without TLS");
    // What is no HTTP either is closed, and nothing stops.
    let mut stream = connect(server.address);
    stream.write_all(b"EHLO box\r\n\r\n").unwrap();
    let mut rest = Vec::new();
    // It may end by a reset.
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty(), "{rest:?}");
    assert_eq!(get(&server, "/main.qml", "").status, 200);
}

#[test]
fn a_client_that_does_not_trust_it_is_told_of() {
    let server = secure();
    let other = secure();
    let refused = connect_tls(server.address, "localhost", &other.ca(), &[]);
    assert!(refused.is_err());
    server.logged("does not trust this server's certificate");
}

#[test]
fn a_cookie_is_for_tls_alone() {
    let server = Setup::new()
        .file("main.qml", ITEM)
        .tls()
        .env("QMLSERVE_TOKEN", TOKEN)
        .start();
    assert_eq!(get(&server, "/main.qml", "").status, 401);
    assert_eq!(get(&server, "/@qmlserve/ca.crt", "").status, 200);
    let path = format!("/?token={TOKEN}");
    let answer = get(&server, &path, "Accept: text/html\r\n");
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
    let below = get(&server, &format!("/~{TOKEN}/remote.qml"), "");
    let own = format!("https://localhost:{}/~{TOKEN}", server.port());
    assert!(below.text().contains(&own), "{}", below.text());
}

#[test]
fn behind_a_proxy_that_ends_tls_urls_are_https() {
    let server = TestServer::start(&[("main.qml", ITEM)]);
    let request = "GET /remote.qml HTTP/1.1\r\nHost: localhost\r\n\
                   X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n";
    let answer = server.raw(request.as_bytes());
    assert!(
        answer.text().contains("https://localhost"),
        "{}",
        answer.text()
    );
}

/// A certificate and its key, in files of the folder.
fn pair(folder: &Path, name: &str, from: i64, until: i64) -> [String; 2] {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let now = OffsetDateTime::now_utc();
    params.not_before = now + Duration::days(from);
    params.not_after = now + Duration::days(until);
    let key = KeyPair::generate().unwrap();
    let files = [format!("{name}.pem"), format!("{name}-key.pem")];
    let certificate = params.self_signed(&key).unwrap();
    fs::write(folder.join(&files[0]), certificate.pem()).unwrap();
    fs::write(folder.join(&files[1]), key.serialize_pem()).unwrap();
    files
}

#[test]
fn a_certificate_of_ones_own_is_shown() {
    let folder = Folder::new();
    let [cert, key] = pair(folder.around(), "own", -1, 30);
    folder.write("main.qml", ITEM);
    // In the tree, too, it is nobody's to have.
    fs::copy(folder.around().join(&key), folder.on_disk("key.pem")).unwrap();
    let ca = folder.around().join(&cert);
    let server = Setup::on(folder)
        .args(&["--tls-cert", &cert, "--tls-key", "tree/key.pem"])
        .start();
    assert!(server.announced.starts_with("https://"));
    let ask = |path: &str| {
        let stream = connect_tls(server.address, "localhost", &ca, &[]).expect("it is trusted");
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        exchange(stream, request.as_bytes())
    };
    assert_eq!(ask("/main.qml").text(), ITEM);
    assert_eq!(ask("/key.pem").status, 404);
    assert_eq!(ask("/@qmlserve/ca.crt").status, 404);

    // Renewed: as long as the two do not go together, the one from before is shown.
    let around = server.folder.around();
    let [next, next_key] = pair(around, "next", -1, 60).map(|file| around.join(file));
    let before = around.join("before.pem");
    fs::copy(&ca, &before).unwrap();
    fs::copy(&next, &ca).unwrap();
    let trusted = |ca: &Path| connect_tls(server.address, "localhost", ca, &[]).is_ok();
    assert!(trusted(&before));
    server.logged("is not the key of the certificate");
    fs::copy(&next_key, server.folder.on_disk("key.pem")).unwrap();
    assert!(trusted(&next));
    assert!(!trusted(&before));
}

#[test]
fn files_that_do_not_do_are_refused_with_what_to_do() {
    let folder = Folder::new();
    let around = folder.around();
    let [good, good_key] = pair(around, "good", -1, 30);
    let [_, other_key] = pair(around, "other", -1, 30);
    let [expired, expired_key] = pair(around, "expired", -30, -1);
    let [early, early_key] = pair(around, "early", 2, 30);
    fs::write(around.join("empty.pem"), "").unwrap();
    fs::write(around.join("der.pem"), b"0\x82\x01\x02").unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    fs::write(around.join("broken.pem"), broken).unwrap();
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    fs::write(around.join("locked.pem"), locked).unwrap();
    let (good, good_key) = (good.as_str(), good_key.as_str());
    for (cert, key, expected) in [
        ("none.pem", good_key, "--tls-cert names the file"),
        (good, "none.pem", "--tls-key names the file"),
        ("empty.pem", good_key, "has no certificate in it"),
        ("der.pem", good_key, "openssl x509 -inform der"),
        ("broken.pem", good_key, "is not PEM"),
        (good_key, good_key, "has no certificate in it"),
        (good, good, "has no private key in it"),
        (good, "locked.pem", "openssl pkey"),
        (good, &other_key, "is not the key of the certificate"),
        (&expired, &expired_key, "expired on"),
        (&early, &early_key, "look at this machine's clock"),
    ] {
        let args = ["tree", "--port", "0", "--tls-cert", cert, "--tls-key", key];
        let Finished { code, stderr, .. } = run(&mut command(&args, around));
        assert_eq!(code, Some(1), "{cert} {key}: {stderr}");
        assert!(stderr.contains(expected), "{cert} {key}: {stderr}");
    }
    let lonely = run(&mut command(&["tree", "--tls-cert", good], around));
    assert_eq!(lonely.code, Some(1));
    assert!(lonely.stderr.contains("--tls-key"), "{}", lonely.stderr);
}

#[test]
fn a_ca_that_is_no_use_is_named() {
    let mut server = secure();
    server.kill();
    fs::write(server.ca(), "nonsense").unwrap();
    let mut again = command(&["tree", "--port", "0", "--tls"], server.folder.around());
    again.env("XDG_DATA_HOME", server.folder.around().join("data-home"));
    again.env("CAROOT", server.folder.around().join("no-mkcert"));
    let Finished { code, stderr, .. } = run(&mut again);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("ca.pem"), "{stderr}");
    assert!(stderr.contains("remove the folder"), "{stderr}");
}

#[test]
fn mkcerts_ca_is_used_where_there_is_one() {
    let folder = Folder::new();
    folder.write("main.qml", ITEM);
    let root = folder.around().join("caroot");
    fs::create_dir(&root).unwrap();
    // As mkcert makes it: rootCA.pem and rootCA-key.pem.
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap();
    fs::write(root.join("rootCA.pem"), ca.pem()).unwrap();
    fs::write(root.join("rootCA-key.pem"), key.serialize_pem()).unwrap();
    let server = Setup::on(folder)
        .tls()
        .env("CAROOT", &root.to_string_lossy())
        .start();
    let trusted = connect_tls(server.address, "localhost", &root.join("rootCA.pem"), &[]);
    assert!(trusted.is_ok(), "{trusted:?}");
    assert!(!server.ca().exists());
    printed(&server, "mkcert -install");
}
