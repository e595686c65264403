//! What is attached to, as it is named: `HOST:PORT`, or `HOST:PORT=document.qml`.

use std::fmt;
use std::str::FromStr;

use crate::path::TreePath;

/// One program's debug port, and what to show there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// A name or an address; an IPv6 address without brackets.
    pub host: String,
    /// The port that the program's `-qmljsdebugger` argument names.
    pub port: u16,
    /// The document to show; without it, the server's entry.
    pub document: Option<TreePath>,
}

/// What a target looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("HOST:PORT, or HOST:PORT=document.qml, such as localhost:3768")]
pub(crate) struct NotATarget;

impl Target {
    /// A port of this machine.
    #[must_use]
    pub(crate) fn local(port: u16, document: Option<TreePath>) -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port,
            document,
        }
    }

    /// `HOST:PORT`.
    #[must_use]
    pub(crate) fn address(&self) -> String {
        if self.host.contains(':') {
            return format!("[{}]:{}", self.host, self.port);
        }
        format!("{}:{}", self.host, self.port)
    }
}

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        let (address, document) = match text.split_once('=') {
            Some((address, document)) => (address, Some(document)),
            None => (text, None),
        };
        let (host, port) = address.rsplit_once(':').ok_or(NotATarget)?;
        let host = match host.strip_prefix('[') {
            Some(inner) => inner.strip_suffix(']').ok_or(NotATarget)?,
            None if host.contains(':') => return Err(NotATarget),
            None => host,
        };
        let is_host = |c: char| c.is_alphanumeric() || ".-_:%".contains(c);
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(NotATarget);
        }
        let port: u16 = port.parse().map_err(|_| NotATarget)?;
        let document = document.map(TreePath::parse).transpose();
        let document = document.map_err(|_| NotATarget)?;
        if port == 0 || document.as_ref().is_some_and(TreePath::is_root) {
            return Err(NotATarget);
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            document,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.address())?;
        match &self.document {
            Some(document) => write!(out, "={document}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_written() {
        for text in [
            "localhost:3768",
            "192.168.1.20:3768=pages/Other.qml",
            "[::1]:1=a b.qml",
            "[fe80::1%eth0]:3768",
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!(target.to_string(), text);
        }
        for text in [
            "",
            "3768",
            ":3768",
            "box",
            "box:",
            "box:0",
            "box:70000",
            "::1:3768",
            "[::1:3768",
            "http://box:3768",
            "box:3768=",
            "box:3768=../x.qml",
            "a b:1",
        ] {
            assert_eq!(text.parse::<Target>(), Err(NotATarget), "{text}");
        }
    }
}
