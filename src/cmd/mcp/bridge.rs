//! Calls handed on to a server, by HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rmcp::model::{CallToolResult, JsonObject, ResultType};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::find::{Wanted, endpoint};
use crate::mcp::{Called, Trouble};
use crate::server::running;

/// The longest that a call takes: the longest that a tool may wait, and then some.
const LONGEST: Duration = Duration::from_secs(90);

/// The largest answer, in bytes: a picture, as text.
const LARGEST: u64 = 16 << 20;

/// The way to the server that is meant.
pub(super) struct Bridge {
    wanted: Wanted,
    /// Where servers say that they run, if this user has no folder.
    fallback: PathBuf,
}

impl Bridge {
    /// A way to this server, from the folder `dir`.
    pub(super) fn new(wanted: Wanted, dir: &Path) -> Self {
        let fallback = crate::server::kept_beside(dir);
        Self { wanted, fallback }
    }

    /// What asks. It is made for each call: a server that has come since may have made a CA.
    fn agent(&self, is_secure: bool) -> Agent {
        let config = Agent::config_builder()
            .timeout_global(Some(LONGEST))
            .http_status_as_error(false)
            // A server on this machine, or in its network, is not behind one.
            .proxy(None);
        let config = match is_secure {
            true => config.tls_config(trusting(&running::authorities(&self.fallback))),
            false => config,
        };
        Agent::new_with_config(config.build())
    }

    fn ask(&self, name: &str, arguments: JsonObject) -> Result<CallToolResult, Trouble> {
        let base = self.wanted.find(&running::all(&self.fallback))?;
        // What is told of it is not to have the token in it.
        let shown = base.split("/~").next().unwrap_or(&base);
        let request = json!({
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": name, "arguments": arguments},
        });
        let agent = self.agent(base.starts_with("https:"));
        let response = agent
            .post(endpoint(&base))
            .content_type("application/json")
            .header("Accept", "application/json, text/event-stream")
            .send(request.to_string());
        let mut response = response.map_err(|error| unreachable(shown, &error))?;
        let status = response.status().as_u16();
        let text = response
            .body_mut()
            .with_config()
            .limit(LARGEST)
            .read_to_string();
        let text = text.map_err(|error| unreachable(shown, &error))?;
        understood(&text).map_err(|_| refused(shown, status, &text))
    }
}

/// Trusts these CAs, and those of the system.
fn trusting(own: &[CertificateDer<'static>]) -> TlsConfig {
    let of_system = rustls_native_certs::load_native_certs().certs;
    let all = own.iter().chain(&of_system);
    let all = all.map(|certificate| Certificate::from_der(certificate).to_owned());
    TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(all.collect())))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build()
}

fn understood(text: &str) -> anyhow::Result<CallToolResult> {
    let mut answer: Value = serde_json::from_str(text)?;
    if let Some(message) = answer["error"]["message"].as_str() {
        return Ok(Trouble::new(message, "see the tool's input schema").into());
    }
    let mut result: CallToolResult =
        serde_json::from_value(answer["result"].take()).context("no result")?;
    // The server is asked by an older protocol, which does not say so; newer ones want to hear it.
    result.result_type = Some(ResultType::COMPLETE);
    Ok(result)
}

fn unreachable(server: &str, error: &ureq::Error) -> Trouble {
    let hint = match error {
        ureq::Error::Timeout(_) => "it may be busy; try again".to_owned(),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => format!(
            "have this machine trust its certificate, or speak to it without TLS; {server}/@qmlserve/ca.crt \
             is the CA of a server that made its own"
        ),
        _ => "see that qmlserve runs there; start it with `qmlserve DIR` and try again".to_owned(),
    };
    Trouble::new(format!("{server} cannot be asked: {error}"), hint)
}

fn refused(server: &str, status: u16, text: &str) -> Trouble {
    let (message, hint) = match status {
        401 => (
            format!("{server} asks for its token"),
            "start `qmlserve mcp URL` with the whole URL that it printed, /~TOKEN included",
        ),
        404 | 405 => (
            format!("{server} is no qmlserve server, or one that is too old for this"),
            "see that the URL is right, and that it is the same version of qmlserve",
        ),
        _ => {
            let said: String = text.chars().take(300).collect();
            (
                format!("{server} answered {status}: {said}"),
                "see what it logged in its terminal",
            )
        }
    };
    Trouble::new(message, hint)
}

impl Called for Bridge {
    async fn call(self: Arc<Self>, name: String, arguments: JsonObject) -> CallToolResult {
        // It waits as long as the tool does, on a thread of its own.
        let asked = tokio::task::spawn_blocking(move || self.ask(&name, arguments)).await;
        match asked {
            Ok(outcome) => outcome.unwrap_or_else(CallToolResult::from),
            Err(error) => Trouble::new(error.to_string(), "try again").into(),
        }
    }
}
