//! What is under way of bodies and answers, held against the budget: the one place where either is
//! counted. What a WebSocket has sent of a message is the hub's to count, from the same budget.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::error::PayloadError;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, Version, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::routes::Owner;
use crate::http::{Budget, Channel, ErrorAnswer, Exhausted, Share, Spent, channel};

/// How many bytes of a body make its deadline a second later.
const PER_SECOND: u64 = 16 * 1024;

/// Written at a time of an answer that is in memory. Smaller ones are not counted.
const PIECE: usize = 64 * 1024;

/// What is held against what.
#[derive(Debug)]
pub(super) struct Measure {
    /// Bytes.
    pub memory: Arc<Budget>,
    /// How long a body may take, beside what its length gives it.
    pub body: Duration,
}

/// Why a body is not waited for any longer.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Exhausted(Exhausted),
    Late,
}

/// The middleware.
pub(super) async fn measure<B: MessageBody + 'static>(
    measure: Data<Measure>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let client = request.peer_addr().map(|peer| peer.ip());
    // Only HTTP/2 has more than one at a time, and goes on with a body when its client is gone.
    let many = (request.version() == Version::HTTP_2).then(|| channel(request.request()));
    let underway = match many.flatten().map(Underway::of).transpose() {
        Ok(underway) => underway,
        Err(error) => {
            let answer = too_many(error).respond(request.request());
            return Ok(request.into_response(answer));
        }
    };
    let fault = Rc::new(Cell::new(None));
    // Held until the answer is there: what was read of a body is in use until then, unless whoever
    // reads says that it is spent.
    let share = Rc::new(RefCell::new(measure.memory.share(client)));
    let is_upgrade = request.head().upgrade();
    // What only passes is not kept: it is read as fast as it is written.
    let owner = request.extensions().get().copied();
    let passes = matches!(owner, Some(Owner::Proxy | Owner::Git));
    if !is_upgrade && !passes {
        request = measure.watch(request, &share, &fault);
    }
    let response = next.call(request).await?.map_into_boxed_body();
    drop(share);
    if let Some(fault) = fault.get() {
        let answer = refusal(fault).closing().respond(response.request());
        return Ok(response.into_response(answer));
    }
    if is_upgrade {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let response = measure.in_pieces(&request, client, response);
    let response = match underway {
        Some(underway) => response.map_body(|_, body| BoxBody::new(underway.with(body))),
        None => response,
    };
    Ok(ServiceResponse::new(request, response))
}

impl Measure {
    /// The request with a body that is counted as it comes, and given up when it is too slow.
    fn watch(
        &self,
        mut request: ServiceRequest,
        share: &Rc<RefCell<Share>>,
        fault: &Rc<Cell<Option<Fault>>>,
    ) -> ServiceRequest {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return request;
        }
        let (share, fault) = (Rc::clone(share), Rc::clone(fault));
        let spent = Spent::default();
        request.extensions_mut().insert(spent.clone());
        let until = Instant::now() + self.body;
        let counted = stream::unfold((payload, 0), move |(mut payload, arrived)| {
            let (share, fault) = (Rc::clone(&share), Rc::clone(&fault));
            let spent = spent.clone();
            async move {
                let until = until + Duration::from_secs(arrived / PER_SECOND);
                let read = match timeout_at(until, payload.next()).await {
                    Ok(read) => read?,
                    Err(_) => Err(give_up(&fault, Fault::Late)),
                };
                let read = read.and_then(|bytes: Bytes| {
                    let arrived = arrived + bytes.len() as u64;
                    let held = arrived.saturating_sub(spent.bytes());
                    match share.borrow_mut().hold(held) {
                        Ok(()) => Ok((bytes, arrived)),
                        Err(error) => Err(give_up(&fault, Fault::Exhausted(error))),
                    }
                });
                Some(match read {
                    Ok((bytes, arrived)) => (Ok(bytes), (payload, arrived)),
                    Err(error) => (Err(error), (Payload::None, arrived)),
                })
            }
        });
        request.set_payload(Payload::Stream {
            payload: Box::pin(counted),
        });
        request
    }

    /// The answer with a body that is given away in pieces, and counted until the last one is. What
    /// does not lie in memory as a whole goes as it is.
    fn in_pieces(
        &self,
        request: &HttpRequest,
        client: Option<IpAddr>,
        response: HttpResponse,
    ) -> HttpResponse {
        let mut refused = None;
        let response = response.map_body(|_, body| match body.try_into_bytes() {
            Ok(bytes) if bytes.len() > PIECE => {
                let mut share = self.memory.share(client);
                refused = share.hold(bytes.len() as u64).err();
                let left = bytes;
                BoxBody::new(Pieces {
                    left,
                    _share: share,
                })
            }
            Ok(bytes) => BoxBody::new(bytes),
            Err(body) => body,
        });
        match refused {
            Some(error) => refusal(Fault::Exhausted(error)).respond(request),
            None => response,
        }
    }
}

/// Notes why, and gives what the reader of the body is told.
fn give_up(fault: &Cell<Option<Fault>>, why: Fault) -> PayloadError {
    fault.set(Some(why));
    PayloadError::Incomplete(None)
}

fn refusal(fault: Fault) -> ErrorAnswer {
    match fault {
        Fault::Late => ErrorAnswer::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body takes too long",
            "send it at once; body in [limits] of qmlserve.toml is how long it may take",
        ),
        Fault::Exhausted(error) => ErrorAnswer::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("too much is under way: the server holds no more than {error}, in bytes"),
            "try again, or ask for less at a time; memory and memory_per_address in [limits] of \
             qmlserve.toml are the bounds",
        )
        .with_header(header::RETRY_AFTER, "1"),
    }
}

fn too_many(error: Exhausted) -> ErrorAnswer {
    ErrorAnswer::new(
        StatusCode::SERVICE_UNAVAILABLE,
        format!("too many requests of one connection at a time: {error}"),
        "wait for some of the answers",
    )
}

/// A request among others of one connection, until its answer is away or its client is.
struct Underway {
    body: BoxBody,
    gone: Pin<Box<WaitForCancellationFutureOwned>>,
    _place: Share,
}

impl Underway {
    fn of(channel: &Channel) -> Result<Self, Exhausted> {
        Ok(Self {
            body: BoxBody::new(()),
            _place: channel.requests.place(None)?,
            gone: Box::pin(channel.gone.clone().cancelled_owned()),
        })
    }

    fn with(self, body: BoxBody) -> Self {
        Self { body, ..self }
    }
}

impl MessageBody for Underway {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.gone.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_next(cx)
    }
}

/// A body in memory. Given away whole, it would be copied for the connection at once.
struct Pieces {
    left: Bytes,
    _share: Share,
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.left.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let length = self.left.len().min(PIECE);
        let piece = self.left.split_to(length);
        Poll::Ready((length > 0).then_some(Ok(piece)))
    }
}
