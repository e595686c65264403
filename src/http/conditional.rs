//! Conditional requests and ranges as RFC 9110 (sections 13 and 14) has them.

use std::fmt;
use std::ops::Range;
use std::time::SystemTime;

use actix_web::body::{BoxBody, MessageBody as _, SizedStream};
use actix_web::http::header::{
    self, EntityTag, Header as _, HeaderValue, HttpDate, IfMatch, IfModifiedSince, IfNoneMatch,
    IfUnmodifiedSince,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::stream;
use http_range::HttpRange;

/// How long others may keep the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Ask each time whether it changed.
    Revalidate,
    /// It never changes under this URL.
    Immutable,
}

/// What is answered.
#[derive(Debug)]
pub(crate) struct Body {
    /// The bytes.
    pub content: Content,
    /// Their media type.
    pub media_type: HeaderValue,
    /// A token of the bytes, quotes not included: printable ASCII.
    pub etag: String,
    /// When they were last changed, if that is known.
    pub modified: Option<SystemTime>,
    /// How long they hold.
    pub caching: Caching,
}

/// Where the bytes of an answer come from.
pub(crate) enum Content {
    /// Memory, in one write.
    Bytes(Bytes),
    /// Somewhere else, so many of them.
    Elsewhere(u64, Box<dyn FnOnce(Range<u64>) -> BoxBody>),
}

impl Content {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Elsewhere(length, _) => *length,
        }
    }

    fn part(self, range: Range<u64>) -> BoxBody {
        match self {
            Self::Bytes(bytes) => {
                let place = |at| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                bytes.slice(place(range.start)..place(range.end)).boxed()
            }
            Self::Elsewhere(_, read) => read(range),
        }
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes", self.len())
    }
}

impl Caching {
    /// The value of the Cache-Control header.
    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Revalidate => "no-cache",
            Self::Immutable => "public, max-age=31536000, immutable",
        })
    }
}

/// Answers `request` with `body`, or a part of it, or the word that the client
/// has it already.
pub(crate) fn respond(request: &HttpRequest, body: Body) -> HttpResponse {
    let etag = EntityTag::new_strong(body.etag);
    let modified = body.modified.map(HttpDate::from);
    let outcome = preconditions(request, &etag, modified);
    let mut response = HttpResponse::build(StatusCode::OK);
    response.insert_header((header::CACHE_CONTROL, body.caching.header()));
    if let Some(modified) = modified {
        response.insert_header((header::LAST_MODIFIED, modified));
    }
    response.insert_header(header::ETag(etag.clone()));
    match outcome {
        Precondition::Failed => return response.status(StatusCode::PRECONDITION_FAILED).finish(),
        Precondition::NotModified => return response.status(StatusCode::NOT_MODIFIED).finish(),
        Precondition::Passed => {}
    }
    response.insert_header((header::CONTENT_TYPE, body.media_type));
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    let length = body.content.len();
    match requested_range(request, &etag, modified, length) {
        // Nothing is read for the sake of its length.
        Requested::Whole if *request.method() == Method::HEAD => {
            response.body(SizedStream::new(length, stream::empty::<Nothing>()))
        }
        Requested::Whole => response.body(body.content.part(0..length)),
        Requested::Part(range) => part(response, body.content, range),
        Requested::Unsatisfiable => response
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .insert_header((header::CONTENT_RANGE, format!("bytes */{length}")))
            .finish(),
    }
}

type Nothing = Result<Bytes, std::convert::Infallible>;

fn part(mut response: HttpResponseBuilder, content: Content, part: Range<u64>) -> HttpResponse {
    let range = format!("bytes {}-{}/{}", part.start, part.end - 1, content.len());
    response
        .status(StatusCode::PARTIAL_CONTENT)
        .insert_header((header::CONTENT_RANGE, range))
        .body(content.part(part))
}

enum Precondition {
    Passed,
    NotModified,
    Failed,
}

/// In the order of RFC 9110, section 13.2.2.
fn preconditions(
    request: &HttpRequest,
    etag: &EntityTag,
    modified: Option<HttpDate>,
) -> Precondition {
    let headers = request.headers();
    let later_than =
        |date: HttpDate| modified.is_some_and(|modified| seconds(modified) > seconds(date));
    if headers.contains_key(header::IF_MATCH) {
        let matches = match IfMatch::parse(request) {
            Ok(IfMatch::Any) | Err(_) => true,
            Ok(IfMatch::Items(tags)) => tags.iter().any(|tag| tag.strong_eq(etag)),
        };
        if !matches {
            return Precondition::Failed;
        }
    } else if headers.contains_key(header::IF_UNMODIFIED_SINCE)
        && let Ok(IfUnmodifiedSince(date)) = IfUnmodifiedSince::parse(request)
        && later_than(date)
    {
        return Precondition::Failed;
    }
    if headers.contains_key(header::IF_NONE_MATCH) {
        let matches = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(etag)),
            Err(_) => false,
        };
        if matches {
            return Precondition::NotModified;
        }
    } else if headers.contains_key(header::IF_MODIFIED_SINCE)
        && let Ok(IfModifiedSince(date)) = IfModifiedSince::parse(request)
        && modified.is_some()
        && !later_than(date)
    {
        return Precondition::NotModified;
    }
    Precondition::Passed
}

/// HTTP dates count whole seconds.
fn seconds(date: HttpDate) -> u64 {
    SystemTime::from(date)
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

enum Requested {
    Whole,
    Part(Range<u64>),
    Unsatisfiable,
}

/// One range is answered as such; several are answered with the whole, which
/// RFC 9110 allows and no client here asks for.
fn requested_range(
    request: &HttpRequest,
    etag: &EntityTag,
    modified: Option<HttpDate>,
    len: u64,
) -> Requested {
    let headers = request.headers();
    let Some(range) = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
    else {
        return Requested::Whole;
    };
    // No byte of an empty file can be asked for, not even the last one.
    if len == 0 {
        return Requested::Whole;
    }
    if *request.method() != Method::GET || !range.starts_with("bytes=") {
        return Requested::Whole;
    }
    if let Some(condition) = headers.get(header::IF_RANGE) {
        let current = condition.to_str().is_ok_and(|text| {
            text.parse::<EntityTag>()
                .is_ok_and(|tag| tag.strong_eq(etag))
                || text
                    .parse::<HttpDate>()
                    .is_ok_and(|date| modified.is_some_and(|m| seconds(m) == seconds(date)))
        });
        if !current {
            return Requested::Whole;
        }
    }
    match HttpRange::parse(range, len) {
        Ok(ranges) => match ranges.as_slice() {
            [one] => Requested::Part(one.start..one.start.saturating_add(one.length)),
            _ => Requested::Whole,
        },
        Err(http_range::HttpRangeParseError::NoOverlap) => Requested::Unsatisfiable,
        Err(http_range::HttpRangeParseError::InvalidRange) => Requested::Whole,
    }
}
