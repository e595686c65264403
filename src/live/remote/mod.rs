//! What is asked of one client from afar, by a page in a browser or a program, and what it sends
//! back, pictures and what its items are: the line to a client, as long as it is connected.
//!
//! Nothing of it is queued for long, kept after it was handed on, or written to a disk, and a
//! client that nobody looks at is never asked for anything.

mod command;
mod items;
mod key;
mod receive;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Notify, broadcast};

pub(crate) use command::{Command, Step, Wanted};
use items::Questions;
pub(crate) use items::Told;
pub(super) use items::receive as receive_items;
pub(crate) use key::Key;
pub(super) use receive::receive;

/// Commands that wait for a client that is slow to read.
const MOST_WAITING: usize = 64;

/// A command that comes later than this is worse than none: the person has done something else.
const STALE: Duration = Duration::from_secs(3);

/// How long a client has for a picture before it is asked for another one.
const PATIENCE: Duration = Duration::from_secs(4);

/// The line to one client.
#[derive(Debug)]
pub(crate) struct Line {
    waiting: Mutex<VecDeque<(Instant, Bytes)>>,
    more: Notify,
    answers: broadcast::Sender<Arc<Answer>>,
    state: Mutex<State>,
    questions: Questions,
}

#[derive(Debug, Default)]
struct State {
    /// When the client was asked for a picture that has not come yet.
    asked: Option<Instant>,
    plays_input: Option<bool>,
}

impl State {
    fn is_asked(&self) -> bool {
        self.asked.is_some_and(|since| since.elapsed() < PATIENCE)
    }
}

/// What a client answers when it is asked for a picture.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What it shows.
    Picture(Picture),
    /// Why it has none.
    Failed(String),
}

/// What a client shows at one moment.
#[derive(Debug)]
pub(crate) struct Picture {
    /// PNG or JPEG.
    pub bytes: Bytes,
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The width of what is shown in the client's own pixels, in which input is told; the picture
    /// itself may be smaller or larger.
    pub width: f64,
    /// The height, likewise.
    pub height: f64,
}

/// The client reads more slowly than pages write.
#[derive(Debug, thiserror::Error)]
#[error("the client is busy: {MOST_WAITING} commands wait for it")]
pub(crate) struct Busy;

impl Default for Line {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            more: Notify::new(),
            answers: broadcast::channel(1).0,
            state: Mutex::default(),
            questions: Questions::default(),
        }
    }
}

impl Line {
    /// Sends a command.
    ///
    /// # Errors
    /// Too many wait already.
    pub(crate) fn send(&self, command: &Command) -> Result<(), Busy> {
        // Strings and numbers always serialise.
        let json = serde_json::to_string(command).unwrap_or_default();
        let event = format!("event: command\ndata: {json}\n\n");
        {
            let mut waiting = self.waiting();
            waiting.retain(|(since, _)| since.elapsed() < STALE);
            if waiting.len() >= MOST_WAITING {
                return Err(Busy);
            }
            waiting.push_back((Instant::now(), event.into()));
        }
        self.more.notify_one();
        Ok(())
    }

    /// Asks the client for a picture that is at most `width` pixels wide, unless it is at one
    /// already, and waits for it; `None` if it does not come in time.
    ///
    /// # Errors
    /// Too many commands wait already.
    pub(crate) async fn picture(&self, width: u32) -> Result<Option<Arc<Answer>>, Busy> {
        let mut answers = self.answers.subscribe();
        if !self.state().is_asked() {
            self.send(&Command::Picture { width })?;
            self.state().asked = Some(Instant::now());
        }
        let answer = tokio::time::timeout(PATIENCE, answers.recv()).await;
        Ok(answer.ok().and_then(Result::ok))
    }

    /// Asks the client what its items are, and waits for it; `None` if it does not answer in time.
    /// What was sent to it before, it has followed then.
    ///
    /// # Errors
    /// Too much waits already.
    pub(crate) async fn items(&self, wanted: Wanted) -> Result<Option<Told>, Busy> {
        let question = self.questions.ask().ok_or(Busy)?;
        let id = question.id;
        self.send(&Command::Items { id, wanted })?;
        let told = tokio::time::timeout(PATIENCE, question).await;
        Ok(told.ok().flatten())
    }

    /// Whether the client plays clicks and keys: not known before it has answered anything.
    pub(crate) fn plays_input(&self) -> Option<bool> {
        self.state().plays_input
    }

    /// Whether the client was asked for what it sends.
    fn is_awaited(&self) -> bool {
        self.state().is_asked()
    }

    fn answer(&self, answer: Answer, plays_input: bool) {
        let mut state = self.state();
        state.asked = None;
        state.plays_input = Some(plays_input);
        drop(state);
        // Who asked may have gone.
        let _ = self.answers.send(Arc::new(answer));
    }

    /// The next command, as the client's stream of events has it.
    pub(super) async fn next(&self) -> Bytes {
        loop {
            if let Some((since, event)) = self.pop() {
                if since.elapsed() < STALE {
                    return event;
                }
                continue;
            }
            self.more.notified().await;
        }
    }

    /// Puts a command back that did not fit into a stream any more: the next one has it first.
    pub(super) fn put_back(&self, event: Bytes) {
        self.waiting().push_front((Instant::now(), event));
    }

    fn pop(&self) -> Option<(Instant, Bytes)> {
        self.waiting().pop_front()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<(Instant, Bytes)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn commands_come_in_order_and_are_bounded() {
        let line = Line::default();
        line.send(&Command::Reload).unwrap();
        line.send(&Command::Reset).unwrap();
        let first = line.next().await;
        assert_eq!(first, "event: command\ndata: {\"kind\":\"reload\"}\n\n");
        line.put_back(first.clone());
        assert_eq!(line.next().await, first);
        assert!(line.next().await.ends_with(b"\"reset\"}\n\n"));

        for _ in 0..MOST_WAITING {
            line.send(&Command::Reload).unwrap();
        }
        assert!(line.send(&Command::Reload).is_err());
    }

    #[actix_web::test]
    async fn who_look_at_the_same_time_share_a_picture() {
        let line = Line::default();
        assert!(!line.is_awaited());
        let client = async {
            let asked = line.next().await;
            assert!(asked.ends_with(b"{\"kind\":\"picture\",\"width\":640}\n\n"));
            assert!(line.is_awaited());
            line.answer(Answer::Failed("nothing is shown".to_owned()), true);
        };
        let (one, other, ()) = tokio::join!(line.picture(640), line.picture(320), client);
        let (one, other) = (one.unwrap().unwrap(), other.unwrap().unwrap());
        assert!(Arc::ptr_eq(&one, &other));
        assert!(!line.is_awaited());
        assert_eq!(line.plays_input(), Some(true));
        assert!(line.waiting().is_empty());
    }
}
