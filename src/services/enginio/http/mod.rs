//! Requests and answers: whatever a path and a method mean, handed to what does it.

mod logins;
mod uploads;

use std::sync::Arc;

use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::access::asked_socket_base;
use crate::http::{body, iso, uncached};
use crate::services::enginio::access::{self, Grants, How};
use crate::services::enginio::accounts::{self, Account};
use crate::services::enginio::asked::{Asked, Credentials, user_of};
use crate::services::enginio::atomic::Operations;
use crate::services::enginio::backend::Backend;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::{given, json_object};
use crate::services::enginio::objects;
use crate::services::enginio::query::{Parameters, Query, Search};
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
    if let Route::Content(id) = &route {
        return uploads::content(request, running, id, &parameters).await;
    }
    let backend = enginio.backend(text_of(request, "enginio-backend-id"))?;
    let incoming = Incoming {
        request,
        running,
        backend,
        credentials: Credentials::of(backend, token(request)),
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
        | Route::StreamUrl => "GET",
        Route::Token | Route::Revoke | Route::Identity | Route::ObjectTypes => "POST",
    }
}

fn text_of<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

/// What a request shows to be let in; the scheme in any case, as clients write it.
fn token(request: &HttpRequest) -> Option<&str> {
    let bearer = text_of(request, "authorization")
        .and_then(|value| value.trim().split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    // As clients of before OAuth have it.
    bearer
        .or_else(|| text_of(request, "enginio-backend-session"))
        .or_else(|| text_of(request, "enginio-backend-masterkey"))
        .filter(|token| !token.is_empty())
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
                self.write(async move |asked| objects::remove(asked, &kind, &id).await)
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
            Route::ObjectTypes => self.object_types(payload).await,
            Route::Content(_) => Err(Refusal::Path),
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

    /// What is removed may stand in the query: QML sends no body with DELETE.
    async fn sent(&self, name: &str, example: &str, payload: Payload) -> Result<Fields, Refusal> {
        match self.parameters.json(name, example)? {
            Some(Value::Object(fields)) => Ok(fields),
            Some(_) => Err(Refusal::bad(format!(
                "{name} is no object; write {name}={example}"
            ))),
            None => json_object(&self.body(payload).await?),
        }
    }

    async fn change_access(
        &self,
        kind: String,
        id: String,
        method: &Method,
        payload: Payload,
    ) -> Result<Value, Refusal> {
        let how = match *method {
            Method::POST => How::Set,
            Method::PUT => How::Add,
            _ => How::Remove,
        };
        let example = r#"{"read":[{"id":"*","objectType":"aclSubject"}]}"#;
        let grants = Grants::parse(&self.sent("acl", example, payload).await?)?;
        let write =
            async move |asked: &Asked<'_>| access::change(asked, &kind, &id, grants, how).await;
        self.write(write).await
    }

    async fn change_members(
        &self,
        id: String,
        user: Option<String>,
        method: &Method,
        payload: Payload,
    ) -> Result<Value, Refusal> {
        let named = user.or_else(|| self.parameters.get("id").map(str::to_owned));
        let user = match named {
            Some(user) => user,
            None => {
                let body = self.body(payload).await?;
                let fields = json_object(&body)?;
                let user = fields.get("id").and_then(Value::as_str).map(str::to_owned);
                user.ok_or_else(|| {
                    Refusal::bad(r#"say who: {"id": USER, "objectType": "users"}, or ?id=USER"#)
                })?
            }
        };
        if *method == Method::POST {
            return self
                .write(async move |asked| accounts::add(asked, &id, &user).await)
                .await;
        }
        self.write(async move |asked| accounts::leave(asked, &id, &user).await)
            .await
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

    /// Types need no declaration: what is sent is told back to who may send it.
    async fn object_types(&self, payload: Payload) -> Result<Value, Refusal> {
        if self.credentials != Credentials::Administrator {
            return Err(Refusal::Forbidden(
                "declare types: send the token of [enginio.NAME]",
            ));
        }
        let fields = json_object(&self.body(payload).await?)?;
        let properties = fields
            .get("properties")
            .cloned()
            .unwrap_or_else(|| json!([]));
        let name = fields.get("name").cloned().unwrap_or_default();
        Ok(json!({"name": name, "properties": properties}))
    }
}
