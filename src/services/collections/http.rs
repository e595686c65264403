//! Which collection and what of it a path means, and what each method does with it.

use actix_web::http::{Method, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use percent_encoding::percent_decode_str;

use super::collection::Collection;
use super::error::Refusal;
use super::query::Query;
use super::{Collections, body, list, relations, stream, told};
use crate::http::events::event_stream;
use crate::http::prefix;

const LIST: &str = "GET, HEAD, POST, OPTIONS";
const ENTRY: &str = "GET, HEAD, PUT, PATCH, DELETE, OPTIONS";
const READ: &str = "GET, HEAD, OPTIONS";

/// What a path means within a collection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// The list.
    List,
    /// The list as XML.
    Xml,
    /// The stream of changes, or the object of this key where it is not to be read.
    Events,
    /// An object.
    Entry(String),
    /// Below an object, where there is nothing.
    Below,
}

/// What a path means, as it stands in the request.
pub(super) fn find<'a>(
    collections: &'a Collections,
    path: &str,
) -> Option<(&'a Collection, Resource)> {
    let raw: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let parts: Vec<String> = raw
        .iter()
        // A key that is not UTF-8 is the key of nothing.
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let mut found = None;
    for collection in &collections.all {
        let Some(resource) = resource(collection, &raw, &parts) else {
            continue;
        };
        // The longest path, where one collection lies below another.
        let longer =
            |(other, _): &(&Collection, Resource)| other.segments.len() < collection.segments.len();
        if found.as_ref().is_none_or(longer) {
            found = Some((collection, resource));
        }
    }
    found
}

fn resource(collection: &Collection, raw: &[&str], parts: &[String]) -> Option<Resource> {
    let depth = collection.segments.len();
    let (own, rest) = (parts.get(..depth)?, parts.get(depth..)?);
    if own != collection.segments {
        let (name, folders) = own.split_last()?;
        let (own_name, own_folders) = collection.segments.split_last()?;
        let xml = name.strip_suffix(".xml")? == own_name && folders == own_folders;
        let ends = matches!(rest, [] | [_]) && rest.iter().all(String::is_empty);
        return (xml && ends && !collection.without_xml).then_some(Resource::Xml);
    }
    Some(match rest {
        [] => Resource::List,
        [end] if end.is_empty() => Resource::List,
        [key] | [key, _] if rest.get(1).is_none_or(String::is_empty) => {
            // Spelt another way, %65vents, it is the key.
            if raw.get(depth) == Some(&"events") {
                Resource::Events
            } else {
                Resource::Entry(key.clone())
            }
        }
        _ => Resource::Below,
    })
}

/// Answers a request whose path [`find`] knows.
pub(super) async fn answer(
    request: HttpRequest,
    payload: Payload,
    collections: Data<Collections>,
) -> HttpResponse {
    let Some((collection, resource)) = find(&collections, request.uri().path()) else {
        // The server only leads here what `claims` said yes to.
        return HttpResponse::NotFound().finish();
    };
    let done = respond(&request, payload, &collections, collection, resource).await;
    done.unwrap_or_else(|refusal| {
        // What is ordered, or anybody can have as often as they like, is no news.
        let is_news = !matches!(refusal, Refusal::OnPurpose { .. } | Refusal::TooManyStreams);
        if refusal.status().is_server_error() && is_news {
            tracing::error!("{} {}: {refusal}", request.method(), request.path());
        }
        refusal.respond(&request)
    })
}

async fn respond(
    request: &HttpRequest,
    payload: Payload,
    collections: &Collections,
    collection: &Collection,
    resource: Resource,
) -> Result<HttpResponse, Refusal> {
    let method = request.method();
    if method == Method::OPTIONS {
        let allow = match resource {
            Resource::List => LIST,
            Resource::Entry(_) | Resource::Events => ENTRY,
            Resource::Xml | Resource::Below => READ,
        };
        let mut response = HttpResponse::NoContent();
        return Ok(response.insert_header((header::ALLOW, allow)).finish());
    }
    collection.is_ready()?;
    if collection.faults.strike().await {
        let collection = collection.name.clone();
        return Err(Refusal::OnPurpose { collection });
    }
    let client = request.peer_addr().map(|peer| peer.ip());
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let key = match resource {
        Resource::List | Resource::Xml if reads => {
            let as_xml = resource == Resource::Xml || list::wants_xml(request);
            let query = Query::parse(request.query_string())?.bounded(&collection.key)?;
            let (window, told) = (query.window, told::of(collection, &query).await);
            let page = relations::list(request, collections, collection, query).await?;
            let mut response = list::respond(request, collection, window, page, as_xml).await?;
            list::warn(&mut response, told.as_deref());
            return Ok(response);
        }
        Resource::List => {
            if method != Method::POST {
                return Err(Refusal::Method { allow: LIST });
            }
            writable(collection)?;
            let object = body::object(payload, collection.max_body).await?;
            let (key, object) = collection.create(object).await?;
            let mut response = HttpResponse::Created();
            let location = prefix(request) + &list::path_of_object(collection, &key);
            response
                .insert_header((header::LOCATION, location))
                .insert_header((header::ACCESS_CONTROL_EXPOSE_HEADERS, "Location"));
            let text = object.to_json();
            return list::respond_object(request, collection, response, text).await;
        }
        Resource::Xml => return Err(Refusal::Method { allow: READ }),
        Resource::Events if method == Method::GET => {
            return stream::open(collections, &collection.name, client);
        }
        Resource::Events if method == Method::HEAD => return Ok(event_stream().finish()),
        Resource::Below => {
            let collection = collection.name.clone();
            return Err(Refusal::TooDeep { collection });
        }
        Resource::Events => "events".to_owned(),
        Resource::Entry(key) => key,
    };
    entry(request, payload, (collections, collection), key).await
}

async fn entry(
    request: &HttpRequest,
    payload: Payload,
    (collections, collection): (&Collections, &Collection),
    key: String,
) -> Result<HttpResponse, Refusal> {
    if key.contains('\0') {
        // The key of nothing, and no value for a database.
        let collection = collection.name.clone();
        return Err(Refusal::Unknown { collection, key });
    }
    let ok = HttpResponseBuilder::new(actix_web::http::StatusCode::OK);
    let object = match *request.method() {
        Method::GET | Method::HEAD => {
            let query = of_object(request.query_string())?;
            let text = relations::entry(request, (collections, collection), &key, query).await?;
            return list::respond_object(request, collection, ok, text).await;
        }
        Method::DELETE => {
            writable(collection)?;
            collection.delete(&key).await?;
            return Ok(HttpResponse::Ok().json(serde_json::json!({"result": true})));
        }
        Method::PUT => {
            writable(collection)?;
            let replace = replaces(request.query_string())?;
            let given = body::object(payload, collection.max_body).await?;
            let field = collection.key.clone();
            let change = move |old: &super::Object| {
                Ok(match replace {
                    true => given.with_key_of(old, &field),
                    false => old.updated(&given),
                })
            };
            collection.update(&key, change).await?
        }
        Method::PATCH => {
            writable(collection)?;
            let patch = body::object(payload, collection.max_body).await?;
            let change = move |old: &super::Object| old.patched(&patch).map_err(Refusal::json);
            collection.update(&key, change).await?
        }
        _ => return Err(Refusal::Method { allow: ENTRY }),
    };
    list::respond_object(request, collection, ok, object.to_json()).await
}

pub(super) fn writable(collection: &Collection) -> Result<(), Refusal> {
    if collection.readonly {
        let collection = collection.name.clone();
        return Err(Refusal::ReadOnly { collection });
    }
    Ok(())
}

/// Of an object only its fields and what is told with it can be chosen; other parameters mean
/// nothing, such as the time that a client adds to get around a cache.
fn of_object(query: &str) -> Result<Query, Refusal> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let chosen = pairs.filter(|(name, _)| ["_fields", "_embed", "_expand"].contains(&&**name));
    let only = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(chosen)
        .finish();
    Query::parse(&only)
}

fn replaces(query: &str) -> Result<bool, Refusal> {
    match parameter(query, "replace").as_deref() {
        None | Some("false") => Ok(false),
        Some("true" | "") => Ok(true),
        Some(other) => Err(Refusal::Query {
            message: format!("replace is {other:?}, which is neither true nor false"),
            hint: "write ?replace=true for the whole object".to_owned(),
        }),
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(key, _)| key == name)?;
    Some(value.into_owned())
}
