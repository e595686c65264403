//! The frame and the style sheet of all pages that the server makes itself.

use actix_web::HttpRequest;
use actix_web::http::header;

const STYLE: &str = "\
    :root{color-scheme:light dark}\
    body{font:16px/1.5 system-ui;margin:3em auto;max-width:44em;padding:0 1em;overflow-wrap:anywhere}\
    td{padding:0 1.5em 0 0}td+td{text-align:right;white-space:nowrap;opacity:.7}\
    td a{text-decoration:none}";

/// A page with this title, which is plain text, as its heading, over `content`, which is HTML.
pub(crate) fn page(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style><h1>{title}</h1>{content}"
    )
}

/// Whether a person looks at the answer: browsers name HTML, nobody else does.
pub(crate) fn wants_html(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Text made safe for HTML, in content and in double-quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
