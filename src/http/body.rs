//! The body of a request, up to a limit.

use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt as _;

/// What is read and thrown away of a body that is too large: a client that is still sending would
/// not see the answer.
pub(super) const DRAINED: u64 = 16 << 20;

/// Why there is no body.
#[derive(Clone, Debug)]
pub(crate) enum BodyError {
    /// It has more than so many bytes.
    TooLarge(u64),
    /// It ended before it was complete.
    Incomplete(String),
}

/// The body, if it has no more than `limit` bytes.
///
/// # Errors
/// It has more, or did not arrive.
pub(crate) async fn body(payload: Payload, limit: u64) -> Result<Bytes, BodyError> {
    let mut payload = payload;
    let mut body = BytesMut::new();
    let mut arrived: u64 = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| BodyError::Incomplete(error.to_string()))?;
        arrived = arrived.saturating_add(chunk.len() as u64);
        if arrived > limit.saturating_add(DRAINED) {
            break;
        }
        if arrived <= limit {
            body.extend_from_slice(&chunk);
        }
    }
    if arrived > limit {
        return Err(BodyError::TooLarge(limit));
    }
    Ok(body.freeze())
}
