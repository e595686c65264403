//! `qmlserve data`: out, in and back, also while a server runs.

use crate::place::{Place, names, on_every_database, send};
use crate::support::{Finished, TestServer, command, run};

/// Runs the command beside the server, on its database.
#[track_caller]
fn data(server: &TestServer, place: &str, args: &[&str]) -> Finished {
    let mut all = vec!["tree", "data"];
    all.extend(args);
    if !place.is_empty() {
        all.extend(["--data", place]);
    }
    run(&mut command(&all, server.folder.around()))
}

fn round(place: Place, location: &str) {
    let server = place.start();
    let ask = |args: &[&str]| data(&server, location, args);
    assert_eq!(
        send(&server, "POST", "/colors", r#"{"name":"new","v":1.10}"#).0,
        201
    );
    let exported = ask(&["export", "colors"]);
    assert_eq!(exported.code, Some(0), "{}", exported.stderr);
    assert!(
        exported
            .stdout
            .contains("\n  {\"name\":\"new\",\"v\":1.10}\n]"),
        "{}",
        exported.stdout
    );

    assert_eq!(ask(&["export", "colors", "out.json"]).code, Some(0));
    assert_eq!(send(&server, "DELETE", "/colors/new", "").0, 200);
    let imported = ask(&["import", "colors", "out.json"]);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    assert!(
        imported.stderr.contains("colors has 4 objects now"),
        "{}",
        imported.stderr
    );
    assert_eq!(names(&server, "/colors"), ["red", "green", "blue", "new"]);

    std::fs::write(
        server.folder.around().join("bad.json"),
        r#"[{"name":"a"},{"name":"a"}]"#,
    )
    .unwrap();
    let refused = ask(&["import", "colors", "bad.json"]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("bad.json: object 2"),
        "{}",
        refused.stderr
    );
    assert_eq!(names(&server, "/colors").len(), 4, "half an import");

    assert_eq!(ask(&["reset", "colors"]).code, Some(0));
    assert_eq!(names(&server, "/colors"), ["red", "green", "blue"]);

    let unknown = ask(&["export", "colours"]);
    assert_eq!(unknown.code, Some(1));
    assert!(
        unknown.stderr.contains("there are colors"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn out_in_and_back() {
    round(Place::colors(), "");
    if let Some(cluster) = crate::postgres::Cluster::shared() {
        let url = cluster.new_database();
        round(Place::colors().data(&url), &url);
    }
}

#[test]
fn the_seed_is_back_after_a_restart_too() {
    on_every_database(|place| {
        let server = place.start();
        assert_eq!(names(&server, "/colors").len(), 3);
    });
}
