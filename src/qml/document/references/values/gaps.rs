//! What follows a gap in a string that names a file.

use super::{Text, joined};

/// A string as the path that comes of it, as far as that concerns its gaps.
///
/// `..` after a gap, or the address of a server, leaves nothing known of what is in front of
/// it: `directory + "/../a.png"` is `…/a.png`. A gap may be empty, so that of two slashes around
/// it one says nothing. What follows a `?` or `#` is no path.
pub(super) fn resolved(text: &Text) -> Text {
    let mut out = Text::new();
    let mut is_path = true;
    for part in text {
        let Some(part) = part.as_deref().filter(|_| is_path && !out.is_empty()) else {
            is_path &= !part.as_ref().is_some_and(|part| part.contains(['?', '#']));
            out.push(part.clone());
            continue;
        };
        let end = part.find(['?', '#']).unwrap_or(part.len());
        let (path, query) = part.split_at(end);
        is_path = query.is_empty();
        let (climbs, path) = after_gap(path);
        if climbs {
            out = vec![None];
        }
        let before = out.iter().rev().flatten().next();
        let is_doubled = before.is_some_and(|before| before.ends_with('/'));
        let path = match path.strip_prefix('/') {
            Some(rest) if is_doubled => rest.to_owned(),
            _ => path,
        };
        out.push(Some(path + query));
    }
    joined(out)
}

/// A part of a path behind a gap, and whether it leads out of what is in front of it.
fn after_gap(part: &str) -> (bool, String) {
    let (is_address, part) = match part.split_once("://") {
        None => (false, part),
        Some((_, address)) => (true, address.find('/').map_or("", |at| &address[at..])),
    };
    let mut climbs = is_address;
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = part.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            // The first one may be the end of a name that begins in the gap.
            ".." if kept.len() > 1 => {
                kept.pop();
            }
            ".." => {
                climbs = true;
                kept = vec![""];
            }
            "." | "" if !kept.is_empty() && !is_last => continue,
            "." if !kept.is_empty() => {}
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    (climbs, kept.join("/"))
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
            ("*/..", "*/"),
            ("*/../", "*/"),
            ("*/./a.png", "*/a.png"),
            ("*//a.png", "*/a.png"),
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
            ("*/a?b=/../c", "*/a?b=/../c"),
            ("*?a=*/../b", "*?a=*/../b"),
        ] {
            let parts = text.split('*').map(|part| Some(part.to_owned()));
            let mut with_gaps = Text::new();
            for part in parts {
                with_gaps.extend((!with_gaps.is_empty()).then_some(None));
                with_gaps.push(part);
            }
            let found = resolved(&joined(with_gaps));
            let found: String = found
                .iter()
                .map(|part| part.as_deref().unwrap_or("*"))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
