//! `GET /@qmlserve/page/connect`: the URLs under which clients find the server, as QR codes and as
//! commands.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

use super::Page;
use crate::access::asked_base;
use crate::http::{is_near, prefix, uncached};

/// One way to reach the server.
#[derive(Debug, Serialize)]
struct Way {
    /// Whether other machines can take it.
    is_remote: bool,
    /// The URL of the server, without a slash at the end.
    url: String,
    qr: Option<Picture>,
    commands: Vec<Command>,
}

/// A QR code: a path of SVG in a square of so many modules a side, quiet zone included.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Picture {
    side: usize,
    path: String,
}

/// What to type.
#[derive(Debug, Serialize)]
struct Command {
    what: &'static str,
    text: String,
}

/// Tells whoever looks. The pass is in URLs for other machines only if it was printed on this one
/// or if it is in the URL by which they ask.
pub(super) async fn connect(request: HttpRequest, page: Data<Page>) -> HttpResponse {
    let may_know = is_near(&request) || !prefix(&request).is_empty();
    let own = asked_base(&request);
    let mut ways: Vec<Way> = Vec::new();
    for (is_remote, url) in own.map(|url| (false, url)).into_iter().chain(
        (page.addresses)(may_know)
            .into_iter()
            .map(|url| (true, url)),
    ) {
        if !ways.iter().any(|way| way.url == url) {
            ways.push(way(is_remote, url));
        }
    }
    uncached(StatusCode::OK).json(ways)
}

fn way(is_remote: bool, url: String) -> Way {
    let command = |what, text| Command { what, text };
    Way {
        is_remote,
        qr: code(&format!("{url}/remote.qml")),
        commands: vec![
            command("Qt 6", format!("qml {url}/remote.qml")),
            command(
                "Qt 5",
                format!("qmlscene --resize-to-root {url}/remote.qml"),
            ),
        ],
        url,
    }
}

/// The code of a text; `None` if it is too long for one.
fn code(text: &str) -> Option<Picture> {
    /// Light modules around it, as ISO 18004 wants them.
    const QUIET: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let dark = row[x..].iter().take_while(|color| **color == Color::Dark);
            let run = dark.count();
            if run > 0 {
                let (left, top) = (x + QUIET, y + QUIET);
                path += &format!("M{left} {top}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
    let side = width + 2 * QUIET;
    Some(Picture { side, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let picture = code("http://192.168.1.5:8080/remote.qml").unwrap();
        // A version 3 code has 29 modules a side, and begins with the seven of a finder pattern.
        assert_eq!(picture.side, 29 + 8);
        assert!(picture.path.starts_with("M4 4h7v1h-7z"), "{}", picture.path);
        assert_eq!(code(&"x".repeat(10_000)), None);
    }
}
