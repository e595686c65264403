//! What `--print-config` prints.

use super::*;

#[test]
fn without_any_layer_the_defaults_are_in_force() {
    let expected = r#"# config file: none, there is no qmlserve.toml here
dir = "."  # default
# port: 8080, or the next free one  # default
host = ["127.0.0.1", "::1"]  # default
tls = false  # default
# tls_cert: not set  # default
# tls_key: not set  # default
# token: asked of other machines, where they can reach the server; one that is kept in .qmlserve  # default
document = "main.qml"  # default
imports = []  # default
stubs = ["stubs"]  # default
ignore = []  # default
attach = []  # default
in_place = false  # default
resources = {}  # default
poll = false  # default
poll_interval = "250ms"  # default
burst = "2s"  # default
snapshots = "64MiB"  # default
granularity = "document"  # default
allowed_hosts = []  # default
allowed_origins = []  # default
mdns = true  # default
book = false  # default
hub = "in-process"  # default
# data: in .qmlserve, beside the tree  # default
# db: not set  # default
offline = false  # default
# deploy: not set  # default
log_format = "text"  # default
verbosity = "info"  # default

# [[sockets]]: only the built-in /echo, /chat and /rooms/{name}  # default

# [[listen]]: none beside the server's own  # default

# [gateways.NAME]: none declared, each is there as it is asked for  # default

# [channels.NAME]: none, only the server's own objects at /channel  # default

[websockets]
message = "4MiB"  # default
frame = "4MiB"  # default
queue = "4MiB"  # default
sockets = 10000  # default
per_address = 1000  # default
rate = 1000  # default
ping = "45s"  # default
namespace = "qmlserve"  # default

[limits]
memory = "256MiB"  # default
memory_per_address = "64MiB"  # default
# connections: as many as leave 128 of the files that the system allows  # default
connections_per_address = 2000  # default
body = "30s"  # default
streams = 1000  # default
streams_per_address = 100  # default

# [[access]]: nobody is asked to sign in  # default

# [collections.NAME]: only those found in data/  # default

# [enginio.NAME]: no data storage, but with --book one that takes any id  # default

# [[proxy]]: none  # default

# [[mock]]: none  # default

# [oauth.NAME]: none  # default

[git]
enabled = false  # default
branch = "main"  # default
force = true  # default
largest = "256MiB"  # default
wait = "10s"  # default
"#;
    assert_eq!(Setup::new(&[], &[]).printed(Flags::default()), expected);
}

/// What was printed, less the comments of lines that set something.
fn values(printed: &str) -> Vec<&str> {
    let lines = printed.lines().skip(1);
    lines
        .map(|line| line.rsplit_once("  # ").map_or(line, |(value, _)| value))
        .collect()
}

#[test]
fn what_is_printed_loads_back_as_the_same() {
    let everything = r#"
        dir = "u'i \"x\"  # \n \\ \u001b ü"
        port = 0
        host = ["0.0.0.0", "::", "localhost"]
        document = "ui/a # b.qml"
        imports = ["lib", "more/lib"]
        ignore = ["*.tmp", "'\"  # x", "\\#"]
        poll = true
        poll_interval = "90s"
        snapshots = 1_500
        granularity = "tree"
        allowed_hosts = [".example.com", "box", "10.0.0.1"]
        allowed_origins = ["https://example.com", "http://[::1]:81"]
        data = "more/ui.db"
        log_format = "json"
        verbosity = "trace"
    "#;
    for text in ["", everything] {
        let first = in_file(text);
        let printed = first.printed(Flags::default());
        let second = in_file(&printed);
        let again = second.printed(Flags::default());
        assert_eq!(values(&again), values(&printed));

        let (first, second) = (
            first.load(Flags::default()).unwrap(),
            second.load(Flags::default()).unwrap(),
        );
        assert_eq!(first.port.value, second.port.value);
        assert_eq!(first.host.value, second.host.value);
        assert_eq!(first.document.value, second.document.value);
        assert_eq!(first.imports.value, second.imports.value);
        assert_eq!(first.ignore.value, second.ignore.value);
        assert_eq!(first.poll.value, second.poll.value);
        assert_eq!(first.poll_interval.value, second.poll_interval.value);
        assert_eq!(first.snapshots.value, second.snapshots.value);
        assert_eq!(first.granularity.value, second.granularity.value);
        assert_eq!(first.allowed_hosts.value, second.allowed_hosts.value);
        assert_eq!(first.allowed_origins.value, second.allowed_origins.value);
        assert_eq!(printed.contains("more/ui.db"), text.contains("more/ui.db"));
        assert_eq!(first.log_format.value, second.log_format.value);
        assert_eq!(first.verbosity.value, second.verbosity.value);
    }
}

#[test]
fn a_section_is_printed_with_the_source_of_each_key() {
    let text = r#"
        [[sockets]]
        path = "/games/{name}"
        kind = "room"
        history = 0x10
        [gateways.main]
        token = "s3cret"
        [websockets]
        message = "1MiB"
        [collections.colors]
        delay = "1000ms"
        "#;
    let printed = in_file(text).printed(Flags::default());
    for expected in [
        r#"
[[sockets]]
path = "/games/{name}"  # from qmlserve.toml:3
kind = "room"  # from qmlserve.toml:4
notices = false  # default
history = 16  # from qmlserve.toml:5
# greeting: none  # default
"#,
        r#"
[gateways."main"]
access = "none"  # default
token = "***"  # from qmlserve.toml:7
"#,
        r#"
[websockets]
message = "1MiB"  # from qmlserve.toml:9
frame = "1MiB"  # default
"#,
        r#"
[collections."colors"]
# path: /colors  # default
"#,
        r#"delay = "1s"  # from qmlserve.toml:11
fail = 0.0  # default
# max_body: 1MiB  # default
"#,
    ] {
        assert!(printed.contains(expected), "{expected}\n{printed}");
    }

    // Nobody starts a server with a token that everybody knows.
    let error = in_file(&printed).load(Flags::default()).unwrap_err();
    let expected = "token = \"***\": expected text, and not the \"***\" that --print-config shows";
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn a_hostile_file_name_does_not_leave_its_comment() {
    let name = "a\nport = 1.toml";
    let setup = Setup::new(&[(name, "poll = true")], &[]);
    let flags = Flags {
        config: Some(name.into()),
        ..Flags::default()
    };
    let printed = setup.printed(flags);
    assert!(!printed.contains("\nport"), "{printed}");
    assert!(in_file(&printed).load(Flags::default()).is_ok());
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_unicode_is_left_out() {
    use std::os::unix::ffi::OsStringExt;

    let flags = Flags {
        dir: Some(std::ffi::OsString::from_vec(b"u\xffi".to_vec()).into()),
        ..Flags::default()
    };
    let printed = Setup::new(&[], &[]).printed(flags);
    assert!(
        printed.contains("\n# dir: a path that is not Unicode, which no file can name  # from DIR"),
        "{printed}"
    );
}
