//! What is nobody's business is nowhere.

use crate::support::Signal;
use crate::target::{Target, proxy, recording};

#[test]
fn secrets_never_reach_the_disk_the_log_or_the_status() {
    let target = Target::start();
    let server = proxy(
        &target,
        "mode = \"record\"\nsecret = [\"api_key\", \"token\", \"password\", \"X-Key\"]\n\
         headers = { X-Added = \"S3CRET-added\" }\n",
    );
    let headers = [
        ("Authorization", "Bearer S3CRET-bearer"),
        ("Cookie", "session=S3CRET-session"),
        ("Proxy-Authorization", "Basic S3CRET-basic"),
        ("X-Key", "S3CRET-key"),
        ("X-Fine", "told"),
    ];
    let body = br#"{"user": "me", "deep": [{"password": "S3CRET-password"}]}"#;
    let path = "/x/secrets?api_key=S3CRET-query&page=1";
    let live = server.request("POST", path, &headers, body);
    assert!(live.text().contains("S3CRET-answer"), "the client gets it");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    server.request("POST", "/x/text", &form, b"user=me&password=S3CRET-form");
    // It cannot be told what of these is secret, so that they are not recorded.
    server.request("POST", "/x/text", &[], b"<password>S3CRET-xml</password>");
    server.get("/x/stubborn");
    server.logged("GET /stubborn is not recorded");
    let file = recording(&server, 2).to_string();
    assert!(file.contains("told") && file.contains("page=1"), "{file}");

    // What is asked with another secret is the same request.
    let mut target = target;
    target.stop();
    let mut server = server;
    server.stop(Signal::Terminate);
    let toml = server.folder.around().join("qmlserve.toml");
    let text = std::fs::read_to_string(&toml).unwrap();
    std::fs::write(&toml, text.replace("\"record\"", "\"replay\"")).unwrap();
    let log = server.stderr();
    server.restart();
    let body = br#"{"user": "me", "deep": [{"password": "S3CRET-other"}]}"#;
    let again = server.request("POST", "/x/secrets?page=1&api_key=S3CRET-2", &[], body);
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["token"], "***");
    assert_eq!(again.header("set-cookie"), None);
    let missing = server.get("/x/nothing?api_key=S3CRET-3").text().to_owned();
    assert!(missing.contains("api_key=***"), "{missing}");

    let status = server.status().to_string();
    let metrics = server.get("/@qmlserve/metrics").text().to_owned();
    for text in [file, log, server.stderr(), status, metrics, missing] {
        assert!(!text.contains("S3CRET"), "{text}");
    }
    // Nothing else lies around, but for the config file that names one.
    let mut folders = vec![server.folder.around().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("qmlserve.toml") {
                let bytes = std::fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains("S3CRET"), "{}", path.display());
            }
        }
    }
}
