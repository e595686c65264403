//! The paths that a mock answers at: pure.

use std::fmt;

use percent_encoding::percent_decode_str;

/// A path, of which parts may be parameters: `/users/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Parameter(String),
}

impl Pattern {
    /// The pattern as a person writes it: absolute, not below `/@…`, each parameter a part by
    /// itself and of a name of its own.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut names: Vec<&str> = Vec::new();
        let mut parts = Vec::new();
        for part in text.strip_prefix('/')?.split('/') {
            let parameter = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            if let Some(name) = parameter {
                let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if name.is_empty() || !name.chars().all(good) || names.contains(&name) {
                    return None;
                }
                names.push(name);
                parts.push(Part::Parameter(name.to_owned()));
                continue;
            }
            let special = |c: char| c.is_control() || "{}%?#\\".contains(c);
            if part.is_empty() || part == "." || part == ".." || part.contains(special) {
                return None;
            }
            parts.push(Part::Literal(part.to_owned()));
        }
        let own = matches!(parts.first(), Some(Part::Literal(first)) if first.starts_with('@'));
        (!parts.is_empty() && !own).then_some(Self(parts))
    }

    /// The parameters in a path as it stands in a request; `None` where it is another one.
    pub(super) fn matches(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let mut given = path.strip_prefix('/')?.split('/');
        let mut found = Vec::new();
        for part in &self.0 {
            let given = percent_decode_str(given.next()?).decode_utf8().ok()?;
            match part {
                Part::Literal(text) if *text == given => {}
                Part::Literal(_) => return None,
                Part::Parameter(_) if given.is_empty() => return None,
                Part::Parameter(name) => found.push((name.as_str(), given.into_owned())),
            }
        }
        given.next().is_none().then_some(found)
    }

    /// Whether each path of `other` is one of this as well.
    pub(crate) fn takes(&self, other: &Self) -> bool {
        let takes = |(own, other): (&Part, &Part)| match (own, other) {
            (Part::Parameter(_), _) => true,
            (Part::Literal(own), Part::Literal(other)) => own == other,
            (Part::Literal(_), Part::Parameter(_)) => false,
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(takes)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Literal(text) => write!(out, "/{text}")?,
                Part::Parameter(name) => write!(out, "/{{{name}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for text in ["/a", "/a/{b}", "/{a}/b/{c}", "/ü/a b"] {
            assert_eq!(Pattern::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "", "/", "a", "/a/", "//a", "/{}", "/{a}/{a}", "/a{b}", "/{a-b}", "/@a", "/..", "/a?b",
            "/%20",
        ] {
            assert!(Pattern::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn paths() {
        for (pattern, path, expected) in [
            ("/a/{b}", "/a/x%20y", Some(vec![("b", "x y")])),
            ("/a/{b}", "/a/x%2Fy", Some(vec![("b", "x/y")])),
            ("/a/{b}", "/a/", None),
            ("/a/{b}", "/a", None),
            ("/a/{b}", "/a/b/c", None),
            ("/a", "/%61", Some(vec![])),
            ("/a", "/a/", None),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            let found = pattern.matches(path);
            let expected: Option<Vec<_>> = expected.map(|expected| {
                let owned = |(name, value): (&'static str, &str)| (name, value.to_owned());
                expected.into_iter().map(owned).collect()
            });
            assert_eq!(found, expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_takes_another_one() {
        for (one, other, expected) in [
            ("/a/{b}", "/a/c", true),
            ("/a/c", "/a/{b}", false),
            ("/a/{b}", "/a/{c}", true),
            ("/a", "/a/{b}", false),
        ] {
            let pattern = |text| Pattern::parse(text).unwrap();
            assert_eq!(
                pattern(one).takes(&pattern(other)),
                expected,
                "{one} {other}"
            );
        }
    }
}
