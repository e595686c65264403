//! Single answers that the configuration gives, each to one method at one path.
//!
//! A mock is there for exactly what it says: any other request is answered as if it were not.

pub(crate) mod config;
mod pattern;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use serde_json::Value;
use tracing::warn;
use url::form_urlencoded;

use crate::http::{ErrorAnswer, escape};
use config::{Content, MockConfig};

pub(crate) use pattern::Pattern;

/// All mocks, in the order of the file: the first that fits counts.
#[derive(Debug, Default)]
pub(crate) struct Mocks(Vec<MockConfig>);

/// The parameters of a path.
type Parameters<'a> = Vec<(&'a str, String)>;

impl Mocks {
    /// Those of the configuration.
    pub(crate) fn new(configs: Vec<MockConfig>) -> Self {
        Self(configs)
    }

    fn find(&self, method: &str, path: &str, query: &str) -> Option<(&MockConfig, Parameters<'_>)> {
        let fits = |mock: &MockConfig| {
            let given = || form_urlencoded::parse(query.as_bytes());
            let has = |(name, value): &(String, String)| {
                given().any(|(known, given)| known == name.as_str() && given == value.as_str())
            };
            (mock.method == method || mock.method == "GET" && method == "HEAD")
                && mock.query.iter().all(has)
        };
        let mut fitting = self.0.iter().filter(|mock| fits(mock));
        fitting.find_map(|mock| Some((mock, mock.path.matches(path)?)))
    }

    /// Whether one answers this request: its method, its path and its query as they stand there.
    pub(crate) fn claims(&self, method: &str, path: &str, query: &str) -> bool {
        self.find(method, path, query).is_some()
    }

    /// Whether one answers anything at this path.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.0.iter().any(|mock| mock.path.matches(path).is_some())
    }

    /// Their paths, as they are written.
    pub(crate) fn paths(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|mock| mock.path.to_string())
    }
}

/// Adds the route of the mocks, at any path.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config.default_service(web::to(answer));
}

async fn answer(request: HttpRequest, mocks: Data<Arc<Mocks>>) -> HttpResponse {
    let (method, uri) = (request.method().as_str(), request.uri());
    let Some((mock, parameters)) = mocks.find(method, uri.path(), uri.query().unwrap_or_default())
    else {
        return ErrorAnswer::new(StatusCode::NOT_FOUND, "there is no mock here", "")
            .respond(&request);
    };
    if mock.faults.strike().await {
        return ErrorAnswer::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{} fails on purpose", mock.path),
            "its fail setting in qmlserve.toml orders that",
        )
        .with_header(header::RETRY_AFTER, "1")
        .respond(&request);
    }
    match &mock.content {
        Content::Text(text) => {
            let media_type = media_type(mock).unwrap_or_else(|| guess(text).to_owned());
            let text = filled(text, &parameters, &media_type);
            head(mock, &media_type).body(text)
        }
        Content::File(path) => match read(path.clone()).await {
            Ok(bytes) => {
                let guessed = || mime_guess::from_path(path).first_or_octet_stream();
                let media_type = media_type(mock).unwrap_or_else(|| guessed().to_string());
                head(mock, &media_type).body(bytes)
            }
            Err(error) => unreadable(mock, path, &error).respond(&request),
        },
    }
}

fn head(mock: &MockConfig, media_type: &str) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(mock.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, media_type));
    for (name, value) in &mock.headers {
        if !name.eq_ignore_ascii_case("content-type") {
            response.append_header((name.as_str(), value.as_str()));
        }
    }
    response
}

fn media_type(mock: &MockConfig) -> Option<String> {
    let mut headers = mock.headers.iter();
    let found = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    found.map(|(_, value)| value.clone())
}

fn guess(text: &str) -> &'static str {
    match text.trim_start().chars().next() {
        Some('{' | '[') => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}

/// The text with the parameters in it. A parameter is anybody's: it is written so that it stays a
/// part of the text that it comes into.
fn filled(text: &str, parameters: &Parameters<'_>, media_type: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        filled += before;
        let found = parameters.iter().find_map(|(name, value)| {
            let after = from
                .strip_prefix('{')?
                .strip_prefix(name)?
                .strip_prefix('}')?;
            Some((value, after))
        });
        rest = match found {
            Some((value, after)) => {
                filled += &written(value, media_type);
                after
            }
            None => {
                filled.push('{');
                &from[1..]
            }
        };
    }
    filled + rest
}

fn written(value: &str, media_type: &str) -> String {
    if media_type.contains("json") {
        let quoted = Value::from(value).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    } else if media_type.contains("html") || media_type.contains("xml") {
        escape(value)
    } else {
        value.to_owned()
    }
}

async fn read(path: std::path::PathBuf) -> std::io::Result<Bytes> {
    let read = web::block(move || std::fs::read(path)).await;
    read.map_err(std::io::Error::other)?.map(Bytes::from)
}

fn unreadable(mock: &MockConfig, path: &Path, error: &std::io::Error) -> ErrorAnswer {
    warn!(
        "the mock at {} cannot be given: {}: {error}",
        mock.path,
        path.display()
    );
    // Where it lies is nobody's business who asks.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let reason = match error.kind() {
        ErrorKind::NotFound => "is not there",
        _ => "cannot be read",
    };
    ErrorAnswer::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("{name} {reason}"),
        "file = in its [[mock]] is a path from the folder of qmlserve.toml",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_into_the_text() {
        let parameters = vec![("id", "a\"<b>".to_owned()), ("n", "{id}".to_owned())];
        for (text, media_type, expected) in [
            (
                r#"{"id": "{id}"}"#,
                "application/json",
                r#"{"id": "a\"<b>"}"#,
            ),
            ("<p>{id}", "text/html", "<p>a&quot;&lt;b&gt;"),
            ("{id} {n} {other} {", "text/plain", "a\"<b> {id} {other} {"),
        ] {
            assert_eq!(filled(text, &parameters, media_type), expected);
        }
    }
}
