//! The gateways' endpoints, below `/v1`, `/v1/gateways/{gateway}` and, as the
//! oldest clients have it, `/v1/instances/{gateway}`.

use std::sync::Arc;

use actix_http::ws::CloseCode;
use actix_web::http::header;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::error::GatewayError;
use super::{DEFAULT, Receivers, Reservation, instant, message};
use crate::access::asked_host;
use crate::services::hub::Hub;
use crate::services::hub::bus::{Envelope, Target};
use crate::services::hub::config::AccessMode;
use crate::services::hub::frame::{Body, Frame};

type Answer = Result<HttpResponse, GatewayError>;

/// A body, or why there is none; whoever may not send one is told that first.
type Sent = Result<Bytes, GatewayError>;

/// What surrounds the data of a message in a body.
const ENVELOPE: usize = 64 << 10;

/// Adds the routes; a message may have `most` bytes.
pub fn routes(config: &mut ServiceConfig, most: usize) {
    for base in ["/v1", "/v1/gateways/{gateway}", "/v1/instances/{gateway}"] {
        let at = |path: &str| {
            // Text may double in JSON; what is over the limit is refused below.
            let limit = web::PayloadConfig::new(most.saturating_mul(2).saturating_add(ENVELOPE));
            web::resource(format!("{base}{path}")).app_data(limit)
        };
        config
            .service(at("/websocket_uri").route(web::get().to(uri)))
            .service(at("/messages").route(web::post().to(send)))
            .service(
                at("/sockets")
                    .route(web::get().to(list))
                    .route(web::post().to(create)),
            )
            .service(
                at("/sockets/{socket}")
                    .route(web::get().to(read))
                    .route(web::delete().to(delete)),
            )
            .service(
                at("/configuration")
                    .route(web::get().to(configuration))
                    .route(web::put().to(configure)),
            )
            .service(at("/webhook_receivers/enginio").route(web::post().to(webhook)));
    }
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
    hub.gateways.ensure(name)?;
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
        HttpResponse::Ok(),
        &reserved(&request, &token, &reservation),
    ))
}

async fn create(request: HttpRequest, hub: Data<Arc<Hub>>, body: Sent) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let tags = message::tags(&body?)?;
    let (token, reservation) = hub.gateways.reserve(&gateway, &tags)?;
    let mut described = reserved(&request, &token, &reservation);
    described["id"] = token.into();
    Ok(answer(HttpResponse::Created(), &described))
}

/// Where and until when a socket can be opened.
fn reserved(request: &HttpRequest, token: &str, reservation: &Reservation) -> Value {
    let host = asked_host(request).map_or_else(|| "localhost".to_owned(), |host| host.to_url());
    json!({
        "uri": format!("ws://{host}/?token={token}"),
        "expiresAt": instant::iso(reservation.expires),
        "tags": reservation.tags,
    })
}

async fn send(request: HttpRequest, hub: Data<Arc<Hub>>, body: Sent) -> Answer {
    let gateway = gateway(&request, &hub, For::Public)?;
    let body = message::parse(&body?)?;
    let (data, receivers) = message::message(&body)?;
    fits(&hub, &data)?;
    let echo = json!({"data": data, "receivers": body["receivers"]});
    say(&hub, gateway, receivers, data);
    Ok(answer(HttpResponse::Created(), &echo))
}

async fn webhook(request: HttpRequest, hub: Data<Arc<Hub>>, body: Sent) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let (data, receivers) = message::webhook(&message::parse(&body?)?)?;
    fits(&hub, &data)?;
    let echo = json!({"data": data, "receivers": receivers});
    say(&hub, gateway, receivers, data);
    Ok(answer(HttpResponse::Created(), &echo))
}

fn fits(hub: &Hub, data: &str) -> Result<(), GatewayError> {
    if data.len() > hub.config.limits.message {
        return Err(GatewayError::invalid(
            "data",
            "is larger than a message may be",
        ));
    }
    Ok(())
}

fn say(hub: &Hub, gateway: String, receivers: Receivers, data: String) {
    let to = Target::Gateway {
        name: gateway,
        receivers,
    };
    let body = Body::Text(data);
    hub.publish(&Envelope { to, body }, None);
}

async fn list(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let results = hub.gateways.list(&gateway);
    Ok(answer(HttpResponse::Ok(), &json!({"results": results})))
}

async fn read(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let described = hub.gateways.describe(&gateway, socket(&request))?;
    Ok(answer(HttpResponse::Ok(), &described))
}

async fn delete(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let outbox = hub.gateways.outbox(&gateway, socket(&request))?;
    outbox.close(&Frame::close_with(
        CloseCode::Normal,
        "closed through the gateway",
    ));
    hub.gateways.leave(socket(&request));
    Ok(answer(HttpResponse::Ok(), &json!({})))
}

fn socket(request: &HttpRequest) -> &str {
    request.match_info().get("socket").unwrap_or_default()
}

async fn configuration(request: HttpRequest, hub: Data<Arc<Hub>>) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    Ok(answer(HttpResponse::Ok(), &hub.gateways.settings(&gateway)))
}

/// Kept and told back; who may do what is the config file's to say.
async fn configure(request: HttpRequest, hub: Data<Arc<Hub>>, body: Sent) -> Answer {
    let gateway = gateway(&request, &hub, For::Admin)?;
    let new = message::parse(&body?)?;
    let mut settings = hub.gateways.settings(&gateway);
    for (key, value) in new {
        match key.as_str() {
            "name" if value.is_string() => settings["name"] = value,
            "name" => return Err(GatewayError::invalid("name", "must be a string")),
            "permissions" if value.is_object() => settings["permissions"] = value,
            "permissions" => return Err(GatewayError::invalid("permissions", "must be an object")),
            "identityProvider" => settings["identityProvider"] = value,
            _ => {}
        }
    }
    hub.gateways.set_settings(&gateway, settings.clone());
    Ok(answer(HttpResponse::Ok(), &settings))
}

fn answer(mut response: actix_web::HttpResponseBuilder, body: &Value) -> HttpResponse {
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
