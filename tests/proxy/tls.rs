//! Targets over TLS: whose certificate is trusted.

use std::path::PathBuf;

use crate::support::{Folder, Setup};
use crate::target::{Target, section};

/// A certificate for `localhost` that nobody vouches for but itself, and its key.
fn certificate(folder: &Folder) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (
        folder.around().join("cert.pem"),
        folder.around().join("key.pem"),
    );
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (cert, key)
}

#[test]
fn only_whom_the_system_trusts_is_asked() {
    let folder = Folder::new();
    let (cert, key) = certificate(&folder);
    let target = Target::with_tls(&cert, &key);
    let start = |more: &str, trusted: bool| {
        let setup = Setup::new();
        let file = setup.folder().around().join("qmlserve.toml");
        std::fs::write(file, section(&target, more)).unwrap();
        let setup = match trusted {
            true => setup.env("SSL_CERT_FILE", cert.to_str().unwrap()),
            false => setup,
        };
        setup.start()
    };

    let server = start("", false);
    let answer = server.get("/x/text");
    assert_eq!(answer.status, 502);
    let error = answer.json()["error"].to_string();
    assert!(
        error.contains("is not trusted") && error.contains("insecure = true"),
        "{error}"
    );

    let server = start("", true);
    assert_eq!(server.get("/x/text?n=1").text(), "GET 1 0 ü\n");
    let location = server.get("/x/redirect?to=HERE/base/a");
    assert_eq!(location.header("location"), Some("/x/a"));

    // A name that the certificate is not for.
    let target_url = target.url();
    let elsewhere = target_url.replace("localhost", "127.0.0.1");
    let setup = Setup::new().env("SSL_CERT_FILE", cert.to_str().unwrap());
    let file = setup.folder().around().join("qmlserve.toml");
    std::fs::write(
        file,
        format!("[[proxy]]\npath = \"/x\"\nto = \"{elsewhere}\"\n"),
    )
    .unwrap();
    assert_eq!(setup.start().get("/x/text").status, 502);

    let server = start("insecure = true", false);
    server.logged("is not checked (insecure = true");
    assert_eq!(server.get("/x/text?n=1").status, 200);
    server.logged("the certificate of localhost is not checked: anybody can be in between");
}
