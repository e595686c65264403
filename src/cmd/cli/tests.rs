//! The command line: what it sets, what it refuses, and what its help tells.

use std::ffi::OsString;
use std::path::Path;

use super::parsing::parse_from;
use super::*;
use crate::cmd::data::DataCommand;
use crate::config::{self, Config};

fn parse(line: &str) -> Result<Invocation, clap::Error> {
    let words = line.split_whitespace().map(OsString::from);
    parse_from([OsString::from("qmlserve")].into_iter().chain(words))
}

fn flags(line: &str) -> Flags {
    match parse(line).unwrap() {
        Invocation::Serve(flags, _) => flags,
        other => panic!("{line} is {other:?}"),
    }
}

#[test]
fn the_definition_is_sound() {
    command().debug_assert();
}

#[test]
fn silence_sets_nothing() {
    let flags = flags("");
    assert!(flags.dir.is_none() && flags.port.is_none() && flags.poll.is_none());
    assert!(flags.host.is_none() && flags.verbosity.is_none() && flags.config.is_none());
}

#[test]
fn each_flag_sets_its_value() {
    let flags = flags(
        "ui --port 0 --host :: --host localhost --document a.qml --config c.toml \
         --import lib --stubs mocks --ignore *.tmp --poll --poll-interval 1s --snapshots 1MiB \
         --allowed-host .example.com --allowed-origin http://a:1 --log-format json -vv",
    );
    assert_eq!(flags.dir, Some("ui".into()));
    assert_eq!(flags.port, Some(Port::Given(0)));
    assert_eq!(flags.host.unwrap().len(), 2);
    assert_eq!(flags.document.unwrap().as_str(), "a.qml");
    assert_eq!(flags.config, Some("c.toml".into()));
    assert_eq!(flags.imports.unwrap()[0].as_str(), "lib");
    assert_eq!(flags.stubs.unwrap()[0].as_str(), "mocks");
    assert_eq!(flags.ignore.unwrap()[0].to_string(), "*.tmp");
    assert_eq!(flags.poll, Some(true));
    assert_eq!(flags.poll_interval, Some(Duration::from_secs(1)));
    assert_eq!(flags.snapshots, Some(ByteSize(1 << 20)));
    assert!(flags.allowed_hosts.unwrap()[0].to_string().starts_with('.'));
    assert_eq!(flags.allowed_origins.unwrap()[0].to_string(), "http://a:1");
    assert_eq!(flags.log_format, Some(LogFormat::Json));
    assert_eq!(flags.verbosity, Some(Verbosity::Trace));
}

#[test]
fn levels_are_counted_from_info() {
    for (line, expected) in [
        ("-v", Some(Verbosity::Debug)),
        ("-vvvv", Some(Verbosity::Trace)),
        ("-q", Some(Verbosity::Warn)),
        ("-qq", Some(Verbosity::Error)),
        ("-v -q", Some(Verbosity::Info)),
        ("", None),
    ] {
        assert_eq!(flags(line).verbosity, expected, "{line}");
    }
}

#[test]
fn poll_leaves_the_folder_alone() {
    let with_folder = flags("--poll ui");
    assert_eq!(with_folder.poll, Some(true));
    assert_eq!(with_folder.dir, Some("ui".into()));
    assert_eq!(flags("--poll=false").poll, Some(false));
}

#[test]
fn printing_is_asked_for_by_a_flag() {
    let invocation = parse("--print-config ui").unwrap();
    assert!(matches!(invocation, Invocation::PrintConfig(flags) if flags.dir.is_some()));
}

#[test]
fn what_is_not_understood_is_a_usage_error() {
    for (line, expected) in [
        (
            "--port high",
            "invalid value 'high' for '--port <N>': expected a number from 0 to 65535",
        ),
        ("--prot 1", "a similar argument exists: '--port'"),
        ("--document ../a.qml", "expected a path below the tree"),
        ("--host localhost:80", "without a port"),
        ("a b", "unexpected argument 'b'"),
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn help_names_every_flag_and_variable() {
    let help = command().render_long_help().to_string();
    for names in config::NAMES.iter().chain([&config::CONFIG_FILE]) {
        let variables = format!("[env: {}]", names.env.join(", "));
        assert!(help.contains(&variables), "{variables} is not in {help}");
        for flag in names.flag.split('/') {
            assert!(help.contains(flag), "{flag} is not in {help}");
        }
    }
}

#[test]
fn the_defaults_that_help_tells_are_those_of_the_config() {
    let nowhere = Path::new("/nonexistent");
    let config = Config::load(Flags::default(), &|_| None, nowhere).unwrap();
    let help = command().render_help().to_string();
    let words: Vec<_> = help.split_whitespace().collect();
    let help = words.join(" ");
    for default in [
        config.document.value.as_str().to_owned(),
        "8080, or the next free one".to_owned(),
        format!("{} and {}", config.host.value[0], config.host.value[1]),
        "250ms".to_owned(),
        "64MiB".to_owned(),
        "text".to_owned(),
    ] {
        let told = format!("[default: {default}]");
        assert!(help.contains(&told), "{told} is not in {help}");
    }
    assert_eq!(config.poll_interval.value, Duration::from_millis(250));
    assert_eq!(config.snapshots.value, ByteSize(64 << 20));
    assert_eq!(config.log_format.value, LogFormat::Text);
}

#[test]
fn data_commands_stand_beside_the_flags_of_the_server() {
    let name = || "colors".to_owned();
    for (line, dir, expected) in [
        (
            "data export colors",
            None,
            DataCommand::Export {
                name: name(),
                file: None,
            },
        ),
        (
            "ui data import colors new.json --data :memory: --config c.toml",
            Some("ui"),
            DataCommand::Import {
                name: name(),
                file: Some("new.json".into()),
            },
        ),
        (
            "--data :memory: data reset colors",
            None,
            DataCommand::Reset { name: name() },
        ),
    ] {
        let Invocation::Data(flags, command) = parse(line).unwrap() else {
            panic!("{line} is something else");
        };
        assert_eq!(command, expected, "{line}");
        assert_eq!(flags.dir, dir.map(Into::into), "{line}");
        assert_eq!(flags.data.is_some(), line.contains(":memory:"), "{line}");
    }
    for line in ["data", "data explode colors", "data export"] {
        assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
    }
    assert_eq!(flags("./data").dir, Some("./data".into()));
}

#[test]
fn run_takes_all_that_the_command_takes_and_a_program_behind_two_dashes() {
    let check = |line: &str| match parse(line).unwrap() {
        Invocation::Run(flags, args, _) => (flags, args),
        other => panic!("{line} is {other:?}"),
    };
    let (flags, args) = check("run ui -v --port 0 --config c.toml --keep -- app --port 1 -v");
    assert_eq!(flags.dir, Some("ui".into()));
    assert_eq!(flags.port, Some(Port::Given(0)));
    assert_eq!(flags.config, Some("c.toml".into()));
    assert_eq!(flags.verbosity, Some(Verbosity::Debug));
    assert!(args.keep && args.runtime.is_none());
    assert_eq!(args.program, ["app", "--port", "1", "-v"]);
    let (flags, args) = check("--config c.toml run --runtime qml6");
    assert_eq!(flags.config, Some("c.toml".into()));
    assert!(flags.dir.is_none() && args.program.is_empty() && !args.keep);
    assert_eq!(args.runtime, Some("qml6".into()));
    for line in [
        "run a b",
        "run --runtime qml -- app",
        "--port 0 run",
        "ui run",
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}
