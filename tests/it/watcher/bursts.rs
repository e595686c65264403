//! Many changes at once are one version or two.

use super::*;

#[test]
fn a_checkout_is_one_event_or_two_and_the_last_has_everything() {
    let name = |n: usize| format!("dir{}/File{n}.qml", n % 10);
    let mut setup = Setup::new().file("main.qml", item("main"));
    for n in 0..200 {
        setup = setup.file(&name(n), item("before"));
    }
    let server = setup.start();
    let (events, first) = listen(&server);
    let checkout = |text: &str| {
        // As git does it: unlink and create, the files one after the other.
        for n in 0..200 {
            server.save(&name(n), item(&format!("{text} {n}")), Save::Recreate);
        }
    };

    checkout("after");
    let mut changed = BTreeSet::new();
    let changes = events.until(|change| {
        changed.extend(change.changed.iter().cloned());
        (0..200).all(|n| content(&server, &name(n)) == Some(item(&format!("after {n}"))))
    });

    // A machine under load may take longer for the whole than the quarter of a
    // second after which a burst is told in any case.
    assert!(changes.len() <= 4, "{} events", changes.len());
    let last = changes.last().unwrap();
    assert_ne!(last.version, first.version);
    assert_eq!(last.version, server.version());
    // No more than a hundred are named in one event.
    assert!(changes.iter().all(|change| change.changed.len() <= 100));
}

#[test]
fn a_checkout_of_a_thousand_files_is_one_change() {
    let setup = Setup::new();
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        command.args(identity).args(args);
        command.current_dir(setup.folder().on_disk(""));
        let output = command.output().expect("git runs");
        assert!(output.status.success(), "{output:?}");
    };
    let fill = |text: &str| {
        for number in 0..1000 {
            let path = format!("dir{}/F{number}.qml", number % 20);
            setup.folder().write(&path, item(text));
        }
        git(&["add", "."]);
        git(&["commit", "-q", "-m", text]);
    };
    setup.folder().write("main.qml", "Item {}");
    git(&["init", "-q", "-b", "one"]);
    fill("one");
    git(&["checkout", "-q", "-b", "two"]);
    fill("two");
    let folder = setup.folder().on_disk("");
    let server = setup.start();
    let (events, _) = listen(&server);

    let status = std::process::Command::new("git")
        .args(["checkout", "-q", "one"])
        .current_dir(folder)
        .status()
        .expect("git runs");
    assert!(status.success());

    // Whoever reloads at the first event reloads the whole checkout.
    let change = events.change();
    let versioned = |number: usize| {
        let path = format!("dir{}/F{number}.qml", number % 20);
        server.get(&format!("/@{}/{path}", change.version))
    };
    for number in 0..1000 {
        let response = versioned(number);
        assert_eq!((response.status, response.text()), (200, &*item("one")));
    }
    assert_eq!(change.version, server.version());
}
