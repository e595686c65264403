//! A relay at `/channel/NAME`: one program publishes its objects, any number of pages use them. To
//! the publisher the relay is one client, to each page it is the host.
//!
//! What pages say to the publisher goes one after another, and as fast as it takes it: a page that
//! says much waits, and the publisher is never closed for what pages do.

#[cfg(test)]
mod fuzz;
mod info;
mod page;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::OwnedMutexGuard;
use tracing::info;

use super::config::RelayConfig;
use super::message::{Request, Said};
use super::port::Socket;
use page::Page;
use state::State;

/// One relay.
#[derive(Debug)]
pub(super) struct Relay {
    config: RelayConfig,
    state: Mutex<State>,
    /// Held by whoever tells the publisher something, from the decision what that is until it is
    /// on its way.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Relay {
    /// A relay to which nobody has come.
    pub(super) fn new(config: RelayConfig) -> Self {
        Self {
            config,
            state: Mutex::default(),
            turn: Arc::default(),
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.config.name
    }

    /// Whether this is what a publisher has to show.
    pub(super) fn is_token(&self, given: &str) -> bool {
        // Of hashes, so that the time tells nothing.
        blake3::hash(given.as_bytes()) == blake3::hash(self.config.token.as_bytes())
    }

    /// Takes a publisher; false where there is one already.
    pub(super) fn publish(&self, socket: &Arc<dyn Socket>) -> bool {
        let mut state = self.lock();
        if state.publisher.is_some() {
            return false;
        }
        info!("a publisher has come to the web channel {}", self.name());
        socket.send(&state.publisher_came(Arc::clone(socket)));
        true
    }

    /// Takes a page. It waits where there is no publisher.
    pub(super) fn enter(&self, socket: &Arc<dyn Socket>) {
        let page = Page::new(Arc::clone(socket));
        self.lock().pages.insert(socket.id(), page);
    }

    /// Takes a message of a page.
    ///
    /// # Errors
    /// It is none, or the page wants more than it may.
    pub(super) async fn page_says(self: &Arc<Self>, id: u64, text: &str) -> Result<(), String> {
        let request = Request::parse(text).map_err(|violation| violation.to_string())?;
        if matches!(request, Request::Idle | Request::Debug(_)) {
            // Nothing for the publisher.
            self.lock().page_asks(id, request)?;
            return Ok(());
        }
        let turn = self.turn().await;
        let told = self.lock().page_asks(id, request)?;
        self.tell(turn, told).await;
        Ok(())
    }

    /// Takes a message of the publisher.
    ///
    /// # Errors
    /// It is none, or it may not be said.
    pub(super) async fn publisher_says(self: &Arc<Self>, text: &str) -> Result<(), String> {
        let said = Said::parse(text).map_err(|violation| violation.to_string())?;
        let is_init = self.lock().is_init(&said);
        let turn = match is_init {
            // What pages hear is told anew: none may change that meanwhile.
            true => Some(self.turn().await),
            false => None,
        };
        let told = self.lock().publisher_says(said)?;
        if !told.is_empty() {
            let turn = match turn {
                Some(turn) => turn,
                None => self.turn().await,
            };
            self.tell(turn, told).await;
        }
        Ok(())
    }

    /// A page is gone.
    pub(super) async fn page_left(self: &Arc<Self>, id: u64) {
        let turn = self.turn().await;
        let told = self.lock().page_left(id);
        self.tell(turn, told).await;
    }

    /// The publisher is gone.
    pub(super) fn publisher_left(&self, id: u64) {
        info!("the publisher of the web channel {} has left", self.name());
        self.lock().publisher_left(id);
    }

    async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// Tells the publisher what was decided in this turn. One that does not take it is let go:
    /// when it is back, it is told all anew.
    async fn tell(&self, turn: OwnedMutexGuard<()>, texts: impl IntoIterator<Item = String>) {
        let texts: Vec<String> = texts.into_iter().collect();
        let publisher = self
            .lock()
            .publisher
            .as_ref()
            .map(|p| Arc::clone(&p.socket));
        let Some(publisher) = publisher.filter(|_| !texts.is_empty()) else {
            return;
        };
        let telling = async move {
            let _turn = turn;
            for text in texts {
                if !publisher.send_patiently(&text).await {
                    let why = "this socket does not read what it is told";
                    return publisher.close(1013, why);
                }
            }
        };
        // Goes on even if who waits for it does not: the page may be gone meanwhile, but what it
        // wanted to hear others may want, too.
        let _ = tokio::spawn(telling).await;
    }

    /// How it is.
    pub(super) fn status(&self) -> Value {
        let state = self.lock();
        let waiting = state.pages.values().filter(|page| page.waits.is_some());
        json!({
            "publisher": state.publisher.is_some(),
            "objects": state.objects.keys().collect::<Vec<_>>(),
            "pages": state.pages.len(),
            "waiting": waiting.count(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
