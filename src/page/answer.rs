//! From the page to a client: `POST /@qmlserve/page/picture?client=STREAM&width=N` answers with
//! what that client shows now, `POST /@qmlserve/page/command?client=STREAM` has it do something;
//! without a client, all of them.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::Page;
use crate::http::{ErrorAnswer, uncached};
use crate::live::remote::{Answer, Command, Line};

/// The longest command, in bytes.
const LONGEST: usize = 32 * 1024;

/// Whose picture is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Looking {
    client: String,
    width: u32,
}

/// Who is meant; all, if nobody is named.
#[derive(Debug, Deserialize)]
pub(super) struct Meant {
    client: Option<String>,
}

/// What a client shows. It is kept nowhere: who asks for it gets it.
pub(super) async fn picture(
    request: HttpRequest,
    looking: Query<Looking>,
    page: Data<Page>,
) -> HttpResponse {
    let Some(line) = page.live.line(&looking.client) else {
        return unknown(&looking.client).respond(&request);
    };
    let width = looking.width;
    if let Err(wrong) = (Command::Picture { width }).check() {
        let hint = "ask for a narrower one";
        return ErrorAnswer::new(StatusCode::BAD_REQUEST, wrong, hint).respond(&request);
    }
    let answer = match line.picture(width).await {
        Ok(answer) => answer,
        Err(busy) => {
            let hint = "ask again in a moment";
            let answer = ErrorAnswer::new(StatusCode::SERVICE_UNAVAILABLE, busy, hint);
            return answer.respond(&request);
        }
    };
    match answer.as_deref() {
        Some(Answer::Picture(picture)) => uncached(StatusCode::OK)
            .insert_header((header::CONTENT_TYPE, picture.media_type))
            .insert_header(("Qmlserve-Width", picture.width.to_string()))
            .insert_header(("Qmlserve-Height", picture.height.to_string()))
            .body(picture.bytes.clone()),
        Some(Answer::Failed(why)) => none(why),
        None => none("it did not answer in time; it may be busy, or hidden"),
    }
}

/// That there is no picture is no error of who asks: a window may be hidden, or just go.
fn none(why: &str) -> HttpResponse {
    uncached(StatusCode::OK).json(serde_json::json!({"none": why}))
}

/// Has a client do something, or all of them.
pub(super) async fn command(
    request: HttpRequest,
    meant: Query<Meant>,
    body: Payload,
    page: Data<Page>,
) -> HttpResponse {
    let command = match read(body).await {
        Ok(command) => command,
        Err(answer) => return answer.respond(&request),
    };
    let lines: Vec<Arc<Line>> = match &meant.client {
        Some(client) => match page.live.line(client) {
            Some(line) => vec![line],
            None => return unknown(client).respond(&request),
        },
        None => {
            let clients = page.live.clients().into_iter();
            clients.map(|client| client.line).collect()
        }
    };
    let sent = lines.iter().map(|line| line.send(&command));
    // Each gets it, whatever becomes of another.
    let failed: Vec<_> = sent.filter_map(Result::err).collect();
    match failed.first() {
        None => HttpResponse::NoContent().finish(),
        Some(busy) => {
            let hint = "wait until it has followed what it was told before";
            ErrorAnswer::new(StatusCode::SERVICE_UNAVAILABLE, busy, hint).respond(&request)
        }
    }
}

async fn read(body: Payload) -> Result<Command, ErrorAnswer> {
    let bad = |error: &dyn std::fmt::Display| {
        let message = format!("the command is not understood: {error}");
        let hint =
            r#"post {"kind": "reload"}, "reset", "identify" with a label, or "input" with steps"#;
        ErrorAnswer::new(StatusCode::BAD_REQUEST, message, hint)
    };
    let body = body.to_bytes_limited(LONGEST).await.map_err(|_| {
        let message = format!("the command is longer than {LONGEST} bytes");
        ErrorAnswer::new(StatusCode::PAYLOAD_TOO_LARGE, message, "send several")
    })?;
    let body = body.map_err(|error| bad(&error))?;
    let command: Command = serde_json::from_slice(&body).map_err(|error| bad(&error))?;
    if matches!(command, Command::Picture { .. } | Command::Items { .. }) {
        return Err(bad(&"a picture is asked for at /@qmlserve/page/picture"));
    }
    command.check().map_err(|error| bad(&error))?;
    Ok(command)
}

fn unknown(client: &str) -> ErrorAnswer {
    let message = format!("no client {client:?} is connected");
    let hint = "/@qmlserve/page/state names those that are";
    ErrorAnswer::new(StatusCode::NOT_FOUND, message, hint)
}
