//! What the gateways' endpoints do.

use std::sync::Arc;

use actix_http::ws::CloseCode;
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Value, json};

use super::endpoint::{BASES, CONFIGURATION, MESSAGES, SOCKET, SOCKETS, URI, WEBHOOK};
use super::error::GatewayError;
use super::tokens::Reservation;
use super::{DEFAULT, Receivers, message};
use crate::access::asked_socket_base;
use crate::http::{iso, uncached};
use crate::services::hub::Hub;
use crate::services::hub::bus::{Envelope, Recipients};
use crate::services::hub::config::AccessMode;
use crate::services::hub::frame::{Body, Frame};

type Answer = Result<HttpResponse, GatewayError>;

/// A body, or why there is none; whoever may not send one is told that first.
type Sent = Result<Bytes, GatewayError>;

/// What surrounds the data of a message in a body, in bytes.
const ENVELOPE: usize = 64 << 10;

/// The most bytes of a body without a message.
const SMALL: usize = 64 << 10;

/// Adds the routes; a message may have `most` bytes.
pub(crate) fn routes(config: &mut ServiceConfig, most: usize) {
    let large = large(most);
    for base in BASES {
        let at = |path: &str, most: usize, methods: &'static str| {
            web::resource(format!("{base}{path}"))
                .app_data(web::PayloadConfig::new(most))
                .default_service(web::to(move || no_method(methods)))
        };
        config
            .service(at(URI, SMALL, "GET").route(web::get().to(uri)))
            .service(at(MESSAGES, large, "POST").route(web::post().to(send)))
            .service(
                at(SOCKETS, SMALL, "GET, POST")
                    .route(web::get().to(list))
                    .route(web::post().to(create)),
            )
            .service(
                at(SOCKET, SMALL, "GET, DELETE")
                    .route(web::get().to(read))
                    .route(web::delete().to(delete)),
            )
            .service(
                at(CONFIGURATION, SMALL, "GET, PUT")
                    .route(web::get().to(configuration))
                    .route(web::put().to(configure)),
            )
            .service(at(WEBHOOK, large, "POST").route(web::post().to(webhook)));
    }
}

/// The most bytes of a body with a message of up to `most`: each may be six in
/// JSON, `\u0001`.
fn large(most: usize) -> usize {
    most.saturating_mul(6).saturating_add(ENVELOPE)
}

async fn no_method(methods: &'static str) -> Answer {
    Err(GatewayError::Method(methods))
}

/// Whom an endpoint is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// Whoever the access mode lets in.
    Public,
    /// The administrator.
    Admin,
}

/// The gateway that a request is for, if it may be.
fn gateway(request: &HttpRequest, hub: &Hub, whom: For) -> Result<String, GatewayError> {
    let name = request.match_info().get("gateway").unwrap_or(DEFAULT);
    let (mode, token) = hub.gateways.rules(name);
    if let Some(token) = token
        && (whom == For::Admin || mode == AccessMode::Custom)
    {
        let given = bearer(request).ok_or(GatewayError::NoToken)?;
        // Hashes compare in constant time.
        if blake3::hash(given.as_bytes()) != blake3::hash(token.as_bytes()) {
            return Err(GatewayError::WrongToken);
        }
    }
    hub.gateways.check(name)?;
    Ok(name.to_owned())
}

/// The token of the Authorization header; the scheme in any case, as clients
/// write it.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

async fn uri(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Public)?;
    let (token, reservation) = hub.gateways.reserve(&gateway, &[])?;
    Ok(answer(
        StatusCode::OK,
        &reserved(&request, &token, &reservation),
    ))
}

async fn create(request: HttpRequest, hub: Data<Arc<Hub>>, body: Sent) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let tags = message::tags(&within(SMALL, body)?)?;
    let (token, reservation) = hub.gateways.reserve(&gateway, &tags)?;
    let mut described = reserved(&request, &token, &reservation);
    described["id"] = token.into();
    Ok(answer(StatusCode::CREATED, &described))
}

/// Where and until when a socket can be opened.
fn reserved(request: &HttpRequest, token: &str, reservation: &Reservation) -> Value {
    let base = asked_socket_base(request).unwrap_or_else(|| "ws://localhost".to_owned());
    json!({
        "uri": format!("{base}/?token={token}"),
        "expiresAt": iso(reservation.expires),
        "tags": reservation.tags(),
    })
}

async fn send(request: HttpRequest, hub: Data<Arc<Hub>>, body: Sent) -> Answer {
    let gateway = gateway(&request, &hub, For::Public)?;
    let body = within(large(hub.config.limits.message), body)?;
    let (data, receivers, given) = message::message(&body)?;
    fits(&hub, &data)?;
    let answer = told(&data, &given);
    say(&hub, gateway, receivers, data);
    Ok(answer)
}

async fn webhook(request: HttpRequest, hub: Data<Arc<Hub>>, body: Sent) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let (data, receivers) = message::webhook(&within(large(hub.config.limits.message), body)?)?;
    fits(&hub, &data)?;
    let answer = told(&data, &receivers);
    say(&hub, gateway, receivers, data);
    Ok(answer)
}

/// The answer to a message: what was said, and to whom.
fn told(data: &str, receivers: &impl Serialize) -> HttpResponse {
    #[derive(Serialize)]
    struct Accepted<'a, R> {
        data: &'a str,
        receivers: &'a R,
    }
    answer(StatusCode::CREATED, &Accepted { data, receivers })
}

fn fits(hub: &Hub, data: &str) -> Result<(), GatewayError> {
    let most = hub.config.limits.message;
    if data.len() > most {
        return Err(GatewayError::invalid(
            "data",
            format!(
                "has {} bytes; a message may have {most}, which message in [websockets] of qmlserve.toml says",
                data.len()
            ),
        ));
    }
    Ok(())
}

fn say(hub: &Hub, gateway: String, receivers: Receivers, data: String) {
    let to = Recipients::Gateway {
        name: gateway,
        receivers,
    };
    let body = Body::Text(data);
    hub.publish(&Envelope { to, body }, None);
}

async fn list(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let results = hub.gateways.list(&gateway);
    Ok(answer(StatusCode::OK, &json!({"results": results})))
}

async fn read(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let described = hub.gateways.describe(&gateway, socket(&request))?;
    Ok(answer(StatusCode::OK, &described))
}

async fn delete(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let outbox = hub.gateways.outbox(&gateway, socket(&request))?;
    outbox.close(&Frame::close_with(
        CloseCode::Normal,
        "closed through the gateway",
    ));
    hub.gateways.leave(socket(&request));
    Ok(answer(StatusCode::OK, &json!({})))
}

fn socket(request: &HttpRequest) -> &str {
    request.match_info().get("socket").unwrap_or_default()
}

async fn configuration(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let (mode, _) = hub.gateways.rules(&gateway);
    let settings = hub.gateways.settings(&gateway);
    Ok(answer(StatusCode::OK, &settings.told(&gateway, mode)))
}

/// Kept and told back; who may do what is the config file's to say.
async fn configure(request: HttpRequest, hub: Data<Arc<Hub>>, body: Sent) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let (mode, _) = hub.gateways.rules(&gateway);
    let mut settings = hub.gateways.settings(&gateway);
    settings.update(&within(SMALL, body)?, mode)?;
    let response = answer(StatusCode::OK, &settings.told(&gateway, mode));
    hub.gateways.set_settings(&gateway, settings)?;
    Ok(response)
}

/// The body, refused with the number of bytes that it may have.
fn within(most: usize, body: Sent) -> Sent {
    body.map_err(|error| match error {
        GatewayError::TooLarge(_) => GatewayError::TooLarge(most),
        error => error,
    })
}

fn answer(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    uncached(status).json(body)
}
