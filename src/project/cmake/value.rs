//! CMake's values: text in which `${NAME}` is resolved, lists, and paths.
//!
//! A variable that nobody is known to set stays as `${NAME}` in the value, so that whoever needs
//! the value can say what it lacks.

use super::script::{Argument, Kind};
use crate::path::TreePath;

/// Where the tree is to CMake: no real directory, so that a path out of it is seen as one.
pub(super) const SOURCE: &str = "/~source";
/// Where its build is.
pub(super) const BUILD: &str = "/~build";

/// A value longer than this is cut off: nobody wrote it by hand.
const LONGEST: usize = 1 << 20;

/// What `${NAME}` is.
pub(super) enum Known {
    Value(String),
    /// Set by nobody that is read here.
    Unknown,
}

/// Resolves the variables and escapes of one argument.
pub(super) fn expand(argument: &Argument, lookup: &dyn Fn(&str) -> Known) -> String {
    match argument.kind {
        Kind::Bracket => argument.text.clone(),
        Kind::Bare | Kind::Quoted => resolve(&argument.text, lookup),
    }
}

/// Resolves all arguments; bare ones become as many as their lists have.
pub(super) fn expand_all(arguments: &[Argument], lookup: &dyn Fn(&str) -> Known) -> Vec<String> {
    let mut values = Vec::new();
    for argument in arguments {
        let value = expand(argument, lookup);
        match argument.kind {
            Kind::Bare => values.extend(items(&value)),
            Kind::Quoted | Kind::Bracket => values.push(value),
        }
    }
    values
}

/// Whether something in the value is not known: a variable, or an expression that only the
/// generator evaluates.
pub(super) fn is_unknown(value: &str) -> bool {
    value.contains("${") || value.contains("$<") || value.contains("$ENV{")
}

/// The elements of a list, without empty ones.
pub(super) fn items(list: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    // A generator expression is one element, whatever it has inside.
    let mut depth = 0_u32;
    let mut before = ' ';
    for c in list.chars() {
        match c {
            '<' if before == '$' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c == ';' && before == '\\' {
            item.pop();
            item.push(';');
        } else if c == ';' && depth == 0 {
            items.push(std::mem::take(&mut item));
        } else {
            item.push(c);
        }
        before = c;
    }
    items.push(item);
    items.retain(|item| !item.is_empty());
    items
}

fn resolve(text: &str, lookup: &dyn Fn(&str) -> Known) -> String {
    // Of each open reference its beginning and the text around it.
    let mut open: Vec<(String, &'static str)> = Vec::new();
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        let beginning = ["${", "$ENV{", "$CACHE{"]
            .into_iter()
            .find(|beginning| rest.starts_with(beginning));
        if let Some(beginning) = beginning {
            open.push((std::mem::take(&mut out), beginning));
            taken = beginning.len();
        } else if c == '}'
            && let Some((before, beginning)) = open.pop()
        {
            let name = std::mem::replace(&mut out, before);
            let value = match beginning {
                "$ENV{" => Known::Unknown,
                _ => lookup(&name),
            };
            match value {
                Known::Value(value) => out.push_str(&value),
                Known::Unknown => out.extend([beginning, &name, "}"]),
            }
        } else if c == '\\' {
            let next = rest.get(1..).and_then(|rest| rest.chars().next());
            taken += next.map_or(0, char::len_utf8);
            match next {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                // Stays, so that it does not part a list.
                Some(';') => out.push_str("\\;"),
                Some('\n') => {}
                Some(other) => out.push(other),
                None => out.push('\\'),
            }
        } else {
            out.push(c);
        }
        rest = rest.get(taken..).unwrap_or_default();
        if out.len() > LONGEST {
            break;
        }
    }
    for (before, beginning) in open.into_iter().rev() {
        out = [before.as_str(), beginning, &out].concat();
    }
    out
}

/// An absolute path without `.`, `..` and doubled slashes, from `path` as seen in `dir`.
pub(super) fn absolute(dir: &str, path: &str) -> String {
    let whole = match path.strip_prefix('/') {
        Some(_) => path.to_owned(),
        None => format!("{dir}/{path}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The file of the tree that an absolute path means.
pub(super) fn in_tree(absolute: &str) -> Option<TreePath> {
    let below = absolute.strip_prefix(SOURCE)?;
    if !below.is_empty() && !below.starts_with('/') {
        return None;
    }
    TreePath::parse(below).ok()
}

/// The absolute path of a file or directory of the tree.
pub(super) fn of_tree(path: &TreePath) -> String {
    match path.as_str() {
        "" => SOURCE.to_owned(),
        path => format!("{SOURCE}/{path}"),
    }
}

/// The way from one absolute directory to a path, as `file(RELATIVE_PATH)` gives it.
pub(super) fn relative(from: &str, to: &str) -> String {
    let parse = |path: &str| TreePath::parse(path.trim_start_matches('/')).ok();
    match (parse(from), parse(to)) {
        (Some(from), Some(to)) if from == to => String::new(),
        (Some(from), Some(to)) => from.relative_to(&to),
        _ => to.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Known {
        match name {
            "A" => Known::Value("a".into()),
            "L" => Known::Value("x;y;;z".into()),
            "in_a" => Known::Value("nested".into()),
            _ => Known::Unknown,
        }
    }

    #[test]
    fn references_are_resolved() {
        for (text, expected) in [
            ("${A}/b", "a/b"),
            ("${in_${A}}", "nested"),
            ("${B}/x", "${B}/x"),
            ("$ENV{A}", "$ENV{A}"),
            ("a\\${A}", "a${A}"),
            ("${A", "${A"),
            ("}${A}{", "}a{"),
            ("a\\;b", "a\\;b"),
        ] {
            assert_eq!(resolve(text, &lookup), expected, "{text}");
        }
    }

    #[test]
    fn bare_arguments_fall_apart_and_quoted_ones_do_not() {
        let argument = |kind| Argument {
            text: "${L}".into(),
            kind,
            line: 1,
        };
        let all = [argument(Kind::Bare), argument(Kind::Quoted)];
        assert_eq!(expand_all(&all, &lookup), ["x", "y", "z", "x;y;;z"]);
        assert_eq!(items("a;$<IF:$<A:b>;c>;d"), ["a", "$<IF:$<A:b>;c>", "d"]);
        assert_eq!(items("a\\;b;c"), ["a;b", "c"]);
    }

    #[test]
    fn paths_lead_into_the_tree_or_out_of_it() {
        let of = |path| in_tree(&absolute("/~source/src", path));
        let path = |text| TreePath::parse(text).ok();
        assert_eq!(of("a.qml"), path("src/a.qml"));
        assert_eq!(of("../a.qml"), path("a.qml"));
        assert_eq!(of(".."), path(""));
        assert_eq!(of("../../a.qml"), None);
        assert_eq!(of("/usr/a.qml"), None);
        assert_eq!(of("/~source2/a.qml"), None);
        assert_eq!(relative("/~source/src", "/~source/lib/a"), "../lib/a");
    }
}
