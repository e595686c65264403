//! `POST /@qmlserve/items`: what the items of an interface are, in answer to who asks.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::http::ErrorAnswer;
use crate::live::Live;
use crate::live::console::without_versions;

/// The longest answer, in bytes; the client tells of fewer items until it fits.
const LONGEST: usize = 512 * 1024;

/// Questions that one client may have before it at one time.
const MOST_ASKED: usize = 16;

/// What a client tells of its items.
#[derive(Debug, Deserialize)]
pub(crate) struct Told {
    /// The size of what is shown, in the client's pixels, in which places are told.
    pub width: f64,
    /// Likewise.
    pub height: f64,
    /// The items, as a tree, or as a list of those that were asked for.
    pub items: Vec<Value>,
    /// How many were left out.
    #[serde(default)]
    pub left_out: u32,
}

/// The questions that one client has not answered yet.
#[derive(Debug, Default)]
pub(super) struct Questions(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    next: u32,
    waiting: HashMap<u32, oneshot::Sender<Told>>,
}

/// A question. It is taken back when this is dropped.
#[derive(Debug)]
pub(super) struct Question {
    /// Its name.
    pub(super) id: u32,
    open: Arc<Mutex<Open>>,
    answer: oneshot::Receiver<Told>,
}

impl Questions {
    /// A new question; `None` if there are too many.
    pub(super) fn ask(&self) -> Option<Question> {
        let mut open = lock(&self.0);
        if open.waiting.len() >= MOST_ASKED {
            return None;
        }
        let (sender, answer) = oneshot::channel();
        let id = open.next;
        open.next = open.next.wrapping_add(1);
        open.waiting.insert(id, sender);
        drop(open);
        let open = Arc::clone(&self.0);
        Some(Question { id, open, answer })
    }

    /// Whoever waits for this answer.
    fn asker(&self, id: u32) -> Option<oneshot::Sender<Told>> {
        lock(&self.0).waiting.remove(&id)
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Future for Question {
    /// Nothing, if the answer was none.
    type Output = Option<Told>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer).poll(context).map(Result::ok)
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        lock(&self.open).waiting.remove(&self.id);
    }
}

/// What comes with an answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    /// The client's stream of events.
    stream: String,
    /// The question.
    id: u32,
    /// Whether the client plays clicks and keys.
    input: bool,
}

/// Takes an answer. One that nobody has asked for is not even read.
pub(crate) async fn receive(
    request: HttpRequest,
    parameters: Query<Parameters>,
    body: Payload,
    live: Data<Live>,
) -> HttpResponse {
    let line = live.line(&parameters.stream);
    let asked = line.and_then(|line| Some((line.questions.asker(parameters.id)?, line)));
    let Some((asker, line)) = asked else {
        let hint = "a client tells of its items when it is asked";
        let message = "nobody has asked for this";
        return ErrorAnswer::new(StatusCode::FORBIDDEN, message, hint).respond(&request);
    };
    let told = match body.to_bytes_limited(LONGEST).await {
        Ok(Ok(body)) => read(&live, &body).map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("it has more than {LONGEST} bytes")),
    };
    match told {
        Ok(told) => {
            live.clients.heard(&parameters.stream, parameters.input);
            line.state().plays_input = Some(parameters.input);
            // Who asked may have gone.
            let _ = asker.send(told);
            HttpResponse::NoContent().finish()
        }
        Err(wrong) => {
            let hint = r#"post {"width": W, "height": H, "items": [...]}"#;
            let message = format!("what is told of items is not understood: {wrong}");
            ErrorAnswer::new(StatusCode::BAD_REQUEST, message, hint).respond(&request)
        }
    }
}

/// URLs in it are told as everywhere: without the pass, and without versions.
fn read(live: &Live, body: &[u8]) -> serde_json::Result<Told> {
    let text = live.gate.hide(&String::from_utf8_lossy(body));
    serde_json::from_str(&without_versions(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn an_answer_reaches_who_asked_and_nobody_else() {
        let questions = Questions::default();
        let one = questions.ask().unwrap();
        let other = questions.ask().unwrap();
        let told = r#"{"width": 1, "height": 2, "items": [{"type": "Item"}]}"#;
        let asker = questions.asker(other.id).unwrap();
        asker.send(serde_json::from_str(told).unwrap()).unwrap();
        assert_eq!(other.await.unwrap().items.len(), 1);
        let id = one.id;
        drop(one);
        assert!(questions.asker(id).is_none());

        let many: Vec<_> = (0..MOST_ASKED).map(|_| questions.ask()).collect();
        assert!(many.iter().all(Option::is_some) && questions.ask().is_none());
        drop(many);
        assert!(questions.ask().is_some());
    }
}
