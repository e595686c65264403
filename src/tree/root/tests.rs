//! The one place that opens files: what it opens, and what it does not.

use super::*;

fn at(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

#[test]
fn a_missing_folder_and_a_file_are_start_errors() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("main.qml");
    fs::write(&file, "").unwrap();
    assert!(matches!(
        Root::open(&dir.path().join("no"), &[], &[]),
        Err(RootError::Missing(_))
    ));
    assert!(matches!(
        Root::open(&file, &[], &[]),
        Err(RootError::NotADirectory(_))
    ));
}

#[cfg(unix)]
#[test]
fn links_may_not_lead_out_of_the_tree_or_around_the_rules() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path();
    fs::create_dir_all(tree.join("real/.git")).unwrap();
    fs::write(tree.join("real/Button.qml"), "Item {}").unwrap();
    fs::write(tree.join("real/.git/config"), "token").unwrap();
    symlink("real/Button.qml", tree.join("Inside.qml")).unwrap();
    symlink("real", tree.join("alias")).unwrap();
    symlink(outside.path().join("secret"), tree.join("out")).unwrap();
    symlink(outside.path(), tree.join("outdir")).unwrap();
    symlink("real/.git/config", tree.join("sneaky")).unwrap();
    symlink("loop", tree.join("loop")).unwrap();
    let root = Root::open(tree, &[], &[]).unwrap();

    let outcome = |text: &str| match root.open_path(&at(text)) {
        Ok(Found::File(_)) => "file",
        Ok(Found::Directory(_)) => "directory",
        Err(OpenError::NotFound) => "not found",
        Err(OpenError::Outside) => "outside",
        Err(_) => "other",
    };
    for (path, expected) in [
        ("real/Button.qml", "file"),
        ("Inside.qml", "file"),
        ("alias", "directory"),
        ("alias/Button.qml", "file"),
        ("out", "outside"),
        ("outdir/secret", "outside"),
        ("sneaky", "not found"),
        ("real/.git/config", "not found"),
        ("loop", "not found"),
        ("nowhere", "not found"),
    ] {
        assert_eq!(outcome(path), expected, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_fifo_is_refused_and_does_not_block() {
    let dir = tempfile::tempdir().unwrap();
    let status = std::process::Command::new("mkfifo")
        .arg(dir.path().join("pipe"))
        .status()
        .unwrap();
    assert!(status.success());
    let root = Root::open(dir.path(), &[], &[]).unwrap();
    assert!(matches!(
        root.open_path(&at("pipe")),
        Err(OpenError::Special)
    ));
}

#[test]
fn what_was_there_before_an_exchange_is_still_found() {
    let around = tempfile::tempdir().unwrap();
    let at_disk = |name: &str| around.path().join(name);
    for (name, word) in [("tree", "old"), ("next", "new")] {
        fs::create_dir_all(at_disk(name).join("img")).unwrap();
        fs::write(at_disk(name).join("img/a.png"), word).unwrap();
    }
    fs::write(at_disk("tree/gone.png"), "gone").unwrap();
    fs::write(at_disk("tree/.hidden"), "hidden").unwrap();
    let root = Root::open(&at_disk("tree"), &[], &[]).unwrap();
    root.exchange(|| -> Result<(), crate::tree::SwitchError> {
        fs::rename(at_disk("tree"), at_disk("before"))?;
        fs::rename(at_disk("next"), at_disk("tree"))?;
        Ok(())
    })
    .unwrap();
    let content = |mut open: OpenFile| {
        let mut text = String::new();
        io::Read::read_to_string(&mut open.file, &mut text).unwrap();
        text
    };
    let now = |path: &str| match root.open_path(&at(path)) {
        Ok(Found::File(open)) => Some(content(open)),
        _ => None,
    };
    let before = |path: &str| root.open_former(&at(path)).into_iter().map(content).next();
    assert_eq!(now("img/a.png").as_deref(), Some("new"));
    assert_eq!(before("img/a.png").as_deref(), Some("old"));
    assert_eq!(now("gone.png"), None);
    assert_eq!(before("gone.png").as_deref(), Some("gone"));
    assert_eq!(before(".hidden"), None);
    assert_eq!(before("img"), None);
    assert!(!root.is_replaced().unwrap());
}
