//! Which server is meant, among those that run.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use url::Url;

use crate::mcp::{PATH, Trouble};
use crate::server::running::{self, Running};

/// The server that is meant.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// The one at this URL, without a slash at the end.
    Url(String),
    /// The one that serves this folder.
    Folder(PathBuf),
}

impl Wanted {
    /// The server of a URL as people have it: with the path of what they look at behind it.
    pub(super) fn at(url: &str) -> anyhow::Result<Self> {
        let parsed = Url::parse(url).with_context(|| format!("{url:?} is no URL"))?;
        let mut base = parsed.origin().ascii_serialization();
        let first = parsed.path_segments().and_then(|mut parts| parts.next());
        if let Some(token) = first.filter(|part| part.starts_with('~')) {
            base.push('/');
            base.push_str(token);
        }
        Ok(Self::Url(base))
    }

    /// The server of a folder.
    pub(super) fn of(dir: &Path) -> Self {
        Self::Folder(running::real(dir))
    }

    /// Where it is, among those that run. Whether it answers shows when it is asked.
    pub(super) fn find(&self, running: &[Running]) -> Result<String, Trouble> {
        let dir = match self {
            Self::Url(url) => return Ok(url.clone()),
            Self::Folder(dir) => dir,
        };
        let these = |is_meant: &dyn Fn(&Path) -> bool| -> Vec<&Running> {
            running.iter().filter(|one| is_meant(&one.dir)).collect()
        };
        let exact = these(&|served| served == dir);
        // A server of one of the project's folders, or of what the folder is a part of.
        let near = these(&|served| served.starts_with(dir) || dir.starts_with(served));
        let found = if exact.is_empty() { near } else { exact };
        match found.as_slice() {
            [one] => Ok(one.url.clone()),
            [] => Err(none(dir, running)),
            // All serve it: whichever.
            [one, others @ ..] if others.iter().all(|other| other.dir == one.dir) => {
                Ok(one.url.clone())
            }
            several => Err(Trouble::new(
                format!("several qmlserve servers have to do with {}", dir.display()),
                format!("start `qmlserve mcp DIR` with one of {}", dirs(several)),
            )),
        }
    }
}

fn none(dir: &Path, running: &[Running]) -> Trouble {
    let others: Vec<&Running> = running.iter().collect();
    let others = match others.as_slice() {
        [] => String::new(),
        others => format!(
            "; or start `qmlserve mcp DIR` with one that is served: {}",
            dirs(others)
        ),
    };
    Trouble::new(
        format!("no qmlserve server runs for {}", dir.display()),
        format!(
            "start one with `qmlserve {}`, which goes on until it is stopped, and a client with the \
             command that it prints, or both with `qmlserve run {0}`; then try again{others}",
            dir.display()
        ),
    )
}

fn dirs(running: &[&Running]) -> String {
    let dirs: Vec<_> = running
        .iter()
        .map(|one| one.dir.display().to_string())
        .collect();
    dirs.join(", ")
}

/// Where a server takes calls.
pub(super) fn endpoint(base: &str) -> String {
    format!("{base}{PATH}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(dirs: &[&str]) -> Vec<Running> {
        let running = dirs.iter().enumerate().map(|(number, dir)| Running {
            dir: dir.into(),
            url: format!("http://localhost:{number}"),
        });
        running.collect()
    }

    #[test]
    fn the_server_of_a_folder() {
        let check = |dir: &str, dirs: &[&str], expected: Result<usize, &str>| {
            let found = Wanted::Folder(dir.into()).find(&running(dirs));
            match (found, expected) {
                (Ok(url), Ok(number)) => assert_eq!(url, format!("http://localhost:{number}")),
                (Err(trouble), Err(part)) => {
                    assert!(trouble.to_string().contains(part), "{trouble}");
                }
                (found, _) => panic!("{dir} in {dirs:?}: {found:?}"),
            }
        };
        check("/p/www", &["/q", "/p/www"], Ok(1));
        check("/p", &["/q", "/p/ui"], Ok(1));
        check("/p/ui/pages", &["/q", "/p/ui"], Ok(1));
        check("/p", &["/p/ui", "/p", "/p/other"], Ok(1));
        check("/p", &["/p", "/p"], Ok(0));
        check("/p", &[], Err("`qmlserve /p`"));
        check("/p", &["/q"], Err("one that is served: /q"));
        check("/p", &["/pp"], Err("no qmlserve server runs for /p"));
        check("/p", &["/p/a", "/p/b"], Err("/p/a, /p/b"));
    }

    #[test]
    fn a_url_as_people_have_it() {
        let check = |url: &str, expected: &str| {
            let Wanted::Url(found) = Wanted::at(url).unwrap() else {
                panic!("{url} is a URL");
            };
            assert_eq!(found, expected, "{url}");
        };
        check("http://localhost:8080/", "http://localhost:8080");
        check("http://box:8080/~secret12", "http://box:8080/~secret12");
        check("https://box/~secret12/remote.qml", "https://box/~secret12");
        check("http://[::1]:81/@qmlserve/mcp", "http://[::1]:81");
        assert!(Wanted::at("http://").is_err());
    }
}
