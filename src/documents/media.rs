//! Media types by file name.

use actix_web::http::header::HeaderValue;
use mime::Mime;

use crate::path::TreePath;

/// The media type of a file, with the charset where it is text.
///
/// QML has no registered type; plain text makes a browser show a document
/// instead of downloading it, and Qt does not look at the type.
pub(super) fn media_type(path: &TreePath) -> HeaderValue {
    let name = path.name();
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    match suffix {
        "js" | "mjs" => HeaderValue::from_static("text/javascript; charset=utf-8"),
        "qml" | "qmltypes" | "md" | "toml" | "frag" | "vert" | "ts" => {
            HeaderValue::from_static("text/plain; charset=utf-8")
        }
        _ if name == "qmldir" => HeaderValue::from_static("text/plain; charset=utf-8"),
        _ => guessed(name),
    }
}

fn guessed(name: &str) -> HeaderValue {
    let guess: Mime = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = guess.type_() == mime::TEXT
        || matches!(guess.subtype().as_str(), "json" | "xml")
        || guess
            .suffix()
            .is_some_and(|suffix| matches!(suffix.as_str(), "json" | "xml"));
    let text = if is_text && guess.get_param(mime::CHARSET).is_none() {
        format!("{guess}; charset=utf-8")
    } else {
        guess.to_string()
    };
    HeaderValue::from_str(&text)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        for (name, expected) in [
            ("main.qml", "text/plain; charset=utf-8"),
            ("Form.ui.qml", "text/plain; charset=utf-8"),
            ("dir/qmldir", "text/plain; charset=utf-8"),
            ("logic.js", "text/javascript; charset=utf-8"),
            ("m.mjs", "text/javascript; charset=utf-8"),
            ("colors.json", "application/json; charset=utf-8"),
            ("feed.xml", "text/xml; charset=utf-8"),
            ("icon.svg", "image/svg+xml; charset=utf-8"),
            ("a.png", "image/png"),
            ("unknown", "application/octet-stream"),
        ] {
            assert_eq!(
                media_type(&TreePath::parse(name).unwrap()),
                expected,
                "{name}"
            );
        }
    }
}
