//! Which layer decides, and what is told about it.

use super::*;

#[test]
fn a_folder_www_is_the_tree_where_there_is_one() {
    let setup = Setup::new(&[("www/main.qml", "")], &[]);
    let dir = setup.load(Flags::default()).unwrap().dir;
    assert_eq!(dir.value, setup.cwd.path().join("www"));

    let setup = Setup::new(&[("www", "a file")], &[]);
    let dir = setup.load(Flags::default()).unwrap().dir;
    assert_eq!(dir.value, setup.cwd.path());
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let file = [("qmlserve.toml", "# mine\nport = 3\nhost = [\"::\"]\n")];
    let flag = || Flags {
        port: Some(Port::Given(1)),
        ..Flags::default()
    };
    let set: &[(&str, &str)] = &[("QMLSERVE_PORT", "2"), ("PORT", "4")];
    let cases = [
        (&file[..], set, flag(), Port::Given(1), "from --port"),
        (
            &file,
            set,
            Flags::default(),
            Port::Given(2),
            "from QMLSERVE_PORT",
        ),
        (
            &file,
            &[("PORT", "4")],
            Flags::default(),
            Port::Given(4),
            "from PORT",
        ),
        (
            &file,
            &[("QMLSERVE_PORT", ""), ("PORT", "")],
            Flags::default(),
            Port::Given(3),
            "from qmlserve.toml:2",
        ),
        (&[], &[], Flags::default(), Port::FirstFree, "default"),
    ];
    for (files, env, flags, port, source) in cases {
        let config = Setup::new(files, env).load(flags).unwrap();
        assert_eq!(config.port.value, port);
        assert_eq!(config.port.source.to_string(), source);
    }
}

#[test]
fn a_list_replaces_the_one_below_it() {
    let setup = Setup::new(
        &[(
            "qmlserve.toml",
            "host = [\"::\", \"::1\"]\nimports = \"lib\"",
        )],
        &[("QMLSERVE_HOST", "localhost, 0.0.0.0")],
    );
    let printed = setup.printed(Flags::default());
    assert!(
        printed.contains("host = [\"localhost\", \"0.0.0.0\"]  # from QMLSERVE_HOST\n"),
        "{printed}"
    );
    assert!(
        printed.contains("imports = [\"lib\"]  # from qmlserve.toml:2\n"),
        "{printed}"
    );
}

#[test]
fn a_path_in_the_file_starts_from_the_file() {
    let setup = Setup::new(
        &[("conf/dev.toml", "dir = \"ui\"")],
        &[("QMLSERVE_CONFIG", "conf/dev.toml")],
    );
    let config = setup.load(Flags::default()).unwrap();
    assert_eq!(config.dir.value, setup.cwd.path().join("conf/ui"));
    assert_eq!(config.dir.source.to_string(), "from conf/dev.toml:1");
    assert!(
        config
            .to_toml()
            .starts_with("# config file: conf/dev.toml  # from QMLSERVE_CONFIG\ndir = \"conf/ui\""),
    );
    let flags = Flags {
        dir: Some("../ui".into()),
        ..Flags::default()
    };
    let dir = setup.load(flags).unwrap().dir;
    assert_eq!(dir.value, setup.cwd.path().join("../ui"));
    assert_eq!(dir.source, Source::Flag("DIR"));
}

#[test]
fn numbers_may_stand_for_what_is_printed_as_text() {
    let setup = in_file("port = 0\nsnapshots = 0x400\nverbosity = -1");
    let config = setup.load(Flags::default()).unwrap();
    assert_eq!(config.port.value, Port::Given(0));
    assert_eq!(config.snapshots.value, ByteSize(1024));
    assert_eq!(config.verbosity.value, Verbosity::Warn);
}
