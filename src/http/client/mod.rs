//! The connections to another server: kept, over TLS where its URL says so, and patient where
//! nobody listens yet. Follows no redirect, and adds nothing to a request.

mod trust;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client as Pooled, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use thread_local::ThreadLocal;
use tower_service::Service;

pub(crate) use trust::Trust;

/// The body of a request to another server.
pub(crate) type Outgoing = UnsyncBoxBody<Bytes, io::Error>;

/// How long an idle connection is kept: shorter than servers keep theirs (Node and Apache 5 s, nginx
/// 75 s), so that no request is sent on one that the other side is just closing.
const KEEP_IDLE: Duration = Duration::from_secs(4);

/// How long is waited before each further attempt where nobody listens: a server that is being
/// started again is there a moment later.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(300)];

/// The client of one other server. Each thread has connections of its own: what comes on one would
/// otherwise wake another thread for each piece.
#[derive(Debug)]
pub(crate) struct Client {
    connector: HttpsConnector<Patient>,
    pools: ThreadLocal<Pooled<HttpsConnector<Patient>, Outgoing>>,
}

impl Client {
    /// A client without any connection yet. A new one may take as long as `connect`.
    pub(crate) fn new(trust: Trust, connect: Duration) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(connect));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trust.config())
            .https_or_http()
            .enable_http1()
            .wrap_connector(Patient(http));
        Self {
            connector,
            pools: ThreadLocal::new(),
        }
    }

    fn pool(&self) -> &Pooled<HttpsConnector<Patient>, Outgoing> {
        self.pools.get_or(|| {
            Pooled::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(KEEP_IDLE)
                .build(self.connector.clone())
        })
    }

    /// Sends a request, on a connection of its own or one that is kept. It is sent once: again only
    /// where the kept connection was closed before any of it was written.
    pub(crate) async fn send(
        &self,
        request: Request<Outgoing>,
    ) -> Result<Response<Incoming>, Error> {
        self.pool().request(request).await
    }
}

/// The headers that a section of the configuration names, which has checked them: their values are
/// secrets.
pub(crate) fn named_headers(named: &[(String, String)]) -> HeaderMap {
    let headers = named.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    });
    headers.collect()
}

/// Connects, and tries again for a moment where nobody listens.
#[derive(Clone, Debug)]
struct Patient(HttpConnector);

type Connecting<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

impl Service<Uri> for Patient {
    type Response = <HttpConnector as Service<Uri>>::Response;
    type Error = <HttpConnector as Service<Uri>>::Error;
    type Future = Connecting<Self::Response, Self::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let mut http = self.0.clone();
        Box::pin(async move {
            for pause in PAUSES {
                match http.call(to.clone()).await {
                    Err(error) if is_refused(&error) => tokio::time::sleep(pause).await,
                    outcome => return outcome,
                }
            }
            http.call(to).await
        })
    }
}

/// The first error of this type among the causes of another one; what the system says is wrapped
/// once more by whoever passes it on.
pub(crate) fn cause<'e, T: std::error::Error + 'static>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let within = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(found) = within.and_then(|within| within.downcast_ref()) {
            return Some(found);
        }
        next = match within {
            Some(within) => Some(within),
            None => error.source(),
        };
    }
    None
}

/// The last cause of an error, which is what happened.
pub(crate) fn deepest(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

fn is_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    cause::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}
