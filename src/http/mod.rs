//! What every answer over HTTP is made of: the one error answer, conditional requests, pages,
//! streams of events, the bounds on what strangers take; and
//! what is asked of other servers. Knows paths and bytes, and nobody who answers with them.

mod bearer;
mod body;
mod budget;
mod channel;
pub(crate) mod client;
mod conditional;
mod error;
pub(crate) mod events;
mod faults;
mod file;
mod instant;
mod limits;
mod page;
mod pieces;
mod prefix;
mod query;
mod throttle;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};

pub(crate) use bearer::Bearer;
pub(crate) use body::{BodyError, body};
pub(crate) use budget::{Budget, Exhausted, Share, network};
pub(crate) use channel::{Channel, channel, is_near, is_secure};
pub(crate) use conditional::{Body, Caching, Content, respond};
pub(crate) use error::ErrorAnswer;
pub(crate) use faults::{Faults, Odds};
pub(crate) use file::from_file;
pub(crate) use instant::iso;
pub(crate) use limits::Limits;
pub(crate) use page::{escape, page, wants_html};
pub(crate) use pieces::{Pieces, Spent, in_pieces};
pub(crate) use prefix::{Mounted, Prefix, prefix, public_path};
pub(crate) use query::query_config;
pub(crate) use throttle::Throttle;

/// An answer of the moment, which nobody may keep.
pub(crate) fn uncached(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}
