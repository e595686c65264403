//! The names that this machine has in its network.

/// The name of this machine, and the one that it announces by multicast DNS (RFC 6762). No pattern
/// and no domain: a page of somebody else's cannot make such a name lead here, or it were ours.
pub(super) fn of_this_machine() -> Vec<String> {
    let Some(name) = own().filter(|name| is_name(name)) else {
        return Vec::new();
    };
    let short = name.split('.').next().unwrap_or(&name).to_owned();
    let mut names = vec![name.clone(), format!("{short}.local")];
    names.dedup();
    names.retain(|name| name != "localhost" && name != "localhost.local");
    names
}

#[cfg(unix)]
fn own() -> Option<String> {
    let name = rustix::system::uname();
    let name = name.nodename().to_str().ok()?;
    Some(name.trim_end_matches('.').to_ascii_lowercase())
}

#[cfg(not(unix))]
fn own() -> Option<String> {
    let name = std::env::var("COMPUTERNAME").ok()?;
    Some(name.to_ascii_lowercase())
}

/// Whether it can stand in a URL as it is.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !part.is_empty() && part.chars().all(is_letter)
    };
    name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_ours() {
        assert!(is_name("devbox"));
        assert!(is_name("devbox.lan"));
        assert!(!is_name(""));
        assert!(!is_name("a..b"));
        assert!(!is_name("*.example.com"));
        assert!(!is_name("a\"b"));
        for name in of_this_machine() {
            assert!(is_name(&name), "{name}");
        }
    }
}
