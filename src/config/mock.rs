//! `[[mock]]`: single answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::collections::faults;
use super::error::ConfigError;
use super::proxy::{checked_headers, line_of};
use super::section::Section;
use super::setting::Source;
use super::values::{Bounded, Value, text};
use crate::services::mock::Pattern;
use crate::services::mock::config::{Content, MockConfig};

/// `[[mock]]`.
pub(super) fn mocks(top: &mut Section<'_>) -> Result<Vec<MockConfig>, ConfigError> {
    let mut seen: Vec<(MockConfig, Source)> = Vec::new();
    top.tables("mock", "none", |section| {
        let path: Pattern = section.required("path")?;
        let method = section.or("method", Method("GET".to_owned()))?.0;
        let query: BTreeMap<String, Text> = section.or("query", BTreeMap::new())?;
        let status = section.or("status", Bounded::<200, 599>(200))?;
        let headers: BTreeMap<String, Text> = section.or("headers", BTreeMap::new())?;
        let body = section.optional::<Text>("body", "empty, or that of file")?;
        let file = section.optional::<PathBuf>("file", "none")?;
        let content = match (body, file) {
            (Some(_), Some(_)) => {
                return Err(section.wrong("body and file", "one of them: an answer has one body"));
            }
            (Some(body), None) => Content::Text(body.0),
            (None, Some(file)) => Content::File(file),
            (None, None) => Content::Text(String::new()),
        };
        let owned = |(name, text): (String, Text)| (name, text.0);
        let headers = checked_headers(section, headers.into_iter().map(owned).collect())?;
        let mock = MockConfig {
            path,
            method,
            query: query.into_iter().map(owned).collect(),
            status: u16::try_from(status.0).unwrap_or(200),
            headers,
            content,
            faults: faults(section)?,
        };
        let takes = |(first, _): &&(MockConfig, Source)| {
            first.method == mock.method
                && first.path.takes(&mock.path)
                && first.query.iter().all(|pair| mock.query.contains(pair))
        };
        if let Some((first, at)) = seen.iter().find(takes) {
            let given = format!("path = \"{}\"", mock.path);
            let expected = format!(
                "requests of its own: the [[mock]] of path = \"{}\" in line {} takes all of them; \
                 put this one before it, or change its path, method or query",
                first.path,
                line_of(at)
            );
            return Err(section.wrong(&given, &expected));
        }
        seen.push((mock.clone(), section.at("")));
        Ok(mock)
    })
}

impl Value for Pattern {
    fn expected() -> String {
        r#"a path such as "/users/{id}", outside of /@…, of which whole parts may be parameters"#
            .to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(self.to_string().into())
    }
}

text!(
    /// Any text.
    Text,
    "text",
    |_| true
);

text!(
    /// A method of HTTP.
    Method,
    r#"a method in capitals, such as "POST""#,
    |text| !text.is_empty() && text != "CONNECT" && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
);
