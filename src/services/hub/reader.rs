//! From the bytes of a connection to whole messages, within the limits.

use actix_http::ws::{CloseCode, CloseReason};
use actix_web::web::Payload;
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::task::yield_now;

use super::decoder::Decoder;
use super::frame::Body;
use crate::http::{Exhausted, Share};

/// After how many messages a reader lets the others on its thread go on. A
/// burst comes in one piece; what it makes others be sent is written by tasks
/// of the same thread, whose queues would fill meanwhile.
const TURN: usize = 64;

/// What a peer sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// A message.
    Message(Body),
    /// A ping, with its content.
    Ping(Bytes),
    /// The answer to a ping.
    Pong,
    /// The peer closes.
    Close(Option<CloseReason>),
}

/// Why there is nothing more to read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// A frame over the limit, which is in bytes.
    #[error("a frame may have {0} bytes at most")]
    LargeFrame(usize),
    /// A message over the limit, which is in bytes.
    #[error("a message may have {0} bytes at most")]
    LargeMessage(usize),
    /// A message in more frames than the limit.
    #[error("a message may come in {0} frames at most")]
    ManyParts(usize),
    /// Text that is not UTF-8.
    #[error("text has to be UTF-8")]
    NotUtf8,
    /// What no WebSocket may send.
    #[error("this is not the WebSocket protocol: {0}")]
    Protocol(String),
    /// More than the server holds of what is not complete.
    #[error("the server holds no more of what is not complete than {0}, in bytes; try again")]
    Exhausted(Exhausted),
    /// The connection ended without a close.
    #[error("the connection was lost")]
    Lost,
}

impl ReadError {
    /// The code that tells the peer (RFC 6455, section 7.4.1).
    pub(super) fn code(&self) -> CloseCode {
        match self {
            Self::LargeFrame(_) | Self::LargeMessage(_) | Self::ManyParts(_) => CloseCode::Size,
            Self::NotUtf8 => CloseCode::Invalid,
            Self::Exhausted(_) => CloseCode::Again,
            Self::Protocol(_) => CloseCode::Protocol,
            Self::Lost => CloseCode::Abnormal,
        }
    }
}

/// The reading half of a socket.
pub(super) struct Reader {
    payload: Payload,
    decoder: Decoder,
    /// Whether anything came since it was last asked.
    is_heard: bool,
    /// Messages since the others on this thread could go on.
    turn: usize,
    /// What is held of a message that is not complete.
    share: Share,
}

impl Reader {
    /// Reads `payload`: messages up to `message` bytes in frames up to `frame`.
    /// What is not complete is held from `share`.
    pub(super) fn new(payload: Payload, message: usize, frame: usize, share: Share) -> Self {
        Self {
            payload,
            decoder: Decoder::new(message, frame),
            is_heard: true,
            turn: 0,
            share,
        }
    }

    /// The next one. Safe to drop before it is ready.
    pub(super) async fn next(&mut self) -> Result<Incoming, ReadError> {
        self.turn += 1;
        if self.turn > TURN {
            self.turn = 0;
            yield_now().await;
        }
        loop {
            if let Some(incoming) = self.decoder.next()? {
                return Ok(incoming);
            }
            if let Err(error) = self.share.hold(self.decoder.held()) {
                self.decoder.let_go();
                return Err(ReadError::Exhausted(error));
            }
            let bytes = match self.payload.next().now_or_never() {
                Some(bytes) => bytes,
                None => {
                    self.turn = 0;
                    self.payload.next().await
                }
            };
            match bytes {
                Some(Ok(bytes)) => {
                    self.is_heard = true;
                    self.decoder.feed(&bytes);
                }
                Some(Err(_)) | None => return Err(ReadError::Lost),
            }
        }
    }

    /// Whether any bytes came since it was last asked, or since the start: a
    /// large message may be under way for longer than a ping is waited for.
    pub(super) fn was_heard(&mut self) -> bool {
        std::mem::take(&mut self.is_heard)
    }

    /// Reads until the peer closes or is gone. For a socket that is closed
    /// already: what is unread would make the system reset the connection, and
    /// the peer lose the close frame.
    pub(super) async fn drain(&mut self) {
        while !self.decoder.has_closed() {
            // What is wrong was told, or comes too late to be told.
            if let Err(ReadError::Lost) = self.next().await {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use actix_web::FromRequest as _;
    use actix_web::test::TestRequest;

    use super::*;
    use crate::http::Budget;

    #[actix_web::test]
    async fn the_others_of_the_thread_go_on_during_a_burst() {
        let burst = [0x89, 0x80, 0, 0, 0, 0].repeat(10 * TURN);
        let (request, mut payload) = TestRequest::default().set_payload(burst).to_http_parts();
        let payload = Payload::from_request(&request, &mut payload).await.unwrap();
        let turns = Rc::new(Cell::new(0));
        let other = Rc::clone(&turns);
        actix_web::rt::spawn(async move {
            loop {
                other.set(other.get() + 1);
                yield_now().await;
            }
        });
        let mut reader = Reader::new(payload, 10, 10, Budget::new(10, 10).share(None));
        while matches!(reader.next().await, Ok(Incoming::Ping(_))) {}
        assert!(turns.get() >= 9, "{} turns", turns.get());
    }
}
