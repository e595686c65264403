//! The object in the body of a request.

use actix_web::web::Payload;

use super::aside::aside;
use super::error::Refusal;
use super::object::Object;
use crate::http::{BodyError, body};

/// The object in the body. Its media type does not matter: QML sends JSON as `text/plain`, curl
/// as a form.
pub(super) async fn object(payload: Payload, limit: u64) -> Result<Object, Refusal> {
    let body = body(payload, limit).await.map_err(|error| match error {
        BodyError::TooLarge(limit) => Refusal::TooLarge { limit },
        BodyError::Incomplete(message) => Refusal::Incomplete(message),
    })?;
    aside(body.len(), move || Object::parse(&body)).await
}
