//! From a path of this server to a URL of the target, and back: pure.

use std::borrow::Cow;

use url::Url;

/// Where a proxy is, and what stands in its place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The path of the proxy, without a slash at the end.
    pub path: String,
    to: Url,
    /// The path of the target, without a slash at the end: empty for all of it.
    base: String,
}

impl Place {
    /// The place of `path`, which leads to `to`.
    pub(super) fn new(path: &str, to: &Url) -> Self {
        Self {
            path: path.to_owned(),
            base: to.path().trim_end_matches('/').to_owned(),
            to: to.clone(),
        }
    }

    /// The scheme and the host of the target, as the Origin header has them.
    pub(super) fn origin(&self) -> String {
        self.to.origin().ascii_serialization()
    }

    /// Whether the target is reached over TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.to.scheme() == "https"
    }

    /// What is below the proxy's path of a path as it stands in a request: empty, or with a slash
    /// in front. `None` where the path is another one.
    pub(super) fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        let below = path.strip_prefix(self.path.as_str())?;
        (below.is_empty() || below.starts_with('/')).then_some(below)
    }

    /// The path of the target for what is below the proxy's. As it came: neither decoded nor made
    /// normal, since what it means is the target's to say.
    pub(super) fn path_at_target(&self, below: &str) -> String {
        match (self.base.as_str(), below) {
            ("", "") => "/".to_owned(),
            (_, "") => self.to.path().to_owned(),
            (base, below) => format!("{base}{below}"),
        }
    }

    /// What stands in the place of a URL that the target names in its answer to a request for
    /// `asked`, a path with its query: below `public`, the proxy's path as the client calls it,
    /// where that is possible, and else the URL itself.
    pub(super) fn back(&self, named: &str, asked: &str, public: &str) -> Option<String> {
        let url = self.to.join(asked).ok()?.join(named).ok()?;
        if url.origin() != self.to.origin() {
            return Some(url.into());
        }
        let Some(below) = self.back_below(url.path()) else {
            return Some(url.into());
        };
        let query = url.query().map_or_else(String::new, |q| format!("?{q}"));
        let fragment = url.fragment().map_or_else(String::new, |f| format!("#{f}"));
        let path = format!("{public}{below}");
        let path = if path.is_empty() { "/" } else { &path };
        Some(format!("{path}{query}{fragment}"))
    }

    /// What is below the target's path of one of its paths.
    pub(super) fn back_below<'p>(&self, path: &'p str) -> Option<&'p str> {
        let below = path.strip_prefix(self.base.as_str())?;
        (below.is_empty() || below.starts_with('/')).then_some(below)
    }

    /// What is below either path of a URL that a recording names: the target's own, or that of a
    /// proxy at this path, whichever server that was recorded at.
    pub(super) fn recorded_below<'u>(&self, url: &'u Url) -> Option<&'u str> {
        let is_target = url.host_str() == self.to.host_str() && url.port() == self.to.port();
        match is_target {
            true => self.back_below(url.path()),
            false => self.below(url.path()),
        }
    }

    /// The value of `Set-Cookie` for whoever asks below `public`: the same cookie, of this host
    /// and below that path. `secure` says whether they ask over TLS; a client without would not
    /// keep a cookie that is only for those (RFC 6265, section 5.4).
    pub(super) fn cookie_back(&self, cookie: &str, public: &str, secure: bool) -> String {
        let mut parts = cookie.split(';');
        let mut made = parts.next().unwrap_or_default().trim().to_owned();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim());
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let kept: Cow<'_, str> = if is("domain") {
                continue;
            } else if is("path") {
                format!("Path={}", self.cookie_path(value, public)).into()
            } else if !secure
                && (is("secure")
                    || is("partitioned")
                    || is("samesite") && value.eq_ignore_ascii_case("none"))
            {
                continue;
            } else {
                part.trim().into()
            };
            made += "; ";
            made += &kept;
        }
        made
    }

    /// A path of the target's as the client has it. One that is not below what can be asked for is
    /// for all of it.
    fn cookie_path(&self, path: &str, public: &str) -> String {
        let below = self.back_below(path).unwrap_or_default();
        match below.trim_end_matches('/') {
            "" if public.is_empty() => "/".to_owned(),
            "" => public.to_owned(),
            _ => format!("{public}{below}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(to: &str) -> Place {
        Place::new("/flickr", &to.parse().unwrap())
    }

    #[test]
    fn paths() {
        for (to, path, expected) in [
            ("https://h/feeds", "/flickr/x", Some("/feeds/x")),
            ("https://h/feeds", "/flickr", Some("/feeds")),
            ("https://h/feeds", "/flickr/", Some("/feeds/")),
            ("https://h/feeds/", "/flickr/x", Some("/feeds/x")),
            ("https://h/feeds/", "/flickr", Some("/feeds/")),
            ("https://h", "/flickr", Some("/")),
            ("https://h", "/flickr//a%2Fb/%C3%BC", Some("//a%2Fb/%C3%BC")),
            ("https://h/a%20b", "/flickr/x", Some("/a%20b/x")),
            ("https://h", "/flickrs", None),
            ("https://h", "/other", None),
        ] {
            let place = place(to);
            let found = place.below(path).map(|below| place.path_at_target(below));
            assert_eq!(found.as_deref(), expected, "{to} {path}");
        }
    }

    #[test]
    fn what_answers_name_is_brought_back() {
        for (to, named, expected) in [
            (
                "https://h/feeds",
                "https://h/feeds/y?a=b#c",
                "/~T/flickr/y?a=b#c",
            ),
            ("https://h/feeds", "/feeds/y", "/~T/flickr/y"),
            ("https://h/feeds", "y", "/~T/flickr/a/y"),
            ("https://h/feeds", "../y", "/~T/flickr/y"),
            ("https://h/feeds", "?z", "/~T/flickr/a/x?z"),
            ("https://h/feeds", "//h/feeds", "/~T/flickr"),
            ("https://h/feeds", "https://h:443/feeds/", "/~T/flickr/"),
            // What is not below the path cannot be asked for here.
            ("https://h/feeds", "/login", "https://h/login"),
            ("https://h/feeds", "/feedsters", "https://h/feedsters"),
            ("https://h/feeds", "https://i/feeds/y", "https://i/feeds/y"),
            ("http://h/feeds", "https://h/feeds/y", "https://h/feeds/y"),
            ("http://h:81", "/", "/~T/flickr/"),
        ] {
            let place = place(to);
            let asked = place.path_at_target("/a/x?q");
            let back = place.back(named, &asked, "/~T/flickr");
            assert_eq!(back.as_deref(), Some(expected), "{to} {named}");
        }
    }

    #[test]
    fn cookies_are_brought_back() {
        for (cookie, secure, expected) in [
            ("a=b", false, "a=b"),
            ("a=b; Path=/feeds/x", false, "a=b; Path=/flickr/x"),
            ("a=b;path=/; HttpOnly", false, "a=b; Path=/flickr; HttpOnly"),
            ("a=b; Path=/feeds/", false, "a=b; Path=/flickr"),
            ("a=b; Path=/elsewhere", false, "a=b; Path=/flickr"),
            (
                "a=b; Domain=.h; Secure; SameSite=None; Max-Age=5",
                false,
                "a=b; Max-Age=5",
            ),
            (
                "a=b; Domain=h; Secure; SameSite=None",
                true,
                "a=b; Secure; SameSite=None",
            ),
            ("a=b; SameSite=Lax", false, "a=b; SameSite=Lax"),
            ("", false, ""),
        ] {
            let place = place("https://h/feeds");
            let made = place.cookie_back(cookie, "/flickr", secure);
            assert_eq!(made, expected, "{cookie}");
        }
    }
}
