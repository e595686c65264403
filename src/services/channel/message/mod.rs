//! The messages of Qt's web channel, one JSON object in each text of a socket (qtwebchannel,
//! `qmetaobjectpublisher.cpp` and `qwebchannel.js`). Pure. Values stay text: a number is passed on
//! to the digit.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// How deep lists and objects may lie in each other. Who reads a message may not read deeper ones.
const DEEPEST: usize = 100;

/// The longest id of a message, in bytes of JSON.
const LONGEST_ID: usize = 64;

/// The longest name of an object or of a method, in bytes.
const LONGEST_NAME: usize = 256;

/// JSON as it was written.
pub(super) type Json = Box<RawValue>;

/// What a page asks for.
#[derive(Debug)]
pub(super) enum Request {
    /// All objects; the answer has this id.
    Init { id: Json },
    /// It can take properties that changed.
    Idle,
    /// It has something to say to the log.
    Debug(String),
    /// A call; the answer has this id.
    Invoke {
        id: Json,
        object: String,
        method: Method,
        args: Vec<Json>,
    },
    /// It wants to hear a signal.
    Connect(Signal),
    /// It does not want to hear a signal any more.
    Disconnect(Signal),
    /// A property is to have another value.
    Set {
        object: String,
        property: i64,
        value: Json,
    },
}

/// Which method: `qwebchannel.js` calls one of several of one name by its number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Method {
    /// By its number.
    Index(i64),
    /// By its name.
    Name(String),
}

/// Which signal of which object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Signal {
    /// The object.
    pub object: String,
    /// The number of the signal.
    pub index: i64,
}

/// What a publisher says.
#[derive(Debug)]
pub(super) enum Said {
    /// An answer; without data, where it could not be done.
    Response { id: Json, data: Option<Json> },
    /// A signal, with its arguments as a list.
    Signal { signal: Signal, args: Json },
    /// Properties that changed.
    Update(Vec<Changed>),
}

/// What changed of one object: notify signals with their arguments, and values, by number.
#[derive(Debug, Deserialize)]
pub(super) struct Changed {
    /// The object.
    pub object: String,
    /// The notify signals, with their arguments as a list.
    #[serde(default)]
    pub signals: std::collections::BTreeMap<i64, Json>,
    /// The properties.
    #[serde(default)]
    pub properties: std::collections::BTreeMap<i64, Json>,
}

/// What is no message of a web channel, in words for whoever wrote the other side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Violation {
    #[error("this is no JSON: {0}")]
    Json(String),
    #[error("this message cannot be read: {0}")]
    Unreadable(String),
    #[error("a message is one JSON object")]
    NotAnObject,
    #[error("a message may be nested {DEEPEST} deep at most")]
    Deep,
    #[error("a message has a \"type\", which is a number")]
    NoType,
    #[error("type {0} is no message that {1} may send")]
    Type(i64, &'static str),
    #[error("a message of type {0} needs {1}")]
    Missing(i64, &'static str),
}

#[derive(Deserialize)]
struct Wire {
    r#type: Option<Json>,
    id: Option<Json>,
    object: Option<String>,
    method: Option<Json>,
    signal: Option<Json>,
    property: Option<Json>,
    args: Option<Json>,
    #[serde(default, deserialize_with = "given")]
    value: Option<Json>,
    #[serde(default, deserialize_with = "given")]
    data: Option<Json>,
}

/// A value that is null is a value, and not none.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

impl Wire {
    fn parse(text: &str) -> Result<(i64, Self), Violation> {
        if deeper(text, DEEPEST) {
            return Err(Violation::Deep);
        }
        let wire: Self = match serde_json::from_str(text) {
            Ok(wire) => wire,
            Err(error) if error.is_data() => {
                return Err(match text.trim_start().starts_with('{') {
                    true => Violation::Unreadable(error.to_string()),
                    false => Violation::NotAnObject,
                });
            }
            Err(error) => return Err(Violation::Json(error.to_string())),
        };
        let number = wire.r#type.as_deref().and_then(number);
        Ok((number.ok_or(Violation::NoType)?, wire))
    }

    fn object(&mut self, kind: i64) -> Result<String, Violation> {
        let fits = |name: &String| name.len() <= LONGEST_NAME;
        let object = self.object.take().filter(fits);
        object.ok_or(Violation::Missing(kind, "the name of an object"))
    }

    fn signal(&mut self, kind: i64) -> Result<Signal, Violation> {
        let index = self.signal.as_deref().and_then(number);
        Ok(Signal {
            object: self.object(kind)?,
            index: index.ok_or(Violation::Missing(kind, "the number of a signal"))?,
        })
    }

    fn id(&mut self, kind: i64) -> Result<Json, Violation> {
        let fits = |id: &Json| id.get().len() <= LONGEST_ID && !id.get().starts_with(['{', '[']);
        let id = self.id.take().filter(fits);
        id.ok_or(Violation::Missing(kind, "an id, a number"))
    }
}

impl Request {
    /// The message of a page.
    pub(super) fn parse(text: &str) -> Result<Self, Violation> {
        let (kind, mut wire) = Wire::parse(text)?;
        Ok(match kind {
            3 => Self::Init { id: wire.id(kind)? },
            4 => Self::Idle,
            5 => Self::Debug(
                wire.data
                    .map(|data| data.get().to_owned())
                    .unwrap_or_default(),
            ),
            6 => {
                let method = wire.method.take();
                let method = method.and_then(|method| serde_json::from_str(method.get()).ok());
                let fits = |method: &Method| match method {
                    Method::Index(_) => true,
                    Method::Name(name) => name.len() <= LONGEST_NAME,
                };
                let method = method.filter(fits);
                Self::Invoke {
                    id: wire.id(kind)?,
                    object: wire.object(kind)?,
                    method: method.ok_or(Violation::Missing(kind, "a method"))?,
                    args: match &wire.args {
                        None => Vec::new(),
                        Some(args) => serde_json::from_str(args.get())
                            .map_err(|_| Violation::Missing(kind, "args as a list"))?,
                    },
                }
            }
            7 => Self::Connect(wire.signal(kind)?),
            8 => Self::Disconnect(wire.signal(kind)?),
            9 => {
                let property = wire.property.as_deref().and_then(number);
                let property = property.ok_or(Violation::Missing(kind, "a property's number"))?;
                Self::Set {
                    object: wire.object(kind)?,
                    property,
                    value: wire.value.ok_or(Violation::Missing(kind, "a value"))?,
                }
            }
            other => return Err(Violation::Type(other, "a page")),
        })
    }
}

impl Said {
    /// The message of a publisher.
    pub(super) fn parse(text: &str) -> Result<Self, Violation> {
        let (kind, mut wire) = Wire::parse(text)?;
        Ok(match kind {
            1 => Self::Signal {
                signal: wire.signal(kind)?,
                args: wire.args.unwrap_or_else(empty_list),
            },
            2 => {
                let data = wire.data.as_deref().map(RawValue::get).unwrap_or_default();
                let changed = serde_json::from_str(data);
                Self::Update(changed.map_err(|_| Violation::Missing(kind, "what changed"))?)
            }
            10 => Self::Response {
                // A value that is null is an answer, no value is none.
                data: wire.data.take(),
                id: wire.id(kind)?,
            },
            other => return Err(Violation::Type(other, "a publisher")),
        })
    }
}

/// `null`.
pub(super) fn null() -> Json {
    RawValue::NULL.to_owned()
}

/// `[]`.
pub(super) fn empty_list() -> Json {
    json(&[(); 0])
}

/// Something as JSON.
pub(super) fn json(value: &impl Serialize) -> Json {
    // What is written here has names for keys, which always serialise.
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| null())
}

/// The answer to a message of this id.
pub(super) fn response(id: &RawValue, data: &RawValue) -> String {
    format!(r#"{{"type":10,"id":{id},"data":{data}}}"#)
}

/// The answer where something could not be done: without data the promise of `qwebchannel.js` is
/// rejected. The words are for whoever looks at what the socket says.
pub(super) fn rejection(id: &RawValue, why: &str) -> String {
    format!(r#"{{"type":10,"id":{id},"error":{}}}"#, json(&why))
}

/// A signal, with its arguments as a list.
pub(super) fn signal(signal: &Signal, args: &RawValue) -> String {
    let (object, index) = (json(&signal.object), signal.index);
    format!(r#"{{"type":1,"object":{object},"signal":{index},"args":{args}}}"#)
}

fn number(raw: &RawValue) -> Option<i64> {
    serde_json::from_str(raw.get()).ok()
}

/// Whether lists and objects lie deeper in each other than this.
fn deeper(text: &str, most: usize) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > most {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
