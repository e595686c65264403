//! Strings with gaps, as they are put together.

use super::super::Pattern;

/// A string, in parts; `None` is a part that is not known.
pub(super) type Text = Vec<Option<String>>;

/// Joins neighbouring parts.
pub(super) fn joined(text: Text) -> Text {
    let mut out: Text = Vec::new();
    for part in text {
        match (out.last_mut(), part) {
            (_, Some(part)) if part.is_empty() => {}
            (Some(Some(last)), Some(part)) => last.push_str(&part),
            (Some(None), None) => {}
            (_, part) => out.push(part),
        }
    }
    out
}

/// The text after `.arg(…)`: `%1` and its like stand for something unknown.
pub(super) fn with_gaps(text: Text) -> Text {
    let mut out = Vec::new();
    for part in text {
        let Some(part) = part else {
            out.push(None);
            continue;
        };
        for (index, piece) in part.split('%').enumerate() {
            let rest = piece.trim_start_matches('L');
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            match index {
                0 => out.push(Some(piece.to_owned())),
                // At most two digits belong to the marker; which ones is not worth telling.
                _ if after.len() < rest.len() => out.extend([None, Some(after.to_owned())]),
                _ => out.push(Some(format!("%{piece}"))),
            }
        }
    }
    out
}

/// The path that comes of a text, as far as that concerns its gaps.
///
/// `..` after a gap, or the address of a server, leaves nothing known of what is in front of
/// it: `directory + "/../a.png"` is `…/a.png`. A gap may be empty, so that of two slashes around
/// it one says nothing. What follows a `?` or `#` is no path.
pub(super) fn path(text: &Text) -> Text {
    let mut out = Text::new();
    for part in text {
        let Some(part) = part.as_deref() else {
            out.push(None);
            continue;
        };
        let end = part.find(['?', '#']).unwrap_or(part.len());
        let mut path = part[..end].replace("/./", "/");
        if !out.is_empty() {
            let after_address = path.find("://").map(|at| {
                path[at + 3..]
                    .find('/')
                    .map_or(path.len(), |slash| at + 3 + slash)
            });
            let after_climb = path
                .rfind("/..")
                .map(|at| at + 3)
                .or(path.starts_with("..").then_some(2));
            if let Some(at) = after_address.max(after_climb) {
                path.drain(..at);
                out = vec![None];
            }
            let before = out.iter().rev().flatten().next();
            if before.is_some_and(|before| before.ends_with('/')) && path.starts_with('/') {
                path.remove(0);
            }
        }
        out.push(Some(path));
        if end < part.len() {
            break;
        }
    }
    joined(out)
}

/// Whether the known parts of a path narrow down the name of a file: its beginning, its end, or
/// the name of a directory inside. A slash alone does not.
pub(super) fn is_telling(path: &Text) -> bool {
    let is_name = |part: &str| part.chars().any(char::is_alphanumeric);
    let ends = path.first().into_iter().chain(path.last()).flatten();
    let mut parts = path.iter().flatten();
    ends.map(String::as_str).any(is_name) || parts.any(|part| is_name(part) && part.contains('/'))
}

/// The path as a pattern. `None` if there is no gap.
pub(super) fn pattern(path: &Text) -> Option<Pattern> {
    let parts = path.iter().flatten().map(|part| part.as_str().into());
    (path.len() > 1).then(|| Pattern {
        parts: parts.collect(),
        anchored: path.first().is_some_and(Option::is_some),
        complete: path.last().is_some_and(Option::is_some),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_behind_a_gap() {
        for (text, expected) in [
            ("*/a.png", "*/a.png"),
            ("*/../a.png", "*/a.png"),
            ("*../a.png", "*/a.png"),
            ("*/x/../a.png", "*/a.png"),
            ("*x/../a.png", "*/a.png"),
            ("*/x/../../a.png", "*/a.png"),
            ("*/../", "*/"),
            ("*/./a.png", "*/a.png"),
            ("*/a/", "*/a/"),
            ("*.png", "*.png"),
            ("*.", "*."),
            ("img/*/../icons/*.png", "*/icons/*.png"),
            ("img/*/a.png", "img/*a.png"),
            ("img/*/*.png", "img/*.png"),
            ("img*/a.png", "img*/a.png"),
            ("../*/a.png", "../*a.png"),
            ("*://host/img/*.png", "*/img/*.png"),
            ("*://*/a.png", "*/a.png"),
            ("*/a?b=/../c", "*/a"),
            ("*?a=*/../b", "*"),
        ] {
            let parts = text.split('*').map(|part| Some(part.to_owned()));
            let mut with_gaps = Text::new();
            for part in parts {
                with_gaps.extend((!with_gaps.is_empty()).then_some(None));
                with_gaps.push(part);
            }
            let found = path(&joined(with_gaps));
            let found: String = found
                .iter()
                .map(|part| part.as_deref().unwrap_or("*"))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
