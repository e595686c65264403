//! Sign-in at other people's services (OAuth 2.0, OpenID Connect): the exchange happens here, and
//! the tokens stay here. Programs are told whether somebody is signed in and where to sign in, and
//! proxies put the token on requests to their targets.
//!
//! A token, a code or a secret is in no answer, no line of the log, no status and no recording. It
//! is on the disk in one file, and only with `keep = true`.

mod bearer;
pub(crate) mod config;
mod cookie;
mod discovery;
mod error;
mod grant;
mod http;
mod kept;
mod renewal;
mod service;
mod session;
mod sign_in;
mod transport;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::http::{Bearer, Budget};
use bearer::Carrier;
use config::OAuthConfig;
use sign_in::SignIn;

pub(crate) use http::{is_callback, routes};

/// All sign-ins.
#[derive(Debug)]
pub(crate) struct SignIns {
    all: Vec<Arc<SignIn>>,
    /// Places for those who wait for a change.
    waiting: Arc<Budget>,
    /// Becomes true when the server stops.
    stopping: watch::Receiver<bool>,
}

impl SignIns {
    /// The sign-ins of the configuration. `folder` is where the server keeps what it keeps, `env`
    /// the environment, `waiting` places for those who wait for a change.
    pub(crate) fn open(
        configs: &[OAuthConfig],
        folder: &Path,
        env: &dyn Fn(&str) -> Option<String>,
        waiting: Arc<Budget>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let all = configs
            .iter()
            .map(|config| Arc::new(SignIn::open(config.clone(), folder, env)));
        Self {
            all: all.collect(),
            waiting,
            stopping,
        }
    }

    fn find(&self, name: &str) -> Option<&Arc<SignIn>> {
        self.all.iter().find(|sign_in| sign_in.config.name == name)
    }

    /// What puts the token of the sign-in of this name on requests.
    pub(crate) fn bearer(&self, name: &str) -> Option<Arc<dyn Bearer>> {
        let sign_in = Arc::clone(self.find(name)?);
        Some(Arc::new(Carrier(sign_in)))
    }

    /// The section of the status.
    pub(crate) fn status(&self) -> Value {
        Value::Array(self.all.iter().map(|sign_in| sign_in.status()).collect())
    }
}
