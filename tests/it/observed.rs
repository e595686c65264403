//! What clients load by names that cannot be read off: who gets a new URL when it changes.

use std::collections::BTreeMap;

use url::Url;

use crate::support::{Setup, TestServer, wait_until};

const FILES: &[(&str, &str)] = &[
    (
        "main.qml",
        "Item { IconA {} IconB {} PagesA {} PagesB {} Plain {} }",
    ),
    ("IconA.qml", "Image { source: name }"),
    ("IconB.qml", "Image { source: name; x: 1 }"),
    ("PagesA.qml", "Loader { source: page }"),
    ("PagesB.qml", "Loader { source: page; x: 1 }"),
    ("Plain.qml", "Item {}"),
    ("pages/One.qml", "Item {}"),
    ("pages/Two.qml", "Item {}"),
    ("a.png", "a"),
    ("b.png", "b"),
];

struct Watched {
    server: TestServer,
    edits: usize,
}

impl Watched {
    fn start() -> Self {
        let setup = Setup::new().files(FILES);
        let server = setup.args(&["--granularity", "document"]).start();
        Self { server, edits: 0 }
    }

    /// The URL of each type that the entry sees.
    fn urls(&self) -> BTreeMap<String, Url> {
        let entry = self.server.events().change().url.unwrap();
        let qmldir = Url::parse(&entry).unwrap().join("qmldir").unwrap();
        let text = self.server.get(qmldir.path()).text().to_owned();
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        lines
            .map(|(name, file)| (name.to_owned(), qmldir.join(file).unwrap()))
            .collect()
    }

    /// Asks for a file as a document of this type would that loads it.
    fn load(&self, name: &str, file: &str) -> u16 {
        let url = self.urls()[name].join(file).unwrap();
        self.server.get(url.path()).status
    }

    /// Changes the tree, and waits until that is seen.
    fn change(&self, change: impl FnOnce(&TestServer)) {
        let version = self.server.version();
        change(&self.server);
        wait_until(
            "the change is there",
            || self.server.stderr(),
            || self.server.version() != version,
        );
    }

    /// Edits a file, and says which types got new URLs.
    fn renewed_by(&mut self, file: &str) -> Vec<String> {
        let before = self.urls();
        self.edits += 1;
        let content = if file.ends_with(".qml") {
            format!("Item {{ x: {} }}", self.edits)
        } else {
            self.edits.to_string()
        };
        self.change(|server| server.write(file, &content));
        let after = self.urls();
        let is_new = |(name, url): &(&String, &Url)| before.get(*name) != Some(*url);
        after
            .iter()
            .filter(is_new)
            .map(|(name, _)| name.clone())
            .collect()
    }
}

#[test]
fn an_open_document_is_renewed_by_what_was_loaded_under_its_token() {
    let mut tree = Watched::start();
    assert_eq!(tree.renewed_by("a.png"), [""; 0]);
    assert_eq!(tree.renewed_by("pages/One.qml"), [""; 0]);

    assert_eq!(tree.load("PagesA", "pages/One.qml"), 200);
    assert_eq!(tree.load("PagesA", "pages/qmldir"), 200);
    assert_eq!(tree.load("PagesB", "a.png"), 200);
    assert_eq!(tree.load("PagesB", "none.png"), 404);

    assert_eq!(tree.renewed_by("pages/One.qml"), ["PagesA"]);
    assert_eq!(tree.renewed_by("a.png"), ["PagesB"]);
    assert_eq!(tree.renewed_by("b.png"), [""; 0]);
    let loads = &tree.server.status()["loads"];
    assert!(loads["unforeseen"].as_u64().unwrap() >= 4, "{loads}");
}

#[test]
fn what_came_or_went_counts_like_what_changed() {
    let mut tree = Watched::start();
    assert_eq!(tree.load("PagesB", "none.png"), 404);
    assert_eq!(tree.renewed_by("none.png"), ["PagesB"]);
    assert_eq!(tree.load("PagesB", "none.png"), 200);
    let before = tree.urls();
    tree.change(|server| server.folder.remove("none.png"));
    assert_ne!(tree.urls()["PagesB"], before["PagesB"]);
}

#[test]
fn those_who_share_a_token_are_told_apart_once_it_matters() {
    let mut tree = Watched::start();
    // Either of the two may have asked, and the others compute no name of an image.
    tree.load("IconA", "a.png");
    let both = ["IconA", "IconB"];
    assert_eq!(tree.renewed_by("a.png"), both);
    tree.load("IconA", "a.png");
    assert_eq!(tree.renewed_by("a.png"), both);
    for _ in 0..2 {
        tree.load("IconA", "a.png");
        tree.load("IconB", "b.png");
        assert_eq!(tree.renewed_by("a.png"), ["IconA"]);
    }
    assert_eq!(tree.renewed_by("b.png"), ["IconB"]);
}

#[test]
fn a_token_never_means_two_things() {
    let mut tree = Watched::start();
    let url = tree.urls()["PagesA"].join("a.png").unwrap();
    // The newest, since nobody has asked before.
    tree.renewed_by("a.png");
    assert_eq!(tree.server.get(url.path()).text(), "1");
    tree.renewed_by("a.png");
    assert_eq!(tree.server.get(url.path()).status, 410);
    // Back to what it was: that token has answered with something else meanwhile.
    tree.change(|server| server.write("a.png", "a"));
    assert_eq!(tree.server.get(url.path()).status, 410);
    let now = tree.urls()["PagesA"].join("a.png").unwrap();
    assert_ne!(now, url);
    assert_eq!(tree.server.get(now.path()).text(), "a");
}
