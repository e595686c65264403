//! Collections in the config file: what they set, what is refused, what is printed.

use super::super::tests::in_file;
use super::super::{Config, Flags};
#[cfg(feature = "postgres")]
use super::*;
#[cfg(feature = "postgres")]
use crate::config::Value as _;
#[cfg(feature = "postgres")]
use crate::database::Location;
#[cfg(feature = "postgres")]
use crate::http::Odds;
#[cfg(feature = "postgres")]
use crate::services::collections::Envelope;

fn load(text: &str) -> Result<Config, String> {
    let loaded = in_file(text).load(Flags::default());
    loaded.map_err(|error| error.to_string())
}

#[cfg(feature = "postgres")]
#[test]
fn every_setting_arrives() {
    let config = load(
        r#"
        data = "postgres://me:secret@db/ui"
        [collections.colors]
        seed = "colors.json"
        key = "name"
        path = "/api/colors"
        item = "colour"
        envelope = "none"
        schema = "color.schema.json"
        readonly = true
        delay = "200ms"
        fail = "20%"
        max_body = "4KiB"
        [collections."two words"]
        "#,
    )
    .unwrap();
    let [colors, words] = config.collections.as_slice() else {
        panic!("{:?}", config.collections);
    };
    assert_eq!(colors.name, "colors");
    assert!(colors.seed.as_ref().unwrap().resolved.is_absolute());
    assert_eq!(colors.key.as_deref(), Some("name"));
    assert_eq!(colors.path.as_deref(), Some("/api/colors"));
    assert_eq!(colors.item.as_deref(), Some("colour"));
    assert_eq!(colors.envelope, Envelope::None);
    assert!(colors.schema.is_some() && colors.readonly);
    assert_eq!(colors.faults.delay, Some(Duration::from_millis(200)));
    assert_eq!(colors.faults.fail, Odds(0.2));
    assert_eq!(colors.max_body, Some(4096));
    let expected = CollectionConfig {
        name: "two words".to_owned(),
        ..CollectionConfig::default()
    };
    assert_eq!(*words, expected);
}

#[cfg(feature = "postgres")]
#[test]
fn what_is_printed_loads_back_as_the_same_and_hides_the_password() {
    let setup = in_file(
        r#"
        data = "postgres://me:secret@db/ui"
        [collections.colors]
        seed = "colors.json"
        fail = 1
        max_body = 5
        [collections."two words"]
        delay = "1s"
        "#,
    );
    let printed = setup.printed(Flags::default());
    assert!(!printed.contains("secret"), "{printed}");
    let again = in_file(&printed)
        .load(Flags::default())
        .unwrap()
        .collections;
    let first = setup.load(Flags::default()).unwrap().collections;
    let plain = |collection: CollectionConfig| CollectionConfig {
        seed: None,
        ..collection
    };
    let [first, again] = [first, again].map(|all| all.into_iter().map(plain).collect::<Vec<_>>());
    assert_eq!(again, first);
}

#[test]
fn mistakes_are_told_with_their_line() {
    for (text, expected) in [
        (
            "[collections.colors]\nsede = \"x\"",
            "2: unknown key \"sede\" in [collections.colors]; did you mean \"seed\"?",
        ),
        ("[colection.colors]", "did you mean \"collections\"?"),
        (
            "[collections]\ncolors = 1",
            "2: [collections.colors] = 1: expected a table",
        ),
        (
            "[collections.\"a/b\"]",
            "1: [collections.NAME] = \"a/b\": expected a name",
        ),
        (
            "[collections.a]\npath = \"b\"",
            "2: path = \"b\": expected a path such as",
        ),
        (
            "[collections.a]\npath = \"/@x\"",
            "2: path = \"/@x\": expected a path",
        ),
        ("[collections.a]\npath = \"/a//b\"", "expected a path"),
        (
            "[collections.a]\nfail = 1.5",
            "2: fail = 1.5: expected a share",
        ),
        (
            "[collections.a]\nenvelope = \"x\"",
            "expected \"book\" or \"none\"",
        ),
        (
            "[collections.a]\nreadonly = \"yes\"",
            "expected true or false",
        ),
        ("[collections.a]\ndelay = 5", "expected a duration"),
        (
            "data = \"mysql://x\"",
            "1: data = \"mysql://x\": expected a file",
        ),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(expected), "{text} gave {error}");
    }
}

#[cfg(feature = "postgres")]
#[test]
fn places_for_data() {
    for (text, expected) in [
        (":memory:", Some(Location::Memory)),
        ("a/b.db", Some(Location::File("a/b.db".into()))),
        (
            "postgresql://h/d",
            Some(Location::Postgres("postgresql://h/d".into())),
        ),
        ("http://h", None),
        ("", None),
    ] {
        let data = Data::parse(text).and_then(|data| data.0);
        assert_eq!(data, expected, "{text}");
    }
}

#[cfg(not(feature = "postgres"))]
#[test]
fn without_postgres_its_address_is_refused() {
    let error = load("data = \"postgres://db/ui\"").unwrap_err();
    assert!(
        error.contains("built without the feature \"postgres\""),
        "{error}"
    );
}

#[test]
fn paths_of_the_gateway_are_no_collections() {
    for (text, expected) in [
        (
            "[collections.sockets]\nkey = \"id\"\npath = \"/v1/sockets\"",
            Some(
                "qmlserve.toml:3: [collections.sockets] path = \"/v1/sockets\": expected a path that \
                 leaves /v1/sockets to the gateway, such as path = \"/api/v1/sockets\"",
            ),
        ),
        (
            "\n[collections.v1]",
            Some(
                "qmlserve.toml:2: [collections.v1] path = \"/v1\": expected a path that leaves /v1/websocket_uri",
            ),
        ),
        (
            "[collections.a]\npath = \"/v1/gateways/x\"",
            Some("leaves /v1/gateways/{gateway}/websocket_uri to the gateway"),
        ),
        ("[collections.a]\npath = \"/v1/colors\"", None),
        ("[collections.sockets]", None),
    ] {
        let error = load(text).err().map(|error| error.to_string());
        match (&error, expected) {
            (None, None) => {}
            (Some(error), Some(expected)) => assert!(error.contains(expected), "{text}: {error}"),
            _ => panic!("{text}: {error:?}"),
        }
    }
}
