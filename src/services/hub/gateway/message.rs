//! What a gateway is sent, taken apart. Pure.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::GatewayError;
use super::json::{UpTo, pick, word};

/// The most tags of a socket, and receivers of a message.
const MOST_NAMES: usize = 1000;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 256;

/// The most bytes of all tags of a socket. A token that nobody uses keeps them
/// for five minutes.
const MOST_TAGS: usize = 8 << 10;

/// Which sockets a message is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receivers {
    /// Ids of sockets; `*` is every socket of the gateway.
    pub sockets: Vec<String>,
    /// Tags: a socket with any of them.
    pub tags: Vec<String>,
}

impl Receivers {
    /// Every socket of the gateway.
    pub(crate) fn everybody() -> Self {
        Self {
            sockets: vec!["*".to_owned()],
            tags: Vec::new(),
        }
    }
}

/// The members of a body that have these names, whatever its media type says.
pub(super) fn parse<'a, const N: usize>(
    body: &'a [u8],
    names: [&str; N],
) -> Result<[Option<&'a RawValue>; N], GatewayError> {
    pick(body, names).ok_or(GatewayError::NotJson)
}

/// `{"data": "…", "receivers": {"sockets": […], "tags": […]}}`; with the
/// receivers as they are written, for the answer.
pub(super) fn message(body: &[u8]) -> Result<(String, Receivers, &RawValue), GatewayError> {
    let [data, receivers] = parse(body, ["data", "receivers"])?;
    let data = match data {
        Some(data) if is(data, b'"') => text(data)?,
        _ => return Err(GatewayError::invalid("data", "must be a string")),
    };
    let given = receivers
        .filter(|receivers| is(receivers, b'{'))
        .ok_or_else(|| GatewayError::invalid("receivers", "must be an object"))?;
    let [sockets, tags] = parse(given.get().as_bytes(), ["sockets", "tags"])?;
    if sockets.is_none() && tags.is_none() {
        return Err(GatewayError::invalid(
            "receivers",
            "must have sockets or tags",
        ));
    }
    let receivers = Receivers {
        sockets: strings(sockets, "receivers.sockets")?,
        tags: strings(tags, "receivers.tags")?,
    };
    Ok((data, receivers, given))
}

/// The tags of a socket to be; none where the body is empty.
pub(super) fn tags(body: &[u8]) -> Result<Vec<String>, GatewayError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    let [tags] = parse(body, ["tags"])?;
    let mut tags = strings(tags, "tags")?;
    if tags
        .iter()
        .any(|tag| tag.is_empty() || tag.len() > LONGEST_TAG)
    {
        let rule = format!("must have between 1 and {LONGEST_TAG} bytes each");
        return Err(GatewayError::invalid("tags", rule));
    }
    tags.sort();
    tags.dedup();
    let bytes: usize = tags.iter().map(String::len).sum();
    if bytes > MOST_TAGS {
        let rule = format!("have {bytes} bytes in all; a socket's may have {MOST_TAGS}");
        return Err(GatewayError::invalid("tags", rule));
    }
    Ok(tags)
}

/// What Enginio's web hook posts: an object, or its JSON as a string, and who
/// may read it. The object is passed on as it is written.
pub(in crate::services::hub) fn webhook(body: &[u8]) -> Result<(String, Receivers), GatewayError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Subject {
        id: String,
        object_type: String,
    }
    let [payload, receivers] = parse(body, ["payload", "receivers"])?;
    let data = match payload {
        Some(payload) if is(payload, b'"') => text(payload)?,
        Some(payload) if is(payload, b'{') => payload.get().to_owned(),
        _ => {
            return Err(GatewayError::invalid(
                "payload",
                "must be an object or a string",
            ));
        }
    };
    let subjects = receivers
        .and_then(|given| serde_json::from_str(given.get()).ok())
        .ok_or_else(|| {
            GatewayError::invalid("receivers", "must be an array of {id, objectType}")
        })?;
    let subjects: Vec<Subject> = all(subjects, "receivers")?;
    let mut tags = Vec::new();
    for Subject { id, object_type } in subjects {
        if (object_type.as_str(), id.as_str()) == ("aclSubject", "*") {
            return Ok((data, Receivers::everybody()));
        }
        tags.push(format!("{object_type}.{id}"));
    }
    let sockets = Vec::new();
    Ok((data, Receivers { sockets, tags }))
}

/// An array of strings; null, or nothing, is an empty one.
fn strings(value: Option<&RawValue>, property: &'static str) -> Result<Vec<String>, GatewayError> {
    let value = value.map_or("null", RawValue::get);
    let read: Option<UpTo<String, MOST_NAMES>> = serde_json::from_str(value)
        .map_err(|_| GatewayError::invalid(property, "must be an array of strings, or null"))?;
    read.map_or_else(|| Ok(Vec::new()), |names| all(names, property))
}

fn all<T>(items: UpTo<T, MOST_NAMES>, property: &'static str) -> Result<Vec<T>, GatewayError> {
    match items {
        UpTo::All(items) => Ok(items),
        UpTo::TooMany => {
            let rule = format!("may be {MOST_NAMES} at most");
            Err(GatewayError::invalid(property, rule))
        }
    }
}

/// Whether a value begins so.
fn is(value: &RawValue, first: u8) -> bool {
    value.get().as_bytes().first() == Some(&first)
}

/// The text that a string is; half a surrogate pair is none.
fn text(value: &RawValue) -> Result<String, GatewayError> {
    word(value).ok_or(GatewayError::NotJson)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data, the ids and the tags; or the error.
    type Expected = Result<
        (
            &'static str,
            &'static [&'static str],
            &'static [&'static str],
        ),
        &'static str,
    >;

    fn check(
        read: impl Fn(&[u8]) -> Result<(String, Receivers), GatewayError>,
        cases: &[(&str, Expected)],
    ) {
        for (text, expected) in cases {
            let got = read(text.as_bytes());
            let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
            let expected = expected.map(|(data, sockets, tags)| {
                let (sockets, tags) = (own(sockets), own(tags));
                (data.to_owned(), Receivers { sockets, tags })
            });
            let got = got.map_err(|error| error.to_string());
            assert_eq!(got, expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn messages() {
        const NAMES: &str = "receivers.tags must be an array of strings, or null";
        let many = vec!["a"; MOST_NAMES + 1];
        let many = format!(r#"{{"data":"x","receivers":{{"tags":{many:?}}}}}"#);
        check(
            |body| message(body).map(|(data, receivers, _)| (data, receivers)),
            &[
                (
                    r#"{"data":"x","receivers":{"sockets":["*"],"tags":null}}"#,
                    Ok(("x", &["*"], &[])),
                ),
                (
                    r#"{"data":"","receivers":{"sockets":null,"tags":["a","b"]}}"#,
                    Ok(("", &[], &["a", "b"])),
                ),
                (
                    r#"{"data":"x","receivers":{"tags":["a"]}}"#,
                    Ok(("x", &[], &["a"])),
                ),
                (&many, Err("receivers.tags may be 1000 at most")),
                (
                    r#"{"data":"x","data":"\u00fc","receivers":{"sockets":["*"]},"n":1e999}"#,
                    Ok(("ü", &["*"], &[])),
                ),
                (
                    r#"{"data":"\ud800","receivers":{"sockets":["*"]}}"#,
                    Err("Invalid json"),
                ),
                (r#"{"data":"x","receivers":{"tags":"a"}}"#, Err(NAMES)),
                (r#"{"data":"x","receivers":{"tags":[1]}}"#, Err(NAMES)),
                (
                    r#"{"data":"x","receivers":{}}"#,
                    Err("receivers must have sockets or tags"),
                ),
                (r#"{"data":"x"}"#, Err("receivers must be an object")),
                (
                    r#"{"data":"x","receivers":["*"]}"#,
                    Err("receivers must be an object"),
                ),
                (
                    r#"{"data":{},"receivers":{"tags":null}}"#,
                    Err("data must be a string"),
                ),
                ("[]", Err("Invalid json")),
                ("data=x", Err("Invalid json")),
                ("", Err("Invalid json")),
            ],
        );
    }

    #[test]
    fn web_hooks() {
        const RECEIVERS: &str = "receivers must be an array of {id, objectType}";
        check(
            webhook,
            &[
                (
                    r#"{"payload":{"a":1},"receivers":[{"id":"*","objectType":"aclSubject"}]}"#,
                    Ok((r#"{"a":1}"#, &["*"], &[])),
                ),
                (
                    r#"{"payload":{"b": 1.10, "c":-0,"a":12345678901234567890123},"receivers":[]}"#,
                    Ok((
                        r#"{"b": 1.10, "c":-0,"a":12345678901234567890123}"#,
                        &[],
                        &[],
                    )),
                ),
                (
                    r#"{"payload":"{}","receivers":[{"id":"7","objectType":"users"}]}"#,
                    Ok(("{}", &[], &["users.7"])),
                ),
                (r#"{"payload":"x","receivers":[]}"#, Ok(("x", &[], &[]))),
                (
                    r#"{"payload":"x","receivers":[{"id":"7"}]}"#,
                    Err(RECEIVERS),
                ),
                (r#"{"payload":"x"}"#, Err(RECEIVERS)),
                (
                    r#"{"payload":1,"receivers":[]}"#,
                    Err("payload must be an object or a string"),
                ),
            ],
        );
    }

    #[test]
    fn tags_of_a_socket() {
        let read = |text: &str| tags(text.as_bytes()).map_err(|error| error.to_string());
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("{}"), Ok(vec![]));
        assert_eq!(
            read(r#"{"tags":["b","a","b"]}"#),
            Ok(vec!["a".to_owned(), "b".to_owned()])
        );
        assert!(read(r#"{"tags":[""]}"#).is_err());
        assert!(read(r#"{"tags":"a"}"#).is_err());
        let many = |count: usize, length: usize| {
            let tags: Vec<String> = (0..count).map(|n| format!("{n:0length$}")).collect();
            read(&format!(r#"{{"tags":{tags:?}}}"#)).map(|tags| tags.len())
        };
        assert_eq!(many(32, 256), Ok(32));
        assert_eq!(many(1000, 8), Ok(1000));
        for (count, length, expected) in [
            (
                33,
                256,
                "tags have 8448 bytes in all; a socket's may have 8192",
            ),
            (1, 257, "tags must have between 1 and 256 bytes each"),
            (1001, 4, "tags may be 1000 at most"),
        ] {
            assert_eq!(many(count, length), Err(expected.to_owned()));
        }
    }
}
