//! Paths of the tree: what a request may name, in one normal form.
//!
//! A [`TreePath`] is relative to the root, uses `/`, and has no empty, `.` or
//! `..` component; the root itself is the empty path. Everything that comes
//! from outside becomes one of these before anything else looks at it, so no
//! later check has to think about encodings. This module does no I/O.

mod kind;
pub(crate) mod name;

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Serialize, Serializer};

pub(crate) use kind::{Kind, Language, QMLDIR};

/// Longest path accepted, in bytes: Linux' `PATH_MAX`.
const LONGEST: usize = 4096;

/// Everything that RFC 3986 does not call unreserved, except the separators.
/// `@` is left alone because the versioned URLs are written with it.
pub(crate) const URL_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'@')
    .remove(b'+')
    .remove(b',')
    .remove(b'=');

/// Names that Windows gives to devices, in any directory and with any suffix.
const DEVICES: &[&str] = &[
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "conin$",
    "conout$",
];

/// A normalised path inside the tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TreePath(Arc<str>);

/// Why a path from outside is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The percent-encoded bytes are not UTF-8.
    #[error("the path is not valid UTF-8 after percent-decoding")]
    NotUtf8,
    /// `..` climbs above the root.
    #[error("the path leaves the served tree")]
    Outside,
    /// A NUL, a backslash, a colon or a control character.
    #[error("the path has a character that no file of the tree may have (NUL, \\, : or a control)")]
    Character,
    /// A device name of Windows, such as `NUL` or `COM1`.
    #[error("the path names a device")]
    Device,
    /// Longer than any file system takes.
    #[error("the path is too long")]
    TooLong,
}

impl TreePath {
    /// The root of the tree.
    pub(crate) fn root() -> Self {
        Self(Arc::from(""))
    }

    /// `main.qml`, what an entry is called unless somebody says otherwise.
    pub(crate) fn main() -> Self {
        Self(Arc::from("main.qml"))
    }

    /// Parses the path of a request as it stands in the URL: percent-decoded
    /// exactly once, then normalised. Repeated and leading slashes collapse,
    /// so `//host/x` can never be taken for another host.
    pub(crate) fn from_url(raw: &str) -> Result<Self, Refusal> {
        let decoded = percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| Refusal::NotUtf8)?;
        Self::parse(&decoded)
    }

    /// Parses a path that is not percent-encoded, such as one of the
    /// configuration or of an import.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > LONGEST {
            return Err(Refusal::TooLong);
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or(Refusal::Outside)?;
                }
                name => {
                    check_name(name)?;
                    parts.push(name);
                }
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// The path `name` directly below this directory. `None` if `name` is not
    /// a single acceptable file name.
    pub(crate) fn child(&self, name: &str) -> Option<Self> {
        if name.is_empty() || name == "." || name == ".." || name.contains('/') {
            return None;
        }
        check_name(name).ok()?;
        Some(self.with(name))
    }

    /// The path of `name` in this directory, where both come from one path.
    pub(crate) fn with(&self, name: &str) -> Self {
        if self.is_root() {
            Self(name.into())
        } else {
            Self([&*self.0, name].join("/").into())
        }
    }

    /// Resolves a relative reference written in a file of directory `self`. One
    /// that climbs above the root stays there, as in a URL (RFC 3986, 5.2.4).
    pub(crate) fn resolve(&self, reference: &str) -> Result<Self, Refusal> {
        let mut whole: Vec<&str> = self.components().collect();
        for part in reference.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(whole.pop()),
                name => whole.push(name),
            }
        }
        Self::parse(&whole.join("/"))
    }

    /// Whether a reference climbs above the root. Below `/@TOKEN/` that is out of
    /// the version, to where no client ever looks twice.
    pub(crate) fn is_left_by(&self, reference: &str) -> bool {
        Self::parse(&format!("{}/{reference}", self.0)) == Err(Refusal::Outside)
    }

    /// The directory that holds this path; the root for the root.
    pub(crate) fn parent(&self) -> Self {
        self.0
            .rsplit_once('/')
            .map_or_else(Self::root, |(dir, _)| Self(dir.into()))
    }

    /// The last component; empty for the root.
    pub(crate) fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }

    /// Whether this is the root.
    pub(crate) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this path is `dir` or lies below it, compared by component.
    pub(crate) fn is_within(&self, dir: &Self) -> bool {
        dir.is_root()
            || self
                .0
                .strip_prefix(&*dir.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a component starts with a dot: such files are never shown.
    pub(crate) fn is_hidden(&self) -> bool {
        self.components().any(|part| part.starts_with('.'))
    }

    /// Whether this is a document, a `qmldir`, or neither.
    pub(crate) fn kind(&self) -> Kind {
        Kind::of(&self.0)
    }

    /// The components from the top.
    pub(crate) fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// The text, without a leading slash.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Percent-encoded for use in a URL, without a leading slash.
    pub(crate) fn to_url(&self) -> String {
        utf8_percent_encode(&self.0, URL_PATH).to_string()
    }

    /// The relative path that leads from directory `self` to `target`; `.`
    /// for the directory itself.
    pub(crate) fn relative_to(&self, target: &Self) -> String {
        let from: Vec<&str> = self.components().collect();
        let to: Vec<&str> = target.components().collect();
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let mut parts = vec![".."; from.len() - common];
        parts.extend(&to[common..]);
        if parts.is_empty() {
            ".".to_owned()
        } else {
            parts.join("/")
        }
    }

    /// [`Self::relative_to`], percent-encoded as a URL reference.
    pub(crate) fn url_relative_to(&self, target: &Self) -> String {
        utf8_percent_encode(&self.relative_to(target), URL_PATH).to_string()
    }
}

/// The token and the path of `/@TOKEN/PATH`, as it stands in a URL. Whether the token is one is not
/// looked at.
pub(crate) fn split_token(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/@")?.split_once('/')
}

fn check_name(name: &str) -> Result<(), Refusal> {
    // The colon covers drive letters and NTFS streams.
    if name
        .chars()
        .any(|c| matches!(c, '\\' | ':') || c.is_control())
    {
        return Err(Refusal::Character);
    }
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    if DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
    {
        return Err(Refusal::Device);
    }
    Ok(())
}

impl Borrow<str> for TreePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for TreePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Whether a path would lead out of what is in front of it.
pub(crate) fn climbs(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split(['/', '\\']).any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_become_normal_paths_or_are_refused() {
        for (raw, expected) in [
            ("/main.qml", Ok("main.qml")),
            ("//evil.example/x", Ok("evil.example/x")),
            ("/a//b/./c", Ok("a/b/c")),
            ("/a/../b", Ok("b")),
            ("/", Ok("")),
            ("/my%20file%23%3F%25.qml", Ok("my file#?%.qml")),
            ("/%252e%252e/x", Ok("%2e%2e/x")),
            ("/%E2%98%83.qml", Ok("☃.qml")),
            ("/..", Err(Refusal::Outside)),
            ("/%2e%2e/etc/passwd", Err(Refusal::Outside)),
            ("/..%2fetc", Err(Refusal::Outside)),
            ("/a/../../etc", Err(Refusal::Outside)),
            ("/a%00b", Err(Refusal::Character)),
            ("/a%5c..%5cb", Err(Refusal::Character)),
            ("/C:/x", Err(Refusal::Character)),
            ("/x.qml::$DATA", Err(Refusal::Character)),
            ("/a%0ab", Err(Refusal::Character)),
            ("/nul", Err(Refusal::Device)),
            ("/dir/COM1.qml", Err(Refusal::Device)),
            ("/%ff", Err(Refusal::NotUtf8)),
            ("/console.qml", Ok("console.qml")),
        ] {
            let actual = TreePath::from_url(raw);
            assert_eq!(
                actual.as_ref().map(TreePath::as_str),
                expected.as_ref().copied(),
                "{raw}"
            );
        }
    }

    /// Longer with `BOLERO_RANDOM_TEST_TIME_MS`.
    #[test]
    fn any_url_is_refused_or_a_path_below_the_root() {
        const PARTS: &[&str] = &[
            "/", "//", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "\\", "%00", "%0a", "%25", "%",
            "%f", "%ff", "%c0%ae", "C:", "con", "COM1.qml", "a", "main.qml", "ü", "%C3%BC", "?",
            "#", "~", "@1", " ", "%20", "\u{202e}", "\u{2215}", "…", ":", "::$DATA",
        ];
        bolero::check!().with_max_len(20).for_each(|bytes| {
            let part = |byte: &u8| PARTS[usize::from(*byte) % PARTS.len()];
            let raw = format!("/{}", bytes.iter().map(part).collect::<String>());
            let Ok(path) = TreePath::from_url(&raw) else {
                return;
            };
            let is_name = |name: &str| {
                !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', ':', '\0'])
            };
            assert!(path.is_root() || path.components().all(is_name), "{raw}");
            let again = TreePath::from_url(&format!("/{}", path.to_url()));
            assert_eq!(again.as_ref(), Ok(&path), "{raw}");
        });
    }

    #[test]
    fn relative_paths_lead_there() {
        for (from, to, expected) in [
            ("", "", "."),
            ("", "a/b", "a/b"),
            ("a", "", ".."),
            ("a/b", "a/c", "../c"),
            ("a/b", "a/b", "."),
            ("a/b/c", "x", "../../../x"),
            ("ab", "a", "../a"),
        ] {
            let from = TreePath::parse(from).unwrap();
            let to = TreePath::parse(to).unwrap();
            assert_eq!(from.relative_to(&to), expected);
            assert_eq!(from.resolve(expected).unwrap(), to);
        }
    }

    #[test]
    fn containment_compares_components() {
        let dir = TreePath::parse("www").unwrap();
        assert!(TreePath::parse("www/x").unwrap().is_within(&dir));
        assert!(!TreePath::parse("www2/x").unwrap().is_within(&dir));
    }

    #[test]
    fn paths_that_climb() {
        for (path, expected) in [
            ("/a/b", false),
            ("/a/../b", true),
            ("/%2e%2E/b", true),
            ("/a%2f..%5cb", true),
            ("/a/..b/...", false),
        ] {
            assert_eq!(climbs(path), expected, "{path}");
        }
    }
}
