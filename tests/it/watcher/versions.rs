//! Which version a state has, and what leads out of it.

use super::*;

#[test]
fn a_string_that_leads_out_of_the_version_is_told() {
    let page = |sources: &[&str]| {
        let loaders = sources
            .iter()
            .map(|source| format!("Loader {{ source: \"{source}\" }}\n"));
        format!(
            "import QtQuick 2.12\nItem {{\n{}}}\n",
            loaders.collect::<String>()
        )
    };
    let server = TestServer::start(&[
        (
            "main.qml",
            &page(&["/pages/P.qml", "pages/P.qml", "/nowhere.qml", "/data.json"]),
        ),
        ("pages/P.qml", &page(&["../pages/Q.qml"])),
        ("pages/Q.qml", "Item {}"),
        ("data.json", "{}"),
    ]);
    server.logged("main.qml: \"/pages/P.qml\" leads out of the version");
    server.logged("write \"pages/P.qml\"");
    server.write(
        "pages/Q.qml",
        page(&["http://localhost:8080/main.qml", "../../main.qml"]),
    );
    server.logged("pages/Q.qml: \"http://localhost:8080/main.qml\" leads out of the version");
    server.logged("\"../../main.qml\" leads out of the version");
    server.logged("write \"../main.qml\"");
    let told = server.stderr().matches("leads out of the version").count();
    assert_eq!(told, 3, "{}", server.stderr());
}

#[test]
fn going_back_to_an_old_content_goes_back_to_the_old_version() {
    let server = TestServer::start(&[("main.qml", &item("one")), ("B.qml", &item("b"))]);
    let (events, first) = listen(&server);

    server.save("main.qml", item("two"), Save::InPlace);
    let second = events.until_changed("main.qml");
    server.save("main.qml", item("one"), Save::Rename);
    let third = events.until_changed("main.qml");
    server.folder.remove("B.qml");
    events.until_changed("B.qml");
    server.write("B.qml", item("b"));
    let fourth = events.until_changed("B.qml");

    assert_ne!(first.version, second.version);
    assert_eq!((&third.version, &third.url), (&first.version, &first.url));
    assert_eq!((&fourth.version, &fourth.url), (&first.version, &first.url));
    assert_eq!(server.get(&fourth.url.unwrap()).text(), item("one"));
}

#[test]
fn the_same_content_has_the_same_version_everywhere() {
    let files = &[
        ("main.qml", "Item {}"),
        ("a/b/C.qml", "Item {}"),
        ("icon.png", "png"),
        ("Größe.js", ""),
    ];
    let one = Setup::new().files(files).start();
    let mut reversed = Setup::new().args(&["--poll"]);
    for (path, content) in files.iter().rev() {
        reversed = reversed.file(path, content);
    }
    reversed.folder().create_dir("an/empty/one");
    let two = reversed.file(".hidden", "x").start();
    let moved = [
        ("main.qml", "Item {}"),
        ("a/b.qml", ""),
        ("a/b/C.qml", "Item {}"),
    ];
    let other = TestServer::start(&moved);

    assert_eq!(one.version(), two.version());
    assert_ne!(one.version(), other.version());
    let version = one.version();
    assert!(version.len() == 16 && version.bytes().all(|b| b.is_ascii_hexdigit()));
}
