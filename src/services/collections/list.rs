//! How lists and objects are written into answers: envelope, headers, links, JSON or XML.

use std::fmt::Write as _;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::aside::aside;
use super::collection::Collection;
use super::config::Envelope;
use super::error::Refusal;
use super::object::Object;
use super::query::Window;
use super::store::{Page, StoreError};
use super::xml;
use crate::http::prefix;

/// What a part of a path may not have in it as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The path of a collection's list.
pub(super) fn path_of(collection: &Collection) -> String {
    let segments = collection.segments.iter();
    segments
        .map(|segment| format!("/{}", encoded(segment)))
        .collect()
}

/// The path of an object.
pub(super) fn path_of_object(collection: &Collection, key: &str) -> String {
    // As it is, it would be the stream of events.
    let key = if key == "events" {
        "%65vents".to_owned()
    } else {
        encoded(key)
    };
    format!("{}/{key}", path_of(collection))
}

fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

/// Whether the client would rather have XML. Browsers name it too, behind HTML.
pub(super) fn wants_xml(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (mut xml, mut json) = (0.0_f32, 0.0_f32);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=")?.parse().ok())
            .unwrap_or(1.0);
        match media.as_str() {
            "text/html" => return false,
            "application/xml" | "text/xml" => xml = xml.max(weight),
            "application/json" => json = json.max(weight),
            _ => {}
        }
    }
    xml > json
}

/// The answer to a list request.
pub(super) async fn respond(
    request: &HttpRequest,
    collection: &Collection,
    window: Window,
    page: Page,
    as_xml: bool,
) -> Result<HttpResponse, Refusal> {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"))
        .insert_header((
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "X-Total-Count, Link, Warning",
        ))
        .insert_header(("X-Total-Count", page.total.to_string()));
    let links = links(
        &(prefix(request) + request.uri().path()),
        request.query_string(),
        window,
        page.total,
    );
    if !links.is_empty() {
        response.insert_header((header::LINK, links));
    }
    if as_xml {
        let size = page.size();
        let (name, item) = (collection.name.clone(), collection.item.clone());
        let write = move || {
            let objects = page.objects.iter().map(|text| Object::stored(text));
            let objects: Vec<Object> = objects
                .collect::<Result<_, _>>()
                .map_err(|error| StoreError::Other(error.to_string()))?;
            Ok(xml::list(&name, &item, &objects))
        };
        let body = aside(size, write).await?;
        return Ok(response
            .content_type("application/xml; charset=utf-8")
            .body(body));
    }
    Ok(response
        .content_type("application/json")
        .body(envelope(collection, &page)))
}

/// Adds what is told beside the list (RFC 7234, section 5.5).
pub(super) fn warn(response: &mut HttpResponse, told: Option<&str>) {
    let Some(told) = told else { return };
    let told = told.replace(['\\', '"'], "'");
    let text: String = told.chars().flat_map(char::escape_default).collect();
    let text = format!("199 qmlserve \"{}\"", text.replace("\\'", "'"));
    if let Ok(value) = header::HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::WARNING, value);
    }
}

fn envelope(collection: &Collection, page: &Page) -> String {
    let list = format!("[{}]", page.objects.join(","));
    match (collection.envelope, collection.name.as_str()) {
        (Envelope::None, _) => list,
        (Envelope::Book, "data") => format!(r#"{{"data":{list},"count":{}}}"#, page.total),
        (Envelope::Book, "count") => format!(r#"{{"count":{list},"data":{list}}}"#),
        (Envelope::Book, name) => {
            // A string always serialises.
            let name = serde_json::to_string(name).unwrap_or_default();
            format!(r#"{{{name}:{list},"data":{list},"count":{}}}"#, page.total)
        }
    }
}

/// The answer with one object.
pub(super) async fn respond_object(
    request: &HttpRequest,
    collection: &Collection,
    mut response: actix_web::HttpResponseBuilder,
    text: String,
) -> Result<HttpResponse, Refusal> {
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"));
    if wants_xml(request) {
        let size = text.len();
        let item = collection.item.clone();
        let write = move || {
            let object = Object::stored(&text);
            let object = object.map_err(|error| StoreError::Other(error.to_string()))?;
            Ok(xml::entry(&item, &object))
        };
        let body = aside(size, write).await?;
        return Ok(response
            .content_type("application/xml; charset=utf-8")
            .body(body));
    }
    Ok(response.content_type("application/json").body(text))
}

/// Where the other pages are, as RFC 8288 has it; nothing where there is only one.
fn links(path: &str, query: &str, window: Window, total: u64) -> String {
    let (names, size) = match window {
        Window::Page { per_page, .. } => (["_page", "_per_page"], per_page),
        Window::Slice {
            limit: Some(limit), ..
        } if limit > 0 => (["_start", "_limit"], limit),
        Window::All | Window::Slice { .. } => return String::new(),
    };
    let (start, _) = window.bounds();
    let last = total.saturating_sub(1) / size * size;
    let mut targets = vec![("first", 0)];
    if start > 0 {
        targets.push(("prev", start.saturating_sub(size).min(last)));
    }
    if start.saturating_add(size) < total {
        targets.push(("next", start + size));
    }
    targets.push(("last", last));
    let others: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !["_page", "_per_page", "_start", "_limit", "_end"].contains(&&**name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut links = String::new();
    for (relation, start) in targets {
        let place = if names[0] == "_page" {
            start / size + 1
        } else {
            start
        };
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&others)
            .append_pair(names[0], &place.to_string())
            .append_pair(names[1], &size.to_string())
            .finish();
        let comma = if links.is_empty() { "" } else { ", " };
        // Writing into a String does not fail.
        let _ = write!(links, "{comma}<{path}?{query}>; rel=\"{relation}\"");
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_other_pages() {
        let page = |page| Window::Page { page, per_page: 5 };
        let slice = |start| Window::Slice {
            start,
            limit: Some(5),
        };
        for (window, total, expected) in [
            (Window::All, 12, ""),
            (
                Window::Slice {
                    start: 3,
                    limit: None,
                },
                12,
                "",
            ),
            (page(1), 12, "first=1 next=2 last=3"),
            (page(2), 12, "first=1 prev=1 next=3 last=3"),
            (page(3), 12, "first=1 prev=2 last=3"),
            (page(9), 12, "first=1 prev=3 last=3"),
            (page(1), 0, "first=1 last=1"),
            (page(2), 10, "first=1 prev=1 last=2"),
            (slice(0), 12, "first=0 next=5 last=10"),
            (slice(7), 12, "first=0 prev=2 last=10"),
        ] {
            let links = links("/c", "a=1&_page=2", window, total);
            let short: Vec<String> = links
                .split(", ")
                .filter_map(|link| {
                    let (target, relation) = link.split_once("; rel=")?;
                    let query = target.strip_prefix("</c?a=1&_")?.strip_suffix("=5>")?;
                    let number = query.split(['=', '&']).nth(1)?;
                    Some(format!("{}={number}", relation.trim_matches('"')))
                })
                .collect();
            assert_eq!(short.join(" "), expected, "{links}");
        }
    }
}
