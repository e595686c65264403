//! Requests and answers: whatever a path and a method mean, handed to what does it.

mod access_lists;
mod account;
mod logins;
mod object_types;
mod uploads;

use std::sync::Arc;

use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::access::asked_socket_base;
use crate::http::{body, iso, uncached};
use crate::services::enginio::access;
use crate::services::enginio::accounts::{self, Account};
use crate::services::enginio::asked::{Asked, Credentials, user_of};
use crate::services::enginio::atomic::Operations;
use crate::services::enginio::backend::Backend;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::{given, json_object};
use crate::services::enginio::objects;
use crate::services::enginio::query::{Parameters, Query, Search};
use crate::services::enginio::removal;
use crate::services::enginio::rights::{Fields, Who};
use crate::services::enginio::route::{self, Route};
use crate::services::enginio::store::{Store, Tx};
use crate::services::enginio::streams::{Filter, Stream};
use crate::services::enginio::{Enginio, Running};

type Answer = Result<HttpResponse, Refusal>;

/// A request that is known to be for a backend.
struct Incoming<'a> {
    request: &'a HttpRequest,
    running: &'a Running,
    backend: &'a Arc<Backend>,
    credentials: Credentials,
    /// The `X-Request-Id`.
    id: String,
    parameters: Parameters,
}

/// Answers whatever is asked below `/v1`.
pub(super) async fn answer(
    request: HttpRequest,
    payload: Payload,
    enginio: Data<Enginio>,
) -> HttpResponse {
    let answered = respond(&request, payload, &enginio).await;
    answered.unwrap_or_else(|refusal| {
        if matches!(
            refusal,
            Refusal::Store(_) | Refusal::Disk(_) | Refusal::Failed
        ) {
            tracing::error!("{} {}: {refusal}", request.method(), request.path());
        }
        refusal.respond(&request)
    })
}

async fn respond(request: &HttpRequest, payload: Payload, enginio: &Enginio) -> Answer {
    let route = route::find(request.uri().path()).ok_or(Refusal::Path)?;
    let methods = methods(&route);
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent()
            .insert_header((header::ALLOW, methods))
            .finish());
    }
    let as_get = match request.method() {
        &Method::HEAD => &Method::GET,
        method => method,
    };
    if !methods.split(", ").any(|method| method == as_get.as_str()) {
        return Err(Refusal::Method(methods));
    }
    let running = enginio.running.as_ref().ok_or(Refusal::Path)?;
    let parameters = Parameters::parse(request.query_string())?;
    match &route {
        Route::Content(id) => return uploads::content(request, running, id, &parameters).await,
        Route::AccountToken => return account::log_in(request, payload, enginio, running).await,
        Route::Apps(id) => return account::apps(request, enginio, id.as_deref()),
        _ => {}
    }
    let backend = enginio.backend(text_of(request, "enginio-backend-id"))?;
    // A program that declares types may be logged in as a user as well.
    let master = master_key(request).filter(|_| matches!(route, Route::ObjectTypes(_)));
    let token = master.or_else(|| token(request));
    let incoming = Incoming {
        request,
        running,
        backend,
        credentials: Credentials::of(backend, token),
        id: text_of(request, "x-request-id")
            .unwrap_or_default()
            .chars()
            .take(64)
            .collect(),
        parameters,
    };
    incoming.answer(route, as_get.clone(), payload).await
}

/// What a path takes.
fn methods(route: &Route) -> &'static str {
    match route {
        Route::List(_) => "GET, POST",
        Route::Object(kind, _) if kind == "files" => "GET, DELETE",
        Route::Object(..) => "GET, PUT, DELETE",
        Route::Atomic(..) | Route::Chunk(_) => "PUT",
        Route::Access(..) => "GET, POST, PUT, DELETE",
        Route::Members(_, None) => "GET, POST, DELETE",
        Route::Members(..) => "DELETE",
        Route::Myself
        | Route::DownloadUrl(_)
        | Route::Content(_)
        | Route::Search
        | Route::StreamUrl
        | Route::Apps(_) => "GET",
        Route::ObjectTypes(None) => "GET, POST",
        Route::ObjectTypes(Some(_)) => "GET, PUT, DELETE",
        Route::Token | Route::Revoke | Route::Identity | Route::AccountToken => "POST",
    }
}

fn text_of<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

/// What a request shows to be let in; the scheme in any case, as clients write it.
fn token(request: &HttpRequest) -> Option<&str> {
    let bearer = text_of(request, "authorization").and_then(after_bearer);
    // As clients of before OAuth have it.
    bearer
        .or_else(|| text_of(request, "enginio-backend-session"))
        .filter(|token| !token.is_empty())
        .or_else(|| master_key(request))
}

/// The token of the configuration, as programs show it that declare types; some write Bearer there,
/// too.
fn master_key(request: &HttpRequest) -> Option<&str> {
    let key = text_of(request, "enginio-backend-masterkey")?.trim();
    Some(after_bearer(key).unwrap_or(key)).filter(|key| !key.is_empty())
}

fn after_bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn ok(status: StatusCode, value: &Value) -> HttpResponse {
    uncached(status).json(value)
}

impl Incoming<'_> {
    async fn answer(self, route: Route, method: Method, payload: Payload) -> Answer {
        let is = |wanted: &Method| method == *wanted;
        let value = match route {
            Route::List(kind) if is(&Method::GET) => {
                let query = Query::parse(&self.parameters)?;
                self.read(async move |asked| objects::list(asked, &[kind], &query, None).await)
                    .await
            }
            Route::List(kind) if kind == "files" => return self.upload(payload).await,
            Route::List(kind) => return self.create(kind, payload).await,
            Route::Object(kind, id) if is(&Method::GET) => {
                let query = Query::parse(&self.parameters)?;
                self.read(async move |asked| objects::get(asked, &kind, &id, &query).await)
                    .await
            }
            Route::Object(kind, id) if is(&Method::DELETE) => {
                self.write(async move |asked| removal::remove(asked, &kind, &id).await)
                    .await
            }
            Route::Object(kind, id) => self.update(kind, id, payload).await,
            Route::Atomic(kind, id) if kind.starts_with("objects.") => {
                let operations = Operations::parse(json_object(&self.body(payload).await?)?)?;
                let write = async move |asked: &Asked<'_>| {
                    objects::atomic(asked, &kind, &id, operations).await
                };
                self.write(write).await
            }
            Route::Atomic(..) => Err(Refusal::Path),
            Route::Access(kind, id) if is(&Method::GET) => {
                self.read(async move |asked| access::get(asked, &kind, &id).await)
                    .await
            }
            Route::Access(kind, id) => self.change_access(kind, id, &method, payload).await,
            Route::Members(id, None) if is(&Method::GET) => {
                let query = Query::parse(&self.parameters)?;
                self.read(async move |asked| accounts::members(asked, &id, &query).await)
                    .await
            }
            Route::Members(id, user) => self.change_members(id, user, &method, payload).await,
            Route::Myself => self.read(async |asked| accounts::myself(asked).await).await,
            Route::Token => self.token(payload).await,
            Route::Revoke => self.revoke(payload).await,
            Route::Identity => self.identity(payload).await,
            Route::Chunk(id) => self.chunk(id, payload).await,
            Route::DownloadUrl(id) => self.download_url(id).await,
            Route::Search => {
                let search = Search::parse(&self.parameters)?;
                let query = Query::parse(&self.parameters)?;
                search.goes_with(&query)?;
                let read = async move |asked: &Asked<'_>| {
                    objects::list(asked, &search.types, &query, Some(&search)).await
                };
                self.read(read).await
            }
            Route::StreamUrl => self.stream_url().await,
            Route::ObjectTypes(name) => self.object_types(name, &method, payload).await,
            Route::Content(_) | Route::AccountToken | Route::Apps(_) => Err(Refusal::Path),
        }?;
        Ok(ok(StatusCode::OK, &value))
    }

    fn store(&self) -> &Store {
        &self.running.store
    }

    async fn read(
        &self,
        work: impl AsyncFnOnce(&Asked<'_>) -> Result<Value, Refusal> + Send + 'static,
    ) -> Result<Value, Refusal> {
        let (backend, credentials) = (Arc::clone(self.backend), self.credentials.clone());
        let read =
            async move |tx: &Tx<'_>| work(&Asked::by(tx, &backend, &credentials, "").await?).await;
        self.store().read(read).await
    }

    async fn write(
        &self,
        work: impl AsyncFnOnce(&Asked<'_>) -> Result<Value, Refusal> + Send + 'static,
    ) -> Result<Value, Refusal> {
        let (backend, credentials) = (Arc::clone(self.backend), self.credentials.clone());
        let id = self.id.clone();
        let write =
            async move |tx: &Tx<'_>| work(&Asked::by(tx, &backend, &credentials, &id).await?).await;
        self.store().write(write).await
    }

    async fn body(&self, payload: Payload) -> Result<Bytes, Refusal> {
        Ok(body(payload, self.backend.max_body).await?)
    }

    /// The object of a body, read where it holds nobody up.
    async fn fields(
        &self,
        payload: Payload,
        kind: &str,
        id: Option<&str>,
    ) -> Result<Fields, Refusal> {
        let body = self.body(payload).await?;
        let (kind, id) = (kind.to_owned(), id.map(str::to_owned));
        let parsed = move || given(&body, &kind, id.as_deref());
        tokio::task::spawn_blocking(parsed)
            .await
            .unwrap_or(Err(Refusal::Failed))
    }

    async fn create(&self, kind: String, payload: Payload) -> Answer {
        let mut fields = self.fields(payload, &kind, None).await?;
        let value = if kind == "users" {
            let account = Account::take(&mut fields, &self.running.passwords, true).await?;
            let write =
                async move |asked: &Asked<'_>| accounts::create(asked, fields, account).await;
            self.write(write).await?
        } else {
            let write = async move |asked: &Asked<'_>| objects::create(asked, &kind, fields).await;
            self.write(write).await?
        };
        Ok(ok(StatusCode::CREATED, &value))
    }

    async fn update(&self, kind: String, id: String, payload: Payload) -> Result<Value, Refusal> {
        let mut fields = self.fields(payload, &kind, Some(&id)).await?;
        if kind == "users" {
            let account = Account::take(&mut fields, &self.running.passwords, false).await?;
            let write =
                async move |asked: &Asked<'_>| accounts::update(asked, &id, fields, account).await;
            return self.write(write).await;
        }
        let write = async move |asked: &Asked<'_>| objects::update(asked, &kind, &id, fields).await;
        self.write(write).await
    }

    async fn stream_url(&self) -> Result<Value, Refusal> {
        let example = r#"{"data":{"objectType":"objects.todos"}}"#;
        let filter = Filter::parse(self.parameters.json("filter", example)?)?;
        let (backend, credentials) = (Arc::clone(self.backend), self.credentials.clone());
        let read = async move |tx: &Tx<'_>| {
            Ok(match credentials {
                Credentials::Administrator => (Who::Administrator, i64::MAX),
                Credentials::None => (Who::Nobody, i64::MAX),
                Credentials::Token(hash) => {
                    let (user, until) = user_of(tx, &backend, &hash).await?;
                    (Who::User(user), until)
                }
            })
        };
        let (who, until) = self.store().read(read).await?;
        let (id, expires) = self.running.streams.open(Stream {
            backend: self.backend.name.clone(),
            who,
            until,
            filter,
        })?;
        let base = asked_socket_base(self.request).unwrap_or_default();
        Ok(json!({"expiringUrl": format!("{base}/?token={id}"), "expiresAt": iso(expires)}))
    }
}
