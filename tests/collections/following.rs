//! Seeds that change while the server runs, and places that cannot be written to.

use crate::place::{COLORS, Place, names, send};
use crate::support::{Folder, Setup, command, run};

#[test]
fn a_seed_that_is_edited_is_told_of_and_offered() {
    let server = Place::colors().start();
    assert_eq!(send(&server, "DELETE", "/colors/red", "").0, 200);
    let around = server.folder.around();
    std::fs::write(
        around.join("data/colors.json"),
        COLORS.replace("blue", "navy"),
    )
    .unwrap();
    server.logged("qmlserve data reset colors");
    assert_eq!(names(&server, "/colors"), ["green", "blue"], "overwritten");
    std::fs::write(around.join("data/pets.json"), r#"[{"id": 1}]"#).unwrap();
    server.logged("pets.json is new");
    std::fs::write(around.join("data/colors.json"), "[{oops").unwrap();
    server.logged("its seed is not usable any more");
    std::fs::write(
        around.join("data/colors.json"),
        COLORS.replace("blue", "cyan"),
    )
    .unwrap();
    let reset = run(&mut command(&["tree", "data", "reset", "colors"], around));
    assert_eq!(reset.code, Some(0), "{}", reset.stderr);
    assert_eq!(names(&server, "/colors"), ["red", "green", "cyan"]);
}

#[test]
fn a_collection_that_cannot_be_served_is_not_said_to_be() {
    let server = Place::new()
        .beside("data/colors.json", "[{]")
        .beside("data/things.json", "[]")
        .start();
    server.logged("the collection colors cannot be served");
    server.logged("collection things at /things");
    assert!(
        !server.stderr().contains("collection colors at"),
        "{}",
        server.stderr()
    );
}

#[cfg(unix)]
#[test]
fn where_nothing_can_be_written_objects_are_in_memory() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let data = folder.around().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("colors.json"), COLORS).unwrap();
    let closed = std::fs::Permissions::from_mode(0o555);
    let around = folder.around().to_owned();
    let Some(setup) = Setup::on(folder).without_privileges() else {
        return;
    };
    std::fs::set_permissions(&around, closed).unwrap();
    let server = setup.start();
    server.logged("objects are in memory");
    assert_eq!(
        send(&server, "POST", "/colors", r#"{"name": "new"}"#).0,
        201
    );
    assert_eq!(names(&server, "/colors").len(), 4);
    assert!(!around.join(".qmlserve").exists());
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&around, open).unwrap();
}
