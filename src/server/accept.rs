//! The listeners, each with the application behind the one door.
//!
//! What actix-web's own server does, but for the connections: those are ours, so that they have a
//! place before anything is read of them, whatever they are made of.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Request, Response};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::sync::watch;

use super::connection::Connection;
use super::door::{Accepted, Closed, Door};
use super::listen::Listeners;

/// How long an idle connection is kept: longer than Qt keeps it, which lets go
/// after 120 s (QNetworkAccessManager), so that it is Qt that closes and no
/// request is under way when that happens.
///
/// There is no limit for the first request. Qt opens up to six connections at
/// once and may not use the last ones for hours; the 408 that actix would send
/// on them meanwhile is taken for the answer of the request that comes at last,
/// and a `qmldir` that failed once is missing for the life of the engine
/// (measured with Qt 5.15 and 6.12).
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(150);

/// How long a client may go on sending to a connection that is about to be closed. Without it, the
/// reset for what nobody reads would take the answer with it. Shorter ones are no use: see
/// ARCHITECTURE, "The hub".
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long connections may take to end, in seconds.
const SHUTDOWN: u64 = 1;

/// Serves `app` on all listeners until `stopping` says true.
pub(super) fn serve<F, I, S, B>(
    listeners: Listeners,
    door: Arc<Door>,
    stopping: &watch::Receiver<bool>,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error>,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
{
    let mut server = Server::build().disable_signals().shutdown_timeout(SHUTDOWN);
    for listener in listeners.tcp {
        let address = listener.local_addr()?;
        let (door, stopping, app) = (Arc::clone(&door), stopping.clone(), app.clone());
        server = server.listen(format!("tcp {address}"), listener, move || {
            let door = Arc::clone(&door);
            fn_service(move |stream: TcpStream| {
                let door = Arc::clone(&door);
                async move { door.tcp(stream, address).await }
            })
            .and_then(http(&app, &stopping).map_err(|_| Closed))
        })?;
    }
    #[cfg(unix)]
    for listener in listeners.unix {
        let (door, stopping, app) = (Arc::clone(&door), stopping.clone(), app.clone());
        server = server.listen_uds("unix", listener, move || {
            let door = Arc::clone(&door);
            fn_service(move |stream: UnixStream| std::future::ready(door.unix(stream)))
                .and_then(http(&app, &stopping).map_err(|_| Closed))
        })?;
    }
    Ok(server.run())
}

/// The application as a service of connections.
fn http<F, I, S, B>(
    app: &F,
    stopping: &watch::Receiver<bool>,
) -> impl ServiceFactory<Accepted, Config = (), Response = (), Error = DispatchError, InitError = ()>
+ use<F, I, S, B>
where
    F: Fn() -> I,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error>,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>>,
    B: MessageBody + 'static,
{
    let stopping = stopping.clone();
    let app = app().into_factory();
    let app = app.map_err(|error| error.into().error_response());
    HttpService::build()
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(Duration::ZERO)
        .client_disconnect_timeout(LAST_WORDS)
        .graceful_shutdown_signal(move || {
            let mut stopping = stopping.clone();
            async move {
                // An error means that the server is gone.
                let _ = stopping.wait_for(|stopping| *stopping).await;
            }
        })
        .on_connect_ext(|connection: &Connection, data| {
            data.insert(connection.channel());
        })
        .finish(map_config(app, |()| AppConfig::default()))
}
