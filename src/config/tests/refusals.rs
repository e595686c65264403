//! What is refused, and in which words.

use super::*;

#[test]
fn a_file_that_is_named_must_be_there() {
    let setup = Setup::new(&[], &[("QMLSERVE_CONFIG", "gone.toml")]);
    let error = setup.load(Flags::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot read the config file gone.toml, named by QMLSERVE_CONFIG"
    );
    let flags = Flags {
        config: Some("gone.toml".into()),
        ..Flags::default()
    };
    let error = setup.load(flags).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot read the config file gone.toml, named by --config"
    );
    let setup = Setup::new(&[("qmlserve.toml/inside", "")], &[]);
    let error = setup.load(Flags::default()).unwrap_err().to_string();
    assert_eq!(error, "cannot read the config file qmlserve.toml");
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_line() {
    let cases = [
        ("prot = 1", r#"1: unknown key "prot"; did you mean "port"?"#),
        (
            "port = 1\nPoll-Interval = \"1s\"\nzzz = 1",
            r#"2: unknown key "Poll-Interval"; did you mean "poll_interval"?"#,
        ),
        (
            "[allowed_host]\na = 1",
            r#"1: unknown key "allowed_host"; did you mean "allowed_hosts"?"#,
        ),
        (
            "config = \"other.toml\"",
            r#"1: unknown key "config"; the keys are dir, port, host, tls, tls_cert, tls_key, token, document, imports, stubs, ignore, attach, in_place, resources, poll, poll_interval, burst, snapshots, granularity, allowed_hosts, allowed_origins, mdns, book, hub, data, db, offline, deploy, log_format, verbosity, sockets, listen, gateways, channels, websockets, limits, access, collections, enginio, proxy, mock, oauth, git"#,
        ),
        (
            "port = \"8080\"",
            r#"1: port = "8080": expected a number from 0 to 65535"#,
        ),
        (
            "\nport = 65_536 # high",
            "2: port = 65_536: expected a number from 0 to 65535",
        ),
        (
            "[gateways.a]\ntoken = 5512",
            r#"2: token = …: expected text, and not the "***" that --print-config shows in its place"#,
        ),
        (
            "poll = \"yes\"",
            r#"1: poll = "yes": expected true or false"#,
        ),
        (
            "ignore = [\n  \"*.tmp\",\n  7,\n]",
            r#"3: ignore = 7: expected a list, each item of it a pattern as in a .gitignore, such as "*.tmp" or "/build/""#,
        ),
        (
            "token = \"***\"",
            r#"1: token = "***": expected a token of 8 to 128 letters, digits, - and _ (and not the "***" that --print-config shows in its place), true for one that is made, or false for none"#,
        ),
        (
            "host = []",
            "1: host = []: expected at least one address; without the key it is loopback",
        ),
        (
            "document = \"/etc/passwd\"",
            r#"1: document = "/etc/passwd": expected a path below the tree, relative, without "..", "\" or ":""#,
        ),
        (
            "poll_interval = 250",
            r#"1: poll_interval = 250: expected a duration above zero with its unit (ms, s, m, h), such as "250ms""#,
        ),
        (
            "snapshots = -1",
            r#"1: snapshots = -1: expected a size such as "64MiB", "10MB" or 4096 (bytes)"#,
        ),
        (
            "log_format = \"xml\"",
            r#"1: log_format = "xml": expected "text" or "json""#,
        ),
        ("dir = \"\"", r#"1: dir = "": expected a path"#),
        ("dir = [\n1,\n]", "1: dir = […: expected a path"),
    ];
    for (text, expected) in cases {
        let error = in_file(text).load(Flags::default()).unwrap_err();
        assert_eq!(error.to_string(), format!("qmlserve.toml:{expected}"));
    }
}

#[test]
fn a_mistake_in_the_file_counts_even_where_a_flag_decides() {
    let flags = Flags {
        port: Some(Port::Given(1)),
        ..Flags::default()
    };
    assert!(in_file("port = true").load(flags).is_err());
}

#[test]
fn a_bad_variable_is_named() {
    let cases = [
        (
            "PORT",
            "high",
            "PORT = \"high\": expected a number from 0 to 65535",
        ),
        (
            "QMLSERVE_PORT",
            "-1",
            "QMLSERVE_PORT = \"-1\": expected a number from 0 to 65535",
        ),
        (
            "QMLSERVE_POLL",
            "maybe",
            "QMLSERVE_POLL = \"maybe\": expected true or false",
        ),
        (
            "QMLSERVE_VERBOSITY",
            "loud\u{1b}[2J",
            "QMLSERVE_VERBOSITY = \"loud\\u{1b}[2J\": expected error, warn, info, debug, trace, \
             or a number from -2 (error) to 2 (trace)",
        ),
        (
            "QMLSERVE_ALLOWED_ORIGINS",
            "localhost",
            "QMLSERVE_ALLOWED_ORIGINS = \"localhost\": expected a list, each item of it \
             scheme://host[:port] and nothing after it, such as http://localhost:3000",
        ),
    ];
    for (name, text, expected) in cases {
        let error = Setup::new(&[], &[(name, text)]).load(Flags::default());
        assert_eq!(error.unwrap_err().to_string(), expected);
    }
}
