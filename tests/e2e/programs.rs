//! A program draws the same from the server as from the file system.

use serde_json::{Value, json};

use crate::client::QtClient;
use crate::picture::{Picture, png_of};
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{TestServer, wait_until};
use crate::tree::serve;

in_each_runtime!(remote_equals_local);

const PROGRAMS: &[&str] = &[
    "items",
    "window",
    "application",
    "controls",
    "modules",
    "states",
    // A directory without a qmldir, imported with a version: seen in all of it locally.
    "versioned",
    // A module imported twice, without and then with a qualifier.
    "twice",
    // Measures itself otherwise once it is in its place.
    "measured",
];

/// How one run gets its programs.
#[derive(Clone, Copy, Debug)]
enum Way {
    Local,
    Versioned,
    Live,
}

/// A picture, and what it does not show: title, size and colour of a window.
struct Drawn {
    facts: Value,
    picture: Option<Picture>,
}

fn remote_equals_local(runtime: Runtime) {
    let server = serve("programs");
    server.write("picture.png", png_of(4, [200, 100, 50]));
    let there = || server.get(&format!("/@{}/picture.png", server.version()));
    wait_until(
        "the tree is complete",
        || server.stderr(),
        || there().status == 200,
    );
    let local = draw(runtime, &server, Way::Local, PROGRAMS);
    let mut wrong = Vec::new();
    for (program, drawn) in PROGRAMS.iter().zip(&local) {
        if drawn
            .picture
            .as_ref()
            .is_none_or(|picture| picture.colours() <= 2)
        {
            wrong.push(format!("{program} draws nothing much: {}", drawn.facts));
        }
    }
    for way in [Way::Versioned, Way::Live] {
        let remote = draw(runtime, &server, way, PROGRAMS);
        for ((program, local), remote) in PROGRAMS.iter().zip(&local).zip(remote) {
            if local.facts != remote.facts {
                wrong.push(format!(
                    "{program}, {way:?}: {} and {}",
                    local.facts, remote.facts
                ));
            } else if let (Some(local), Some(remote)) = (&local.picture, &remote.picture)
                && let Some(difference) = local.difference(remote)
            {
                wrong.push(format!("{program}, {way:?}: {difference}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Programs drawn by one client. Only the local one has the tree as an import path, so that
/// no other finds a module there.
fn draw(runtime: Runtime, server: &TestServer, way: Way, programs: &[&str]) -> Vec<Drawn> {
    let root = server.folder.root();
    let job = |program: &&str| {
        let document = format!("{program}/main.qml");
        match way {
            Way::Local => json!({"url": format!("file://{}/{document}", root.display())}),
            Way::Versioned => {
                let path = format!("/@qmlserve/events?document={document}");
                let change = server.events_at(&path).change();
                json!({"url": change.url.unwrap()})
            }
            Way::Live => json!({"server": server.announced, "document": document}),
        }
    };
    let jobs: Vec<_> = programs.iter().map(job).collect();
    let pictures = tempfile::tempdir().unwrap();
    let arguments = [
        format!("--jobs={}", json!(jobs)),
        format!("--pictures={}", pictures.path().display()),
    ];
    let mut variables = vec![("QT_QUICK_CONTROLS_STYLE", "Fusion")];
    let root = root.to_str().unwrap();
    if let Way::Local = way {
        variables.extend([("QML2_IMPORT_PATH", root), ("QML_IMPORT_PATH", root)]);
    }
    let client = QtClient::open_file(
        runtime,
        "tests/e2e/qml/grab.qml",
        &[&arguments[0], &arguments[1]],
        &variables,
    );
    eprintln!("{way:?}");
    client.wait_for("DONE");
    let lines = client.lines();
    let facts: Vec<Value> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("FACTS "))
        .map(|json| serde_json::from_str(json).unwrap())
        .collect();
    assert_eq!(facts.len(), programs.len());
    let read = |(number, facts): (usize, Value)| {
        let file = pictures.path().join(format!("{number}.png"));
        let picture = facts["error"].is_null().then(|| Picture::read(&file));
        Drawn { facts, picture }
    };
    facts.into_iter().enumerate().map(read).collect()
}
