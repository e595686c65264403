//! The objects that the server itself publishes, as a page is told of them: names with numbers.
//! Pure.

use serde_json::{Value, json};

use super::live::State;
use super::message::Method;
use super::port::Event;

/// The properties of `live`, each with a notify signal of the same number.
pub(super) const LIVE_PROPERTIES: [&str; 3] = ["version", "entry", "errors"];
/// The signal of `live` that something else is served.
pub(super) const CHANGED: i64 = 3;
/// The signal of a collection that a call was refused, with the reason.
pub(super) const FAILED: i64 = 8;
/// The signal of a room that somebody said something.
pub(super) const MESSAGE: i64 = 1;

/// The methods of a collection with the names of their arguments, in the order of their numbers;
/// those behind `?` may be left out.
const COLLECTION: [(&str, &[&str]); 5] = [
    ("list", &["?query"]),
    ("get", &["key"]),
    ("create", &["object"]),
    ("update", &["key", "fields"]),
    ("remove", &["key"]),
];
const ROOMS: [(&str, &[&str]); 1] = [("join", &["name"])];
const ROOM: [(&str, &[&str]); 1] = [("send", &["text"])];

/// What an object is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'n> {
    /// What is served.
    Live,
    /// A collection.
    Collection(&'n str),
    /// The way to rooms.
    Rooms,
    /// A room.
    Room(&'n str),
}

impl<'n> Kind<'n> {
    /// What an object of this name is, if it is there.
    pub(super) fn of(name: &'n str) -> Option<Self> {
        match name {
            "live" => return Some(Self::Live),
            "rooms" => return Some(Self::Rooms),
            _ => {}
        }
        let room = name.strip_prefix("rooms.").map(Self::Room);
        room.or_else(|| name.strip_prefix("collections.").map(Self::Collection))
    }

    fn methods(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Live => &[],
            Self::Collection(_) => &COLLECTION,
            Self::Rooms => &ROOMS,
            Self::Room(_) => &ROOM,
        }
    }

    /// The method's name, if it takes this many arguments; else what is wrong.
    pub(super) fn method(self, method: &Method, count: usize) -> Result<&'static str, String> {
        let methods = self.methods();
        let found = match method {
            Method::Name(name) => methods.iter().find(|(known, _)| known == name),
            Method::Index(index) => usize::try_from(*index).ok().and_then(|at| methods.get(at)),
        };
        let Some((name, arguments)) = found else {
            let known: Vec<_> = methods.iter().map(|(known, _)| *known).collect();
            let known = match known.is_empty() {
                true => "there are none".to_owned(),
                false => format!("there are {}", known.join(", ")),
            };
            return Err(format!("there is no such method; {known}"));
        };
        let needed = arguments.iter().filter(|name| !name.starts_with('?'));
        if (needed.count()..=arguments.len()).contains(&count) {
            return Ok(name);
        }
        let arguments = arguments.join(", ");
        Err(format!(
            "{name}({arguments}) does not take {count} arguments"
        ))
    }

    /// Whether it has such a signal that can be connected to.
    pub(super) fn has_signal(self, index: i64) -> bool {
        match self {
            // Those of properties come with them.
            Self::Live => (0..=CHANGED).contains(&index),
            Self::Collection(_) => (5..=FAILED).contains(&index),
            Self::Rooms => false,
            Self::Room(_) => (MESSAGE..=MESSAGE + 1).contains(&index),
        }
    }

    /// What a page is told of it. `state` is that of `live`.
    pub(super) fn info(self, state: &State) -> Value {
        let methods: Vec<Value> = self
            .methods()
            .iter()
            .enumerate()
            .map(|(index, (name, _))| json!([name, index]))
            .collect();
        let signals = match self {
            Self::Live => json!([["changed", CHANGED]]),
            Self::Collection(_) => {
                json!([
                    ["created", 5],
                    ["updated", 6],
                    ["removed", 7],
                    ["failed", FAILED]
                ])
            }
            Self::Rooms => json!([]),
            // An object that a method returns has to have the last one.
            Self::Room(_) => json!([["message", MESSAGE], ["destroyed", MESSAGE + 1]]),
        };
        let properties: Vec<Value> = match self {
            Self::Live => LIVE_PROPERTIES
                .iter()
                .enumerate()
                .map(|(index, name)| json!([index, name, [1, index], live_value(state, index)]))
                .collect(),
            _ => Vec::new(),
        };
        json!({"methods": methods, "signals": signals, "properties": properties})
    }
}

/// The value of a property of `live`.
pub(super) fn live_value(state: &State, index: usize) -> Value {
    match index {
        0 => json!(state.version),
        1 => json!(state.entry),
        _ => json!(state.errors),
    }
}

/// The signal of a collection that tells of a change.
pub(super) fn signal_of(event: Event) -> i64 {
    match event {
        Event::Created => 5,
        Event::Updated => 6,
        Event::Removed => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_found_by_name_and_by_number() {
        let colors = Kind::of("collections.colors").unwrap();
        let name = |name: &str| Method::Name(name.to_owned());
        for (kind, method, count, expected) in [
            (colors, name("list"), 0, Ok("list")),
            (colors, name("list"), 1, Ok("list")),
            (colors, name("list"), 2, Err("list(?query) does not take 2")),
            (colors, Method::Index(3), 2, Ok("update")),
            (colors, name("update"), 1, Err("update(key, fields)")),
            (colors, name("deleteLater"), 0, Err("list, get, create")),
            (colors, Method::Index(-1), 0, Err("no such method")),
            (colors, Method::Index(5), 0, Err("no such method")),
            (Kind::Live, name("list"), 0, Err("there are none")),
            (Kind::Rooms, name("join"), 1, Ok("join")),
            (Kind::Room("a"), name("send"), 0, Err("send(text)")),
        ] {
            match (kind.method(&method, count), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
                (found, _) => panic!("{kind:?} {method:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn names_say_what_an_object_is() {
        for (name, expected) in [
            ("live", Some(Kind::Live)),
            ("rooms", Some(Kind::Rooms)),
            ("rooms.a.b", Some(Kind::Room("a.b"))),
            ("collections.colors", Some(Kind::Collection("colors"))),
            ("collections", None),
            ("", None),
            ("Live", None),
        ] {
            assert_eq!(Kind::of(name), expected, "{name}");
        }
    }
}
