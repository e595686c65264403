//! How the NATS server of a hub is reached: credentials, patience, and what is
//! said of it. No password is ever a part of that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, Event};
use percent_encoding::percent_decode_str;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info, warn};
use url::Url;

/// How many messages the connection may hold: those can be late.
const HELD: usize = 4;

/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long the first connection may take before that is said.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the broker is, and what it wants to know.
pub(super) struct Broker {
    /// Its address as messages have it: without what may be a password.
    pub place: String,
    user: String,
    password: Option<String>,
}

// By hand: logs are no place for a password.
impl std::fmt::Debug for Broker {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Broker({})", self.place)
    }
}

impl Broker {
    /// The broker of `--hub`.
    pub(super) fn new(url: &Url) -> Self {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}"));
        Self {
            place: format!("{}://{host}{}", url.scheme(), port.unwrap_or_default()),
            user: decoded(url.username()),
            password: url.password().map(decoded),
        }
    }

    /// Connects, however long that takes; says once that it takes long, or
    /// that it is refused. `is_connected` is kept true from then on as long as
    /// it is.
    pub(super) async fn connect(&self, is_connected: &Arc<AtomicBool>) -> Client {
        let late = Instant::now() + PATIENCE;
        let mut failure: Option<ConnectError> = None;
        let mut is_said = false;
        let mut pause = Duration::from_millis(50);
        loop {
            let attempt = self.options(is_connected).connect(self.place.clone());
            tokio::pin!(attempt);
            let outcome = loop {
                tokio::select! {
                    outcome = &mut attempt => break outcome,
                    () = sleep_until(late), if !is_said => {
                        is_said = true;
                        self.report(failure.as_ref());
                    }
                }
            };
            match outcome {
                Ok(client) => return client,
                Err(error) => {
                    if !is_said && error.kind() == REFUSED {
                        is_said = true;
                        self.report(Some(&error));
                    }
                    failure = Some(error);
                }
            }
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    fn report(&self, failure: Option<&ConnectError>) {
        let place = &self.place;
        match failure {
            Some(error) if error.kind() == REFUSED => warn!("{}", refusal(place)),
            Some(error) => warn!("the hub at {place} cannot be reached: {error}; {GOES_ON}"),
            None => warn!("the hub at {place} does not answer; {GOES_ON}"),
        }
    }

    fn options(&self, is_connected: &Arc<AtomicBool>) -> ConnectOptions {
        let is_connected = Arc::clone(is_connected);
        let place = self.place.clone();
        // One for each time that the connection is lost.
        let is_refusal_said = AtomicBool::new(false);
        let options = ConnectOptions::new()
            .name("qmlserve")
            .no_echo()
            .client_capacity(HELD)
            .reconnect_delay_callback(|attempts| {
                let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
                LONGEST_PAUSE.min(Duration::from_millis(50).saturating_mul(attempts))
            })
            .event_callback(move |event| {
                match &event {
                    Event::Connected => {
                        is_connected.store(true, Relaxed);
                        info!("the hub at {place} is connected");
                    }
                    Event::Disconnected => {
                        is_connected.store(false, Relaxed);
                        is_refusal_said.store(false, Relaxed);
                        warn!(
                            "the hub at {place} is lost; sockets of this process go on without \
                             the others until it is back"
                        );
                    }
                    event => {
                        debug!("the hub at {place}: {event}");
                        // Here the reason comes only as text.
                        let is_refused = event.to_string().ends_with(&REFUSED.to_string());
                        if is_refused && !is_refusal_said.swap(true, Relaxed) {
                            warn!("{}", refusal(&place));
                        }
                    }
                }
                std::future::ready(())
            });
        match (&self.user, &self.password) {
            (user, Some(password)) => options.user_and_password(user.clone(), password.clone()),
            (user, None) if user.is_empty() => options,
            // The URL of a token, as every client of NATS has it.
            (token, None) => options.token(token.clone()),
        }
    }
}

const GOES_ON: &str =
    "sockets of this process go on without the others, and it is tried again until it is there";

/// The broker's no to who asks.
const REFUSED: ConnectErrorKind = ConnectErrorKind::AuthorizationViolation;

fn refusal(place: &str) -> String {
    format!(
        "the hub at {place} does not let this process in: the user, the password or the token is \
         missing or wrong; name them in --hub, percent-encoded, as in nats://USER:PASSWORD@HOST \
         or nats://TOKEN@HOST; {GOES_ON}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out_of_the_url() {
        for (url, user, password) in [
            ("nats://h:4222", "", None),
            ("nats://u:p%40%3A%2Fw@h:4222", "u", Some("p@:/w")),
            ("nats://u:@h:4222", "u", None),
            ("nats://t%2Fk@h:4222", "t/k", None),
        ] {
            let broker = Broker::new(&url.parse().unwrap());
            assert_eq!(broker.user, user, "{url}");
            assert_eq!(broker.password.as_deref(), password, "{url}");
            assert_eq!(broker.place, "nats://h:4222");
            assert_eq!(format!("{broker:?}"), "Broker(nats://h:4222)");
        }
    }
}
