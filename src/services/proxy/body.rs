//! The body of a request, from the client to the target. The client's is read on the thread of its
//! connection, the target's may be written on another one: between them is one piece at a time, so
//! that neither is faster than the other.

use std::io;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::Version;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

use super::activity::Activity;
use super::error::Failure;
use crate::http::Share;
use crate::http::client::Outgoing;

/// The most bytes of a body that is kept to be sent once more, with another token: what programs
/// send to be stored, and no upload.
const REPEATABLE: u64 = 256 << 10;

/// What of a request comes after its head.
pub(super) enum Body {
    /// Nothing.
    None,
    /// This, as a whole.
    Whole(Bytes),
    /// This, and what still comes.
    Streamed(Bytes, Payload),
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        match bytes.is_empty() {
            true => Self::None,
            false => Self::Whole(bytes),
        }
    }
}

impl Body {
    /// That of a request.
    pub(super) async fn of(
        request: &HttpRequest,
        mut payload: Payload,
        activity: &Activity,
    ) -> Result<Self, Failure> {
        let headers = request.headers();
        let length = headers.get("content-length");
        if length.is_some_and(|length| length.as_bytes().trim_ascii() == b"0") {
            return Ok(Self::None);
        }
        if length.is_some() || headers.contains_key("transfer-encoding") {
            return Ok(Self::Streamed(Bytes::new(), payload));
        }
        if request.version() != Version::HTTP_2 {
            return Ok(Self::None);
        }
        // Over HTTP/2, only what comes tells whether anything does.
        match activity.wait(payload.next()).await {
            Ok(None) => Ok(Self::None),
            Ok(Some(Ok(first))) => Ok(Self::Streamed(first, payload)),
            Ok(Some(Err(_))) | Err(_) => Err(Failure::Incomplete),
        }
    }

    /// All of it, held against the server's memory; or as it is where that is more than `most`
    /// bytes.
    pub(super) async fn whole(
        self,
        most: u64,
        share: &mut Share,
        activity: &Activity,
    ) -> Result<Result<Bytes, Self>, Failure> {
        let (first, mut payload) = match self {
            Self::None => return Ok(Ok(Bytes::new())),
            Self::Whole(bytes) => return Ok(Ok(bytes)),
            Self::Streamed(first, payload) => (first, payload),
        };
        let mut whole = BytesMut::from(&first[..]);
        loop {
            let next = activity.wait(payload.next()).await;
            let bytes = match next.map_err(|_| Failure::Incomplete)? {
                None => return Ok(Ok(whole.freeze())),
                Some(piece) => piece.map_err(|_| Failure::Incomplete)?,
            };
            whole.extend_from_slice(&bytes);
            let length = whole.len() as u64;
            if length > most {
                return Ok(Err(Self::Streamed(whole.freeze(), payload)));
            }
            share.hold(length).map_err(Failure::Exhausted)?;
        }
    }

    /// The same, read as a whole if it is small enough to be sent once more.
    pub(super) async fn repeatable(
        self,
        share: &mut Share,
        activity: &Activity,
    ) -> Result<Self, Failure> {
        match self.whole(REPEATABLE, share, activity).await? {
            Ok(bytes) => Ok(bytes.into()),
            Err(streamed) => Ok(streamed),
        }
    }

    /// The same once more, if it is there as a whole.
    pub(super) fn again(&self) -> Option<Self> {
        match self {
            Self::None => Some(Self::None),
            Self::Whole(bytes) => Some(Self::Whole(bytes.clone())),
            Self::Streamed(..) => None,
        }
    }

    /// As the client of the target takes it; each piece that passes is a sign of life.
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
