//! The body of a request, up to a limit.

use actix_web::web::{BytesMut, Payload};
use futures_util::StreamExt as _;

use super::aside::aside;
use super::error::Refusal;
use super::object::Object;

/// What is read and thrown away of a body that is too large: a client that is still sending would
/// not see the answer.
const DRAINED: u64 = 16 << 20;

/// The object in the body. Its media type does not matter: QML sends JSON as `text/plain`, curl
/// as a form.
pub(super) async fn object(payload: Payload, limit: u64) -> Result<Object, Refusal> {
    let mut payload = payload;
    let mut body = BytesMut::new();
    let mut arrived: u64 = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Refusal::Incomplete(error.to_string()))?;
        arrived = arrived.saturating_add(chunk.len() as u64);
        if arrived > limit.saturating_add(DRAINED) {
            break;
        }
        if arrived <= limit {
            body.extend_from_slice(&chunk);
        }
    }
    if arrived > limit {
        return Err(Refusal::TooLarge { limit });
    }
    aside(body.len(), move || Object::parse(&body)).await
}
