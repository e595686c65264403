//! Paths for which people sign in: every spelling is asked, nothing behind is told to others.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Setup, TestServer, command, raw, run};

// Of "secret", "other" and "pä:ß", as cheap as Argon2 can be.
const SECRET: &str =
    "$argon2id$v=19$m=8,t=1,p=1$4OtxrsI/8aI$nCR6xoUhqtUq9LVv9wWIC+aZuD5wNofyI0Igk6xKWGg";
const OTHER: &str =
    "$argon2id$v=19$m=8,t=1,p=1$Mt1hFRRVI2I$tg5C19Fh8ffFHSjnKD/BH1EFcl8ulfJUejZsKSxW9Xc";
const LATIN: &str =
    "$argon2id$v=19$m=8,t=1,p=1$Cv46N3FTWQs$v32AfbL0fEEU13lku43zeXDQlNegNO4sfLPC8OtAZFQ";

fn config() -> String {
    format!(
        r#"
        [[access]]
        path = "/private"
        users = {{ ann = "{SECRET}", "änn" = "{LATIN}" }}
        [[access]]
        path = "/private/more"
        realm = "more of it"
        users = {{ ben = "{OTHER}" }}
        [[access]]
        path = "/colors"
        users = {{ ann = "{SECRET}" }}
        [[access]]
        path = "/echo"
        users = {{ ann = "{SECRET}" }}
        [[access]]
        path = "/target"
        users = {{ ann = "{SECRET}" }}
        [[mock]]
        path = "/target/today"
        body = "protected words"
        [[listen]]
        address = "127.0.0.1:0"
        mount = "/private"
        "#
    )
}

fn guarded() -> TestServer {
    let setup = Setup::new().files(&[
        ("main.qml", "Item {}\n"),
        ("private/main.qml", "// protected words\nItem {}\n"),
        ("private/note.txt", "protected words\n"),
        ("private/more/main.qml", "// protected words\nItem {}\n"),
    ]);
    let around = setup.folder().around().to_owned();
    std::fs::create_dir(around.join("data")).unwrap();
    std::fs::write(
        around.join("data/colors.json"),
        r#"[{"id": 1, "words": "protected words", "shadeId": 1}]"#,
    )
    .unwrap();
    std::fs::write(
        around.join("data/shades.json"),
        r#"[{"id": 1, "colorId": 1}]"#,
    )
    .unwrap();
    std::fs::write(around.join("qmlserve.toml"), config()).unwrap();
    setup.start()
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Sends the path as it stands here.
fn ask(
    server: &TestServer,
    method: &str,
    path: &str,
    authorization: &str,
) -> (u16, String, String) {
    let more = match authorization {
        "" => String::new(),
        value => format!("Authorization: {value}\r\n"),
    };
    let text =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n");
    let response = server.raw(text.as_bytes());
    let challenge = response
        .header("www-authenticate")
        .unwrap_or_default()
        .to_owned();
    let body = String::from_utf8_lossy(&response.body).into_owned();
    (response.status, challenge, body)
}

#[test]
fn every_spelling_is_asked_to_sign_in() {
    let server = guarded();
    let version = server.version();
    for path in [
        "/private",
        "/private/",
        "/private/main.qml",
        "/private/none.qml",
        "/private/qmldir",
        "/private/note.txt",
        "//private/main.qml",
        "/.//private/main.qml",
        "/private//main.qml",
        "/%70rivate/main.qml",
        "/private%2fmain.qml",
        "/private%2Fmain.qml",
        "/%2fprivate/main.qml",
        "/x/%2e%2e/private/main.qml",
        "/x/../private/main.qml",
        "/private/../private/main.qml",
        "/private/../main.qml",
        "/PRIVATE/main.qml",
        "/private./main.qml",
        "/private%20/main.qml",
        "/private;x=y/main.qml",
        "/private/main.qml?x=y",
        "/private/more/main.qml",
        "/target/today",
        "/target/%74oday",
        "/colors",
        "/colors/",
        "/colors/1",
        "/colors.xml",
        "/%63olors.xml",
        "/colors/events",
        "/colors?_limit=1",
        "/echo",
        &format!("/@{version}/private/main.qml"),
        &format!("/@{version}//private/main.qml"),
        &format!("/@{version}/%70rivate/main.qml"),
        &format!("/@{version}/x/../private/main.qml"),
        &format!("/@{version}/private/qmldir"),
        "/@0000000000000000/private/main.qml",
        "/@qmlserve/page/document?path=private/main.qml",
        "/@qmlserve/page/state",
        "/%40qmlserve/page/document?path=private/main.qml",
        "/@qmlserve//page/document?path=private/main.qml",
        "/@qmlserve/mcp",
        "/@qmlserve/log",
        "/@qmlserve/status",
        "/channel",
        "http://localhost/private/main.qml",
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            let (status, challenge, body) = ask(&server, method, path, "");
            assert_eq!(status, 401, "{method} {path}: {body}");
            assert!(
                challenge.starts_with("Basic realm=\""),
                "{method} {path}: {challenge}"
            );
            assert!(!body.contains("protected words"), "{method} {path}: {body}");
        }
    }
    for path in [
        "/",
        "/main.qml",
        "/privateer",
        "/shades",
        "/@qmlserve/",
        "/@qmlserve/openapi.json",
        "/@qmlserve/version",
        "/@qmlserve/health",
        &format!("/@{version}/main.qml"),
    ] {
        let (status, _, body) = ask(&server, "GET", path, "");
        assert_ne!(status, 401, "{path}");
        assert!(!body.contains("protected words"), "{path}: {body}");
    }
}

#[test]
fn who_signs_in_is_let_in_and_no_further() {
    let server = guarded();
    let version = server.version();
    let private = format!("/@{version}/private/main.qml");
    let ann = basic("ann", "secret");
    let latin = format!("Basic {}", STANDARD.encode(b"\xe4nn:p\xe4:\xdf"));
    for (path, authorization, expected) in [
        ("/private/main.qml", ann.as_str(), 200),
        (&private, &ann, 200),
        ("/private/main.qml", &basic("ann", "wrong"), 401),
        ("/private/main.qml", &basic("ann", ""), 401),
        ("/private/main.qml", &basic("", "secret"), 401),
        ("/private/main.qml", &basic("nobody", "secret"), 401),
        ("/private/main.qml", &basic("änn", "pä:ß"), 200),
        ("/private/main.qml", &latin, 200),
        ("/private/main.qml", &ann.replace("Basic", "bASIC"), 200),
        ("/private/main.qml", &ann.replace("Basic", "Bearer"), 401),
        ("/private/main.qml", "Basic", 401),
        ("/private/main.qml", "Basic !!", 401),
        // The most specific rule is the one that counts.
        ("/private/more/main.qml", &ann, 401),
        ("/private/more/main.qml", &basic("ben", "other"), 200),
        ("/private/main.qml", &basic("ben", "other"), 401),
        ("/colors", &ann, 200),
        ("/colors.xml", &ann, 200),
        ("/target/today", &ann, 200),
        // Whoever may not see everything does not see what shows everything.
        ("/@qmlserve/page/document?path=private/main.qml", &ann, 401),
    ] {
        let (status, _, body) = ask(&server, "GET", path, authorization);
        assert_eq!(status, expected, "{path} as {authorization}: {body}");
    }
    let (_, challenge, _) = ask(&server, "GET", "/private/more/x", &ann);
    assert_eq!(challenge, "Basic realm=\"more of it\", charset=\"UTF-8\"");
    let answer = server.get_with("/private/main.qml", &[("Authorization", &ann)]);
    assert!(answer.header("cache-control").unwrap().contains("private"));
    assert!(!server.stderr().contains("secret"), "{}", server.stderr());
}

#[test]
fn nothing_is_told_by_way_of_another_collection() {
    let server = guarded();
    for path in [
        "/shades?_expand=color",
        "/shades?_embed=colors",
        "/shades/1?_expand=color",
    ] {
        let (status, _, body) = ask(&server, "GET", path, "");
        assert_eq!(status, 403, "{path}: {body}");
        assert!(!body.contains("protected words"), "{path}: {body}");
        let (status, _, body) = ask(&server, "GET", path, &basic("ann", "secret"));
        assert_eq!(status, 200, "{path}: {body}");
    }
    let path = "/colors?_expand=shade";
    let (status, _, body) = ask(&server, "GET", path, &basic("ann", "secret"));
    assert_eq!(status, 200, "{body}");
}

#[test]
fn no_line_of_a_document_is_told_for_a_report_of_it() {
    let server = guarded();
    let version = server.version();
    let report = |path: &str| {
        let message = format!("http://localhost/@{version}/{path}:1:1: Unknown is not a type");
        let report = serde_json::json!({
            "client": "c", "kind": "error", "version": version, "message": message,
            "explain": true,
        });
        let report = report.to_string();
        server
            .request("POST", "/@qmlserve/report", &[], report.as_bytes())
            .text()
            .to_owned()
    };
    let told = report("main.qml");
    assert!(told.contains("Item {}"), "{told}");
    let told = report("private/main.qml");
    assert!(
        told.contains("private/main.qml:1") && !told.contains("words"),
        "{told}"
    );
}

/// Qt sends what it was let in with to every path of a server.
#[test]
fn no_password_goes_to_the_target_of_a_proxy() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let setup = Setup::new();
    let config = format!(
        "[[access]]\npath = \"/private\"\nusers = {{ ann = \"{SECRET}\" }}\n\
         [[proxy]]\npath = \"/far\"\nto = \"http://{}\"\n",
        target.local_addr().unwrap()
    );
    std::fs::write(setup.folder().around().join("qmlserve.toml"), config).unwrap();
    let server = setup.start();
    for (authorization, arrives) in [
        (basic("ann", "secret"), false),
        (basic("somebody", "else"), true),
    ] {
        let heard = std::thread::scope(|scope| {
            let target = scope.spawn(|| {
                let (mut stream, _) = target.accept().unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let lines = lines.by_ref().map_while(Result::ok);
                let heard: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                stream.write_all(answer.as_bytes()).unwrap();
                heard.join("\n").to_lowercase()
            });
            assert_eq!(ask(&server, "GET", "/far/x", &authorization).0, 200);
            target.join().unwrap()
        });
        assert_eq!(heard.contains("authorization: basic"), arrives, "{heard}");
    }
}

#[test]
fn a_port_that_shows_a_path_asks_as_well() {
    let server = guarded();
    server.logged("/ shows /private/");
    let stderr = server.stderr();
    let line = stderr
        .lines()
        .find(|line| line.ends_with("/ shows /private/"))
        .unwrap();
    let (_, rest) = line.split_once("http://").unwrap();
    let mounted: SocketAddr = rest.split_once('/').unwrap().0.parse().unwrap();
    let ask = |more: &str| {
        let text =
            format!("GET /main.qml HTTP/1.1\r\nHost: {mounted}\r\n{more}Connection: close\r\n\r\n");
        raw(mounted, text.as_bytes()).status
    };
    assert_eq!(ask(""), 401);
    assert_eq!(
        ask(&format!("Authorization: {}\r\n", basic("ann", "secret"))),
        200
    );
}

#[test]
fn a_browser_may_ask_whether_it_may_ask() {
    let server = guarded();
    let preflight = server.request(
        "OPTIONS",
        "/private/main.qml",
        &[
            ("Origin", "http://localhost:5173"),
            ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "authorization"),
        ],
        b"",
    );
    assert_eq!(preflight.status, 204);
    assert!(preflight.body.is_empty());
    let refused = server.get_with("/private/main.qml", &[("Origin", "http://localhost:5173")]);
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.header("access-control-allow-origin"),
        Some("http://localhost:5173")
    );
}

#[test]
fn who_guesses_on_has_to_wait() {
    let server = guarded();
    let ann = basic("ann", "secret");
    assert_eq!(ask(&server, "GET", "/private/main.qml", &ann).0, 200);
    for guess in 0..10 {
        let wrong = basic("ann", &format!("guess{guess}"));
        assert_eq!(ask(&server, "GET", "/private/main.qml", &wrong).0, 401);
    }
    let late = server.get_with(
        "/private/main.qml",
        &[("Authorization", &basic("ann", "one more"))],
    );
    assert_eq!(late.status, 429);
    assert!(late.header("retry-after").unwrap().parse::<u32>().unwrap() <= 61);
    assert_eq!(
        ask(&server, "GET", "/private/main.qml", &ann).0,
        200,
        "who was in stays in"
    );
    server.logged("wrong too often");
    assert!(!server.stderr().contains("guess9"), "{}", server.stderr());
}

#[test]
fn a_hash_is_made_of_what_is_piped_in() {
    let folder = tempfile::tempdir().unwrap();
    let made = |input: &str| {
        let mut command = command(&["password"], folder.path());
        command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, hash, _) = made("swordfish\n");
    assert_eq!(code, Some(0));
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    assert_ne!(made("swordfish\n").1, hash, "one salt for all");
    let (code, _, error) = made("\n");
    assert_eq!(code, Some(1));
    assert!(error.contains("the password is empty"), "{error}");
    let argument = run(&mut command(&["password", "swordfish"], folder.path()));
    assert_eq!(argument.code, Some(2), "{}", argument.stderr);

    let setup = Setup::new().file("private/main.qml", "Item {}\n");
    let around = setup.folder().around().to_owned();
    let rule = format!(
        "[[access]]\npath = \"/\"\nusers = {{ ann = \"{}\" }}\n",
        hash.trim()
    );
    std::fs::write(around.join("qmlserve.toml"), rule).unwrap();
    let server = setup.start();
    assert_eq!(
        ask(
            &server,
            "GET",
            "/private/main.qml",
            &basic("ann", "swordfish")
        )
        .0,
        200
    );
    assert_eq!(ask(&server, "GET", "/@qmlserve/status", "").0, 401);
    assert_eq!(ask(&server, "GET", "/@qmlserve/health", "").0, 200);
}

#[test]
fn mistakes_are_told_and_no_password_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tree")).unwrap();
    let rule = format!("[[access]]\npath = \"/a\"\nusers = {{ ann = \"{SECRET}\" }}\n");
    let tell = |text: &str, args: &[&str]| {
        std::fs::write(folder.path().join("qmlserve.toml"), text).unwrap();
        let mut all = vec!["tree", "--port=0"];
        all.extend(args);
        run(&mut command(&all, folder.path()))
    };
    for (text, expected) in [
        (
            "[[access]]\npath = \"/a\"\nusers = { ann = \"swordfish\" }",
            "run `qmlserve password`",
        ),
        (
            "[[access]]\npath = \"/a\"\nusers = { ann = \"***\" }",
            "run `qmlserve password`",
        ),
        ("[[access]]\npath = \"/a\"\nusers = {}", "at least one user"),
        ("[[access]]\npath = \"/a\"", "has no users"),
        (
            "[[access]]\npath = \"a\"\nusers = {}",
            "a path such as \"/private\"",
        ),
        (
            "[[access]]\npath = \"/@x\"\nusers = {}",
            "a path such as \"/private\"",
        ),
        (
            "[[access]]\npath = \"/a/../b\"\nusers = {}",
            "a path such as \"/private\"",
        ),
        (&format!("{rule}realms = \"x\""), "did you mean \"realm\"?"),
        (
            &format!("{rule}realm = \"a\\\"b\""),
            "without quotation marks",
        ),
        (
            &format!("{rule}{}", rule.replace("/a", "/A")),
            "a path of its own",
        ),
        (&rule.replace("ann", "\"a:b\""), "no colon"),
    ] {
        let ended = tell(text, &[]);
        assert_eq!(ended.code, Some(1), "{text}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(expected),
            "{text} gave {}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("swordfish"), "{}", ended.stderr);
    }
    let printed = tell(&rule, &["--print-config"]);
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    assert!(
        printed.stdout.contains("ann = \"***\""),
        "{}",
        printed.stdout
    );
    assert!(!printed.stdout.contains("argon2"), "{}", printed.stdout);
}
