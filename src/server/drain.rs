//! Requests over HTTP/2 that are answered before their body has come: it is heard out, within
//! bounds. Where the stream is reset instead, clients lose the answer (curl 7.88: a refused POST
//! fails one time in four), though they should not (RFC 9113, section 8.1).

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Version;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;

/// As much of a body is heard out, in bytes.
const MOST: usize = 1 << 20;

/// And for so long.
const LONGEST: Duration = Duration::from_secs(1);

/// The middleware, around all that may refuse a request.
pub(super) async fn drain<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if request.version() != Version::HTTP_2 {
        return next.call(request).await;
    }
    let shared = Rc::new(RefCell::new(request.take_payload()));
    let reader = || {
        let shared = Rc::clone(&shared);
        stream::poll_fn(move |cx| shared.borrow_mut().poll_next_unpin(cx))
    };
    request.set_payload(Payload::Stream {
        payload: Box::pin(reader()),
    });
    let answer = next.call(request).await;
    let rest = async {
        let (mut heard, mut rest) = (0, reader());
        while let Some(Ok(bytes)) = rest.next().await {
            heard += bytes.len();
            if heard > MOST {
                break;
            }
        }
    };
    // Whoever takes longer may lose the answer.
    let _ = timeout(LONGEST, rest).await;
    answer
}
