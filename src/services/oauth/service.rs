//! What is asked of a service: its URLs, tokens for a code, for a device and for a refresh token,
//! who has signed in, and that tokens end. The protocol itself is the oauth2 crate's, which is given
//! the server's own client.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::{Request, header};
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, DeviceAuthorizationUrl,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, Scope, StandardDeviceAuthorizationResponse, TokenUrl,
};
use serde_json::Value;
use tokio::sync::OnceCell;
use tracing::debug;
use url::{Url, form_urlencoded};

use super::config::{ClientSecret, Endpoints, OAuthConfig, Place};
use super::discovery::{Service, metadata_url};
use super::error::Reason;
use super::transport::Transport;
use crate::http::client::Trust;

/// What of a person is told to programs, as OpenID Connect calls it (Core 1.0, section 5.1).
const TOLD_OF_USER: [&str; 5] = ["sub", "name", "preferred_username", "email", "picture"];

/// The service behind one sign-in.
#[derive(Debug)]
pub(super) struct Asker {
    transport: Transport,
    client_id: ClientId,
    secret: Result<Option<oauth2::ClientSecret>, String>,
    scopes: Vec<Scope>,
    place: Place,
    /// What it says of itself, once it has.
    service: OnceCell<Service>,
}

/// The protocol's client, which knows where codes are had and where they become tokens.
type Protocol =
    BasicClient<EndpointSet, EndpointMaybeSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// A URL for a person to open, and what its answer is held against.
#[derive(Debug)]
pub(super) struct Invitation {
    pub url: Url,
    pub state: CsrfToken,
    pub verifier: PkceCodeVerifier,
}

impl Asker {
    /// The service that `config` names; `env` has the secret.
    pub(super) fn new(config: &OAuthConfig, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let trust = match config.insecure {
            true => Trust::Anybody(format!("[oauth.{}]", config.name)),
            false if config.is_secure() => Trust::System,
            false => Trust::Nobody,
        };
        let secret = match &config.secret {
            ClientSecret::None => Ok(None),
            ClientSecret::Text(text) => Ok(Some(text.clone())),
            ClientSecret::Variable(name) => env(name)
                .filter(|text| !text.is_empty())
                .map(Some)
                .ok_or_else(|| name.clone()),
        };
        Self {
            transport: Transport::new(trust),
            client_id: ClientId::new(config.client_id.clone()),
            secret: secret.map(|secret| secret.map(oauth2::ClientSecret::new)),
            scopes: config.scopes.iter().cloned().map(Scope::new).collect(),
            place: config.place.clone(),
            service: OnceCell::new(),
        }
    }

    /// The variable of the environment that lacks the secret.
    pub(super) fn lacks_secret(&self) -> Option<&str> {
        self.secret.as_ref().err().map(String::as_str)
    }

    /// The service's URLs, asked for once.
    pub(super) async fn service(&self) -> Result<&Service, Reason> {
        self.service
            .get_or_try_init(|| async {
                let issuer = match &self.place {
                    Place::Given(endpoints) => {
                        return Ok(Service::given(Endpoints::clone(endpoints)));
                    }
                    Place::Issuer(issuer) => issuer,
                };
                let url = metadata_url(issuer);
                let answer = self.transport.get(&url, None).await;
                let answer = answer.map_err(|error| Reason::Service(error.to_string()))?;
                if answer.status() != 200 {
                    let status = answer.status();
                    return Err(Reason::Service(format!("{url} answers {status}")));
                }
                Service::discovered(issuer, answer.body()).map_err(Reason::Service)
            })
            .await
    }

    async fn protocol(&self) -> Result<(Protocol, &Service), Reason> {
        let secret = match &self.secret {
            Ok(secret) => secret.clone(),
            Err(variable) => return Err(Reason::Secret(variable.clone())),
        };
        let service = self.service().await?;
        let endpoints = &service.endpoints;
        let client = BasicClient::new(self.client_id.clone())
            .set_auth_uri(AuthUrl::from_url(endpoints.authorize.clone()))
            .set_token_uri(TokenUrl::from_url(endpoints.token.clone()));
        let device = endpoints.device.clone();
        let client = client
            .set_device_authorization_url_option(device.map(DeviceAuthorizationUrl::from_url));
        let client = match service.wants_secret_in_body {
            true => client.set_auth_type(AuthType::RequestBody),
            false => client,
        };
        let client = match secret {
            Some(secret) => client.set_client_secret(secret),
            None => client,
        };
        Ok((client, service))
    }

    /// A new URL at which a person signs in, whose answer goes to `redirect`.
    pub(super) async fn invite(
        &self,
        redirect: &Url,
        params: &[(String, String)],
    ) -> Result<Invitation, Reason> {
        let (client, _) = self.protocol().await?;
        let client = client.set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge);
        for (name, value) in params {
            request = request.add_extra_param(name, value);
        }
        let (url, state) = request.url();
        Ok(Invitation {
            url,
            state,
            verifier,
        })
    }

    /// The tokens for the code that came back.
    pub(super) async fn redeem(
        &self,
        code: String,
        verifier: PkceCodeVerifier,
        redirect: &Url,
    ) -> Result<BasicTokenResponse, Reason> {
        let (client, _) = self.protocol().await?;
        let client = client.set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
        client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(verifier)
            .request_async(&|request| self.transport.ask(request))
            .await
            .map_err(|error| Reason::of_token(&error))
    }

    /// New tokens in place of those that came with this one. It may be spent afterwards, whatever
    /// came of it.
    pub(super) async fn refresh(&self, token: &RefreshToken) -> Result<BasicTokenResponse, Reason> {
        let (client, _) = self.protocol().await?;
        client
            .exchange_refresh_token(token)
            .request_async(&|request| self.transport.ask(request))
            .await
            .map_err(|error| Reason::of_token(&error))
    }

    /// A code for a person to enter somewhere else.
    pub(super) async fn begin_device(&self) -> Result<StandardDeviceAuthorizationResponse, Reason> {
        let (client, _) = self.protocol().await?;
        let request = client
            .exchange_device_code()
            .map_err(|_| Reason::Lacks("device_url"))?;
        request
            .add_scopes(self.scopes.iter().cloned())
            .request_async(&|request| self.transport.ask(request))
            .await
            .map_err(|error| Reason::of_token(&error))
    }

    /// Waits until the code has been entered, or can no longer be, as patiently as the service asks
    /// for.
    pub(super) async fn await_device(
        &self,
        details: &StandardDeviceAuthorizationResponse,
    ) -> Result<BasicTokenResponse, Reason> {
        let (client, _) = self.protocol().await?;
        client
            .exchange_device_access_token(details)
            .request_async(
                &|request| self.transport.ask(request),
                tokio::time::sleep,
                None,
            )
            .await
            .map_err(|error| Reason::of_device(&error))
    }

    /// Who has signed in, as far as programs are told; nothing where the service does not say.
    pub(super) async fn user(&self, token: &AccessToken) -> Option<Value> {
        let service = self.service().await.ok()?;
        let url = service.endpoints.userinfo.as_ref()?;
        let answer = match self.transport.get(url, Some(token)).await {
            Ok(answer) if answer.status() == 200 => answer,
            Ok(answer) => {
                debug!(
                    "{url} does not say who signed in: it answers {}",
                    answer.status()
                );
                return None;
            }
            Err(error) => {
                debug!("{url} does not say who signed in: {error}");
                return None;
            }
        };
        let said: serde_json::Map<String, Value> = serde_json::from_slice(answer.body()).ok()?;
        let told = said
            .into_iter()
            .filter(|(name, value)| TOLD_OF_USER.contains(&name.as_str()) && value.is_string());
        Some(Value::Object(told.collect()))
    }

    /// Gives a token back. The service says yes to one that it does not know, too. By hand: the
    /// crate does that over TLS only, on this machine, too.
    pub(super) async fn revoke(&self, token: &str, kind: &str) -> Result<(), Reason> {
        let (_, service) = self.protocol().await?;
        let url = service.endpoints.revoke.as_ref();
        let url = url.ok_or(Reason::Lacks("revoke_url"))?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token);
        form.append_pair("token_type_hint", kind);
        let mut request = Request::post(url.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        match &self.secret {
            Ok(Some(secret)) if !service.wants_secret_in_body => {
                let coded = |text: &str| -> String {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect()
                };
                let pair = format!("{}:{}", coded(&self.client_id), coded(secret.secret()));
                let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
                request = request.header(header::AUTHORIZATION, value);
            }
            secret => {
                form.append_pair("client_id", &self.client_id);
                if let Ok(Some(secret)) = secret {
                    form.append_pair("client_secret", secret.secret());
                }
            }
        }
        let request = request.body(form.finish().into_bytes());
        let request = request.map_err(|error| Reason::Service(error.to_string()))?;
        let answer = self.transport.ask(request).await;
        let answer = answer.map_err(|error| Reason::Service(error.to_string()))?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(Reason::Refused(format!(
                "{url} answers {}",
                answer.status()
            ))),
        }
    }
}
