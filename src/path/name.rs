//! Names of files as documents write them, and where they lead: to paths relative to the root of
//! the tree, with `/`, without `.` and `..`. The root is `""`.

/// The directory that a file or directory is in.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Where a relative name leads from a directory. One that climbs above the root stays there, as
/// in a URL (RFC 3986, 5.2.4).
///
/// A slash at the end stays, so that the result can be the beginning of longer paths.
pub(crate) fn join(directory: &str, name: &str) -> String {
    let mut parts: Vec<&str> = match directory {
        "" => Vec::new(),
        directory => directory.split('/').collect(),
    };
    let mut segments = name.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "" | "." if is_last => parts.push(""),
            "" | "." => {}
            ".." => {
                parts.pop();
                if is_last {
                    parts.push("");
                }
            }
            segment => parts.push(segment),
        }
    }
    match parts.as_slice() {
        [""] => String::new(),
        parts => parts.join("/"),
    }
}

/// Where the name of a file, as a document writes it, leads from the document's directory.
///
/// A name that begins with a slash, or with the address of a server, is taken from the root:
/// the server may be this one. Any other scheme leads out of the tree.
pub(crate) fn locate(directory: &str, name: &str) -> Option<String> {
    if let Some((scheme, rest)) = name.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
        let is_http = ["http", "https"]
            .iter()
            .any(|http| scheme.eq_ignore_ascii_case(http));
        return is_http.then(|| after_host(rest)).flatten();
    }
    match name.strip_prefix('/') {
        None => Some(join(directory, name)),
        Some(_) if name.starts_with("//") => after_host(name),
        Some(rest) => Some(join("", rest)),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn after_host(rest: &str) -> Option<String> {
    let (_, path) = rest.strip_prefix("//")?.split_once('/')?;
    Some(join("", path))
}

/// The path in front of a query or fragment.
pub(crate) fn without_query(name: &str) -> &str {
    name.split(['?', '#']).next().unwrap_or(name)
}

/// `name` with `%20` and the like resolved, if there is any.
pub(crate) fn decoded(name: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(name)
        .decode_utf8()
        .ok()?;
    (decoded != name).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_from_directories() {
        for (directory, name, expected) in [
            ("", "a.png", Some("a.png")),
            ("d/e", "a.png", Some("d/e/a.png")),
            ("d/e", "./a.png", Some("d/e/a.png")),
            ("d/e", "../a.png", Some("d/a.png")),
            ("d/e", "../../a.png", Some("a.png")),
            ("d/e", "../../../a.png", Some("a.png")),
            ("", "..", Some("")),
            ("d", "x//y/./z/../a.png", Some("d/x/y/a.png")),
            ("d", "img/", Some("d/img/")),
            ("d", ".", Some("d/")),
            ("d", "..", Some("")),
            ("d/e", "..", Some("d/")),
            ("", ".", Some("")),
            ("d", "/a.png", Some("a.png")),
            ("d", "http://h:1/x/a.png", Some("x/a.png")),
            ("d", "HTTPS://h/a.png", Some("a.png")),
            ("d", "//h/a.png", Some("a.png")),
            ("d", "http://h", None),
            ("d", "qrc:/a.png", None),
            ("d", "image://p/a.png", None),
            ("d", "file:///a.png", None),
            ("d", "a b:c.png", Some("d/a b:c.png")),
        ] {
            assert_eq!(
                locate(directory, name).as_deref(),
                expected,
                "{directory} {name}"
            );
        }
    }

    #[test]
    fn queries_and_escapes() {
        assert_eq!(without_query("a.png?b#c"), "a.png");
        assert_eq!(decoded("a%20b").as_deref(), Some("a b"));
        assert_eq!(decoded("a%2"), None);
        assert_eq!(decoded("a"), None);
    }
}
