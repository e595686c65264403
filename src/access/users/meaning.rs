//! What a path may mean to those who answer at it: some decode before they split, some after; some
//! climb, some do not; to the tree a version in front is none of it; some disks know no case and no
//! dot at the end of a name. Pure.

use percent_encoding::percent_decode_str;

/// The parts of a path, as they are compared.
pub(super) fn parts(path: &str) -> Vec<String> {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let mut parts = Vec::new();
    for part in decoded.split(['/', '\\']) {
        // What follows are parameters of it (RFC 3986, section 3.3).
        let part = part.split(';').next().unwrap_or_default();
        let name = part.trim_end_matches(['.', ' ']);
        match (part, name) {
            ("..", _) => parts.push("..".to_owned()),
            (_, "") => {}
            (_, name) => parts.push(name.to_lowercase()),
        }
    }
    parts
}

/// All that it may mean.
pub(super) fn meanings(path: &str) -> Vec<Vec<String>> {
    let literal = parts(path);
    let mut climbed = Vec::new();
    for part in &literal {
        match part.as_str() {
            ".." => drop(climbed.pop()),
            _ => climbed.push(part.clone()),
        }
    }
    let mut all = vec![literal.clone()];
    for mut parts in [literal, climbed] {
        // A version, or what looks like one.
        while parts
            .first()
            .is_some_and(|first| first.starts_with('@') && first != "@qmlserve")
        {
            all.push(parts.clone());
            parts.remove(0);
        }
        all.push(parts);
    }
    all.sort_unstable();
    all.dedup();
    all
}
