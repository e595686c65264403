//! How a query is refused that a handler's type does not understand.

use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::web::QueryConfig;

use super::ErrorAnswer;

/// For handlers that take [`Query`](actix_web::web::Query).
pub(crate) fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|error, request| {
        let message = format!("the query is not understood: {error}");
        let hint = "name each parameter once, percent-encoded UTF-8";
        let answer = ErrorAnswer::new(StatusCode::BAD_REQUEST, message, hint);
        InternalError::from_response(error, answer.respond(request)).into()
    })
}
