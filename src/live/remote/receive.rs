//! `POST /@qmlserve/picture`: what a client shows, in answer to who looks.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::{Answer, Picture};
use crate::http::ErrorAnswer;
use crate::live::Live;
use crate::live::console::printable;

/// The longest body, in bytes; the client makes its picture smaller until it fits.
const LONGEST: usize = 2 << 20;

/// The forms of pictures: how their bytes begin, and what that is called.
const FORMS: [(&[u8], &str); 2] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
];

/// What comes with a picture.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    /// The client's stream of events.
    stream: String,
    /// In the client's pixels.
    width: f64,
    height: f64,
    /// Whether the client plays clicks and keys.
    input: bool,
}

/// Takes a picture, as the `data:` URL that a Canvas makes of it, or the reason why there is none.
/// One that nobody has asked for is not even read.
pub(crate) async fn receive(
    request: HttpRequest,
    parameters: Query<Parameters>,
    body: Payload,
    live: Data<Live>,
) -> HttpResponse {
    let line = live.line(&parameters.stream);
    let Some(line) = line.filter(|line| line.is_awaited()) else {
        let hint = "a client sends one when a page in a browser looks at it";
        let message = "nobody has asked for this picture";
        return ErrorAnswer::new(StatusCode::FORBIDDEN, message, hint).respond(&request);
    };
    let answer = match body.to_bytes_limited(LONGEST).await {
        Ok(Ok(body)) => read(&body, &parameters),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the picture has more than {LONGEST} bytes")),
    };
    let (answer, response) = match answer {
        Ok(answer) => (answer, HttpResponse::NoContent().finish()),
        Err(wrong) => {
            let hint = "send a data: URL of a PNG or JPEG picture, or say why there is none";
            let response = ErrorAnswer::new(StatusCode::BAD_REQUEST, &wrong, hint);
            (Answer::Failed(wrong), response.respond(&request))
        }
    };
    live.clients.heard(&parameters.stream, parameters.input);
    line.answer(answer, parameters.input);
    response
}

fn read(body: &[u8], parameters: &Parameters) -> Result<Answer, String> {
    let text = String::from_utf8_lossy(body);
    let data = text.strip_prefix("data:image/");
    let Some((_, data)) = data.and_then(|data| data.split_once(";base64,")) else {
        return Ok(Answer::Failed(printable(&text)));
    };
    let bytes = BASE64_STANDARD.decode(data.trim_end());
    let bytes = bytes.map_err(|error| format!("the picture is not Base64: {error}"))?;
    let form = FORMS.iter().find(|(start, _)| bytes.starts_with(start));
    let (_, media_type) = form.ok_or("the picture is neither PNG nor JPEG")?;
    let is_size = |length: f64| (1.0..100_000.0).contains(&length);
    if !is_size(parameters.width) || !is_size(parameters.height) {
        return Err("the picture has no size".to_owned());
    }
    Ok(Answer::Picture(Picture {
        bytes: bytes.into(),
        media_type,
        width: parameters.width,
        height: parameters.height,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures() {
        let parameters = |width| Parameters {
            stream: String::new(),
            width,
            height: 10.0,
            input: true,
        };
        let png = "data:image/png;base64,iVBORw0KGgo=";
        let Ok(Answer::Picture(picture)) = read(png.as_bytes(), &parameters(20.5)) else {
            panic!("{png} is a picture");
        };
        assert_eq!(picture.media_type, "image/png");
        assert_eq!(&picture.bytes[..], b"\x89PNG\r\n\x1a\n");
        let Ok(Answer::Failed(reason)) = read(b"nothing is\x1b shown", &parameters(1.0)) else {
            panic!("a reason is no picture");
        };
        assert!(
            !reason.contains('\x1b') && reason.contains("shown"),
            "{reason}"
        );

        let wrong = |text: &str, width| read(text.as_bytes(), &parameters(width)).unwrap_err();
        assert!(wrong("data:image/png;base64,?", 1.0).contains("Base64"));
        assert!(wrong("data:image/png;base64,PHNjcmlwdD4=", 1.0).contains("neither"));
        assert!(wrong(png, 0.0).contains("size"));
        assert!(wrong(png, f64::NAN).contains("size"));
    }
}
