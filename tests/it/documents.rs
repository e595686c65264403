//! `/PATH`: documents and assets as they are on disk now, listings, and what
//! is answered where there is nothing.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::support::{Folder, Response, Setup, TestServer};

/// What a browser says that it takes.
const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// Names that mean something to a URL, to HTML, or to a shell.
const NAMES: &[(&str, &str)] = &[
    ("My File.qml", "/My%20File.qml"),
    ("a#b.qml", "/a%23b.qml"),
    ("what?.qml", "/what%3F.qml"),
    ("100%.qml", "/100%25.qml"),
    ("%41.qml", "/%2541.qml"),
    ("it's \"it\".qml", "/it%27s%20%22it%22.qml"),
    ("Größe☃.qml", "/Gr%C3%B6%C3%9Fe%E2%98%83.qml"),
    (
        "日本語/🎉.qml",
        "/%E6%97%A5%E6%9C%AC%E8%AA%9E/%F0%9F%8E%89.qml",
    ),
    ("a&b;c=d+e,f.qml", "/a&b;c=d+e,f.qml"),
    ("(x)[y]{z}!$*.qml", "/(x)%5By%5D%7Bz%7D!$*.qml"),
    ("@home.qml", "/@home.qml"),
    (
        "<img src=x onerror=alert(1)>.qml",
        "/%3Cimg%20src=x%20onerror=alert(1)%3E.qml",
    ),
    ("...qml", "/dots/...qml"),
];

#[test]
fn a_document_and_an_asset_come_unchanged_with_what_a_cache_needs() {
    // A byte order mark, both line ends, no end of line at the end.
    let text = "\u{feff}import QtQuick\r\nimport \"http://localhost:8080\" as R\nItem { }";
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let server = Setup::new()
        .file("main.qml", text)
        .file("logo.png", &binary)
        .file("empty.js", "")
        .start();
    for (path, body, media_type) in [
        ("/main.qml", text.as_bytes(), "text/plain; charset=utf-8"),
        ("/logo.png", &binary[..], "image/png"),
        ("/empty.js", b"", "text/javascript; charset=utf-8"),
    ] {
        let response = server.get(path);

        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.body, body, "{path}");
        assert_eq!(response.header("content-type"), Some(media_type), "{path}");
        assert_eq!(response.header("cache-control"), Some("no-cache"), "{path}");
        assert_eq!(response.header("accept-ranges"), Some("bytes"), "{path}");
        let etag = response.header("etag").unwrap();
        assert!(etag.starts_with('"') && etag.len() > 4, "{path}: {etag}");
        assert!(response.header("last-modified").is_some(), "{path}");
        assert_eq!(response.header("content-disposition"), None, "{path}");

        let head = server.raw(
            format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        );
        assert_eq!(head.status, 200, "{path}");
        for name in ["content-type", "etag", "last-modified", "cache-control"] {
            assert_eq!(head.header(name), response.header(name), "{path} {name}");
        }
        let length = body.len().to_string();
        assert_eq!(head.header("content-length"), Some(&*length), "{path}");
    }
}

#[test]
fn conditions_and_ranges() {
    let body = "0123456789abcdef";
    let server = TestServer::start(&[("main.qml", body), ("data.bin", body)]);
    for path in ["/main.qml", "/data.bin"] {
        let first = server.get(path);
        let etag = first.header("etag").unwrap().to_owned();
        let modified = first.header("last-modified").unwrap().to_owned();
        let (etag, modified) = (etag.as_str(), modified.as_str());
        let weak = format!("W/{etag}");
        let several = format!("\"a\", {etag}, \"b\"");
        let long_ago = "Sat, 01 Jan 2000 00:00:00 GMT";
        let future = "Fri, 01 Jan 2100 00:00:00 GMT";
        let none = "If-None-Match";
        let range = "Range";
        for (headers, status, expected) in [
            (vec![(none, etag)], 304, ""),
            (vec![(none, "*")], 304, ""),
            (vec![(none, &*weak)], 304, ""),
            (vec![(none, &*several)], 304, ""),
            (vec![(none, "\"other\"")], 200, body),
            (vec![(none, "not an etag")], 200, body),
            (vec![("If-Modified-Since", modified)], 304, ""),
            (vec![("If-Modified-Since", future)], 304, ""),
            (vec![("If-Modified-Since", long_ago)], 200, body),
            (vec![("If-Modified-Since", "yesterday")], 200, body),
            // The tag counts, the date does not.
            (
                vec![(none, "\"other\""), ("If-Modified-Since", modified)],
                200,
                body,
            ),
            (vec![("If-Match", etag)], 200, body),
            (vec![("If-Match", "*")], 200, body),
            (vec![("If-Match", "\"other\"")], 412, ""),
            (vec![("If-Unmodified-Since", modified)], 200, body),
            (vec![("If-Unmodified-Since", long_ago)], 412, ""),
            (vec![(range, "bytes=0-3")], 206, "0123"),
            (vec![(range, "bytes=4-")], 206, "456789abcdef"),
            (vec![(range, "bytes=-4")], 206, "cdef"),
            (vec![(range, "bytes=10-999")], 206, "abcdef"),
            (vec![(range, "bytes=0-0")], 206, "0"),
            (vec![(range, "bytes=16-")], 416, ""),
            (vec![(range, "bytes=99-100")], 416, ""),
            (vec![(range, "lines=1-2")], 200, body),
            (vec![(range, "bytes=0-3"), ("If-Range", etag)], 206, "0123"),
            (
                vec![(range, "bytes=0-3"), ("If-Range", modified)],
                206,
                "0123",
            ),
            (
                vec![(range, "bytes=0-3"), ("If-Range", "\"other\"")],
                200,
                body,
            ),
            (vec![(range, "bytes=0-3"), ("If-Range", &*weak)], 200, body),
            (
                vec![(range, "bytes=0-3"), ("If-Range", long_ago)],
                200,
                body,
            ),
            (vec![(range, "bytes=0-3"), (none, etag)], 304, ""),
        ] {
            let response = server.get_with(path, &headers);

            assert_eq!(response.status, status, "{path} {headers:?}: {response:?}");
            assert_eq!(response.text(), expected, "{path} {headers:?}");
            if status != 416 && status != 412 {
                assert_eq!(response.header("etag"), Some(etag), "{path} {headers:?}");
            }
            let content_range = response.header("content-range");
            match status {
                206 => {
                    let start = body.find(expected).unwrap();
                    let end = start + expected.len() - 1;
                    let expected = format!("bytes {start}-{end}/16");
                    assert_eq!(content_range, Some(&*expected), "{path} {headers:?}");
                }
                416 => assert_eq!(content_range, Some("bytes */16"), "{path} {headers:?}"),
                _ => assert_eq!(content_range, None, "{path} {headers:?}"),
            }
        }
    }
}

#[test]
fn media_types() {
    let names = [
        ("main.qml", "text/plain; charset=utf-8"),
        ("Form.ui.qml", "text/plain; charset=utf-8"),
        ("qmldir", "text/plain; charset=utf-8"),
        ("logic.js", "text/javascript; charset=utf-8"),
        ("module.mjs", "text/javascript; charset=utf-8"),
        ("data.json", "application/json; charset=utf-8"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
        ("photo.jpg", "image/jpeg"),
        ("font.woff2", "font/woff2"),
        ("page.html", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("effect.qsb", "application/octet-stream"),
        ("Makefile", "application/octet-stream"),
    ];
    let mut setup = Setup::new();
    for (name, _) in names {
        setup = setup.file(name, "x");
    }
    let server = setup.start();
    for (name, expected) in names {
        let response = server.get(&format!("/{name}"));
        assert_eq!(response.header("content-type"), Some(expected), "{name}");
        let nosniff = response.header("x-content-type-options");
        assert_eq!(nosniff, Some("nosniff"), "{name}");
    }
}

#[test]
fn any_name_can_be_asked_for() {
    let folder = Folder::new();
    for (name, _) in NAMES {
        let name = if *name == "...qml" {
            "dots/x.qml"
        } else {
            name
        };
        folder.write(name, format!("Item {{ /* {name} */ }}"));
    }
    let server = Setup::on(folder).start();
    let version = server.version();
    for (name, url) in NAMES {
        if *name == "...qml" {
            // Hidden, since it starts with a dot.
            assert_eq!(server.get_as_is(url).status, 404);
            continue;
        }
        let expected = format!("Item {{ /* {name} */ }}");

        for url in [(*url).to_owned(), format!("/@{version}{url}")] {
            let response = server.get_as_is(&url);
            assert_eq!(response.status, 200, "{url}");
            assert_eq!(response.text(), expected, "{url}");
        }
        // An event's URL leads there, too: what a client does with the name.
        let parameter: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
        let events = server.events_at(&format!("/@qmlserve/events?document={parameter}"));
        let address = events
            .change()
            .url
            .unwrap_or_else(|| panic!("{name}: no URL"));
        let address = address.split('#').next().unwrap();
        assert!(address.is_ascii(), "{address}");
        assert_eq!(server.get(address).text(), expected, "{address}");
    }
}

#[test]
fn a_listing_for_people_escapes_names_and_its_links_work() {
    let folder = Folder::new();
    for (name, _) in NAMES {
        folder.write(&format!("names/{name}"), "x");
    }
    folder.write("names/sub/inner.qml", "x");
    folder.write("names/.git/config", "x");
    folder.write("names/main.qml~", "x");
    let server = Setup::on(folder).start();

    let response = server.get_with("/names/", &[BROWSER]);

    assert_eq!(response.status, 200);
    assert_eq!(
        response.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let page = response.text();
    assert!(!page.contains("<img"), "{page}");
    assert!(
        page.contains("&lt;img src=x onerror=alert(1)&gt;.qml"),
        "{page}"
    );
    assert!(!page.contains(".git") && !page.contains('~'), "{page}");
    let links: Vec<_> = page
        .split("href=\"")
        .skip(1)
        .map(|rest| {
            rest.split('"')
                .next()
                .unwrap()
                .replace("&amp;", "&")
                .replace("&#39;", "'")
        })
        .collect();
    // Those in the folder, the two directories, less the hidden one, and the way up.
    assert_eq!(links.len(), NAMES.len() + 1 - 1 + 1, "{links:?}");
    for link in &links {
        assert!(link.starts_with('/') && !link.starts_with("//"), "{link}");
        let target = server.get_as_is(link);
        assert_eq!(target.status, 200, "{link}");
    }
    let sub = server.get_with("/names/sub/", &[BROWSER]);
    assert!(
        sub.text().contains("href=\"/names\""),
        "a way up: {}",
        sub.text()
    );
    assert!(
        sub.text().contains("href=\"/names/sub/inner.qml\""),
        "{}",
        sub.text()
    );
}

#[test]
fn a_listing_for_programs_is_json() {
    let server = TestServer::start(&[
        ("b.qml", "12345"),
        ("a dir/x.qml", ""),
        ("\"q\".js", ""),
        (".hidden", "x"),
    ]);

    let response = server.get("/");

    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(
        response.json(),
        json!([
            {"name": "a dir", "type": "directory"},
            {"name": "\"q\".js", "type": "file", "size": 0},
            {"name": "b.qml", "type": "file", "size": 5},
        ])
    );
    assert_eq!(server.get("/a%20dir").json()[0]["name"], "x.qml");
}

#[test]
fn an_index_page_stands_for_its_directory_in_a_browser() {
    let page = "<!doctype html><title>own</title>";
    let server = TestServer::start(&[("index.html", page), ("sub dir/index.html", page)]);

    assert_eq!(server.get_with("/", &[BROWSER]).text(), page);
    assert_eq!(server.get_with("/sub%20dir/", &[BROWSER]).text(), page);
    assert_eq!(server.get("/sub%20dir/index.html").text(), page);
    // For programs it stays a listing.
    assert_eq!(server.get("/sub%20dir/").json()[0]["name"], "index.html");
    // Relative links need the slash; and it never leads to another host.
    for path in ["/sub%20dir", "//sub%20dir", "/./x/..//sub%20dir"] {
        let get = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n");
        let response = server.raw(get.as_bytes());
        assert_eq!(response.status, 308, "{path}");
        assert_eq!(response.header("location"), Some("/sub%20dir/"), "{path}");
    }
}

#[test]
fn a_range_of_an_empty_file_is_the_whole_of_it() {
    let server = TestServer::start(&[("main.qml", ""), ("data.bin", "")]);
    for path in ["/main.qml", "/data.bin"] {
        for range in ["bytes=-1", "bytes=0-", "bytes=0-0"] {
            let answer = server.get_with(path, &[("Range", range)]);
            assert_eq!((answer.status, answer.text()), (200, ""), "{path} {range}");
            assert_eq!(answer.header("content-range"), None, "{path} {range}");
        }
    }
}

#[test]
fn what_is_missing_is_told_with_the_nearest_name() {
    let server = TestServer::start(&[
        ("main.qml", ""),
        ("controls/Button.qml", ""),
        ("<b>.qml", ""),
        ("icon.png", ""),
    ]);
    for (path, nearest) in [
        ("/mian.qml", Some("/main.qml")),
        ("/Main.qml", Some("/main.qml")),
        ("/Button.qml", Some("/controls/Button.qml")),
        ("/controls/Buton.qml", Some("/controls/Button.qml")),
        ("/zzzzzzzzzzzz", None),
    ] {
        let response = server.get(path);

        assert_eq!(response.status, 404, "{path}");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{path}");
        let error = &response.json()["error"];
        assert_eq!(error["status"], 404, "{path}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(path.trim_start_matches('/')), "{message}");
        let hint = error["hint"].as_str().unwrap();
        match nearest {
            Some(nearest) => assert_eq!(hint, format!("did you mean {nearest}?")),
            None => assert!(!hint.contains("did you mean"), "{hint}"),
        }
    }
}

#[test]
fn a_browser_gets_errors_as_a_page_with_names_escaped() {
    let server = TestServer::start(&[("<b>x.qml", "")]);

    let response = server.get_with("/%3Cb%3Ey.qml", &[BROWSER]);

    assert_eq!(response.status, 404);
    assert_eq!(
        response.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let page = response.text();
    assert!(page.contains("&lt;b&gt;y.qml"), "{page}");
    assert!(page.contains("did you mean /&lt;b&gt;x.qml?"), "{page}");
    assert!(!page.contains("<b>"), "{page}");
}

#[test]
fn documents_can_only_be_read() {
    let server = TestServer::start(&[("main.qml", "Item {}")]);
    let version = server.version();
    for path in [
        "/main.qml".to_owned(),
        "/".to_owned(),
        format!("/@{version}/main.qml"),
    ] {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            let response = server.request(method, &path, &[], b"x");

            assert_eq!(response.status, 405, "{method} {path}");
            assert_eq!(
                response.header("allow"),
                Some("GET, HEAD"),
                "{method} {path}"
            );
            assert_eq!(response.json()["error"]["status"], 405);
        }
    }
    assert_eq!(server.get("/main.qml").text(), "Item {}");
}

#[test]
fn a_part_of_a_big_asset_comes_from_the_disk() {
    let setup = Setup::new();
    let size: u64 = 5 << 30;
    let mut film = fs::File::create(setup.folder().on_disk("film.mp4")).unwrap();
    film.set_len(size).unwrap();
    film.seek(SeekFrom::Start(size - 8)).unwrap();
    film.write_all(b"the end.").unwrap();
    drop(film);
    let server = setup.start();

    let head = server.raw(b"HEAD /film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let end = server.get_with("/film.mp4", &[("Range", "bytes=-8")]);
    let seek = format!("bytes={}-{}", size - 8, size - 6);
    let middle = server.get_with("/film.mp4", &[("Range", &seek)]);

    assert_eq!(head.header("content-length"), Some(&*size.to_string()));
    assert_eq!((end.status, end.text()), (206, "the end."));
    assert_eq!((middle.status, middle.text()), (206, "the"));
    let version = server.version();
    let kept = server.get_with(&format!("/@{version}/film.mp4"), &[("Range", "bytes=-4")]);
    assert_eq!((kept.status, kept.text()), (206, "end."));
}

#[test]
fn what_was_just_written_is_what_is_answered() {
    let server = TestServer::start(&[("main.qml", "0000"), ("data.json", "0000")]);
    for round in 1..300 {
        for name in ["main.qml", "data.json"] {
            // The same length, and often the same tick of the file system's
            // clock.
            let text = format!("{round:04}");
            server.write(name, &text);

            let response = server.get(&format!("/{name}"));

            assert_eq!(response.text(), text, "{name} in round {round}");
        }
    }
}

#[test]
fn a_cache_that_asks_again_is_never_told_that_nothing_changed_when_it_did() {
    let server = TestServer::start(&[("main.qml", "0000"), ("data.json", "0000")]);
    let mut tags = [String::new(), String::new()];
    for round in 1..200 {
        for (name, tag) in ["main.qml", "data.json"].iter().zip(&mut tags) {
            let text = format!("{round:04}");
            server.write(name, &text);

            let url = format!("/{name}");
            let response = if tag.is_empty() {
                server.get(&url)
            } else {
                server.get_with(&url, &[("If-None-Match", tag)])
            };

            assert_eq!((response.status, response.text()), (200, &*text), "{name}");
            *tag = response.header("etag").unwrap().to_owned();
        }
    }
}

#[test]
fn the_time_of_the_last_change_is_the_files_own() {
    let setup = Setup::new().file("main.qml", "x").file("a.png", "x");
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for name in ["main.qml", "a.png"] {
        let file = fs::File::options()
            .append(true)
            .open(setup.folder().on_disk(name))
            .unwrap();
        file.set_modified(time).unwrap();
    }
    let server = setup.start();
    for path in ["/main.qml", "/a.png"] {
        let modified = server.get(path);
        assert_eq!(
            modified.header("last-modified"),
            Some("Sun, 09 Sep 2001 01:46:40 GMT"),
            "{path}"
        );
    }
}

#[test]
fn the_loader_of_the_book_is_addressed_to_the_host_that_was_asked() {
    let server = TestServer::start(&[]);
    let port = server.port();
    for host in [
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        "app.localhost".into(),
    ] {
        let get = format!("GET /remote.qml HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let response: Response = server.raw(get.as_bytes());

        assert_eq!(response.status, 200, "{host}");
        assert!(
            response.text().contains(&format!("http://{host}")),
            "{host}: {}",
            response.text()
        );
    }
    server.write("remote.qml", "Item { /* own */ }");
    let events = server.events();
    events.until(|change| change.changed.is_empty() || change.changed == ["remote.qml"]);
    crate::support::wait_until(
        "the tree's own remote.qml is served",
        || server.stderr(),
        || server.get("/remote.qml").text() == "Item { /* own */ }",
    );
}

#[test]
fn a_connection_that_was_opened_ahead_and_idle_for_long_is_answered() {
    // Qt opens several connections at once and uses the last ones when it needs them. Whatever
    // it finds there when it asks at last, it takes for the answer.
    let server = TestServer::start(&[("main.qml", "Item {}\n")]);
    let mut ahead = crate::support::connect(server.address);

    // Longer than common limits for the first request, and for keeping a connection.
    std::thread::sleep(std::time::Duration::from_secs(7));

    std::io::Write::write_all(
        &mut ahead,
        b"GET /main.qml HTTP/1.1\r\nHost: localhost\r\n\r\n",
    )
    .unwrap();
    let (status, _) = crate::support::head(&mut std::io::BufReader::new(ahead));
    assert_eq!(status, 200);
}
