//! The body of a request in pieces, for who does not need it as a whole: only a few of them are in
//! memory at a time, and whoever sends waits for whoever reads.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::{Stream, StreamExt as _, future};
use tokio::sync::mpsc;

use super::body::{BodyError, DRAINED};

/// Pieces that wait to be read. The server reads up to 32 KiB of a connection at a time.
const WAITING: usize = 4;

/// What comes of a body.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// What was read already to see what it is.
    first: Option<Bytes>,
    rest: mpsc::Receiver<io::Result<Bytes>>,
    spent: Spent,
}

/// How many bytes of a body are not in memory any more, though its request is not answered. A part
/// of the request, for who counts what is under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spent(Arc<AtomicU64>);

impl Spent {
    /// So many more.
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// How many there are.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Hands the body to `work`. What that does not read is thrown away, up to a bound: a client that is
/// still sending would not see the answer.
pub(crate) async fn in_pieces<T>(
    request: &HttpRequest,
    payload: Payload,
    work: impl AsyncFnOnce(Pieces) -> T,
) -> T {
    let (to, rest) = mpsc::channel(WAITING);
    let spent = request.extensions().get().cloned();
    let spent: Spent = spent.unwrap_or_default();
    let pieces = Pieces {
        first: None,
        rest,
        spent: spent.clone(),
    };
    future::join(pump(payload, to, spent), work(pieces)).await.1
}

async fn pump(mut payload: Payload, to: mpsc::Sender<io::Result<Bytes>>, spent: Spent) {
    let mut drained: u64 = 0;
    while let Some(piece) = payload.next().await {
        let length = piece.as_ref().map_or(0, Bytes::len);
        let failed = piece.is_err();
        if to.send(piece.map_err(io::Error::other)).await.is_err() {
            drained = drained.saturating_add(length as u64);
            spent.add(length);
        }
        if failed || drained > DRAINED {
            return;
        }
    }
}

impl Pieces {
    /// Who hears of what is not in memory any more.
    pub(crate) fn spent(&self) -> Spent {
        self.spent.clone()
    }

    /// What the body begins with: at least so many bytes, where there are.
    ///
    /// # Errors
    /// It did not arrive.
    pub(crate) async fn peek(&mut self, length: usize) -> Result<&[u8], BodyError> {
        let mut first = BytesMut::from(self.first.take().unwrap_or_default());
        while first.len() < length
            && let Some(piece) = self.rest.recv().await
        {
            first.extend_from_slice(&piece.map_err(incomplete)?);
        }
        Ok(self.first.insert(first.freeze()))
    }

    /// The next piece.
    ///
    /// # Errors
    /// It did not arrive.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, BodyError> {
        self.next().await.transpose().map_err(incomplete)
    }

    /// All that is left, if it has no more than `limit` bytes.
    ///
    /// # Errors
    /// It has more, or did not arrive.
    pub(crate) async fn whole(mut self, limit: u64) -> Result<Bytes, BodyError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.piece().await? {
            if (whole.len() + piece.len()) as u64 > limit {
                return Err(BodyError::TooLarge(limit));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.first.take() {
            Some(first) if !first.is_empty() => Poll::Ready(Some(Ok(first))),
            _ => self.rest.poll_recv(cx),
        }
    }
}

fn incomplete(error: io::Error) -> BodyError {
    BodyError::Incomplete(error.to_string())
}
