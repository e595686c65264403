//! The body of a request on its way to the target. The client's is read on the thread of its
//! connection, the target's written on another one: between them is one piece at a time, so that
//! neither is faster than the other.

use std::io;
use std::sync::Arc;

use actix_web::dev::Payload;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

use super::activity::Activity;
use super::client::Outgoing;

/// What of a request comes after its head.
pub(super) enum Body {
    /// Nothing.
    None,
    /// This, as a whole.
    Whole(Bytes),
    /// This, and what still comes.
    Streamed(Bytes, Payload),
}

impl Body {
    /// As the client takes it; each piece that passes is a sign of life.
    pub(super) fn into_outgoing(self, activity: &Arc<Activity>) -> Outgoing {
        match self {
            Self::None => Empty::new().map_err(|never| match never {}).boxed_unsync(),
            Self::Whole(bytes) => Full::new(bytes)
                .map_err(|never| match never {})
                .boxed_unsync(),
            Self::Streamed(first, payload) => {
                let (sender, receiver) = mpsc::channel(1);
                actix_web::rt::spawn(pump(first, payload, sender, Arc::clone(activity)));
                let pieces = stream::unfold(receiver, |mut receiver| async {
                    let piece: io::Result<Bytes> = receiver.recv().await?;
                    Some((piece.map(Frame::data), receiver))
                });
                StreamBody::new(pieces).boxed_unsync()
            }
        }
    }
}

/// Hands on what the client sends, until it is all or nobody wants it any more.
async fn pump(
    first: Bytes,
    mut payload: Payload,
    sender: mpsc::Sender<io::Result<Bytes>>,
    activity: Arc<Activity>,
) {
    if !first.is_empty() && sender.send(Ok(first)).await.is_err() {
        return;
    }
    while let Some(piece) = payload.next().await {
        activity.note();
        // A body that broke off is none: the target has to see that, too.
        let piece = piece.map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof));
        let ends = piece.is_err();
        if sender.send(piece).await.is_err() || ends {
            return;
        }
        activity.note();
    }
}
