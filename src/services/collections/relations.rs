//! Objects that name others by their keys: `postId` of a comment is the key of a post. With
//! `_expand=post` a comment is told with its post, with `_embed=comments` a post with its comments.

use std::collections::HashMap;

use actix_web::HttpRequest;

use super::Collections;
use super::aside::aside;
use super::collection::{Collection, project};
use super::error::Refusal;
use super::list::path_of;
use super::object::Object;
use super::query::{Filter, Op, Query};
use super::store::{Page, StoreError};
use crate::access::may_see;

/// The most objects of a list that others are told with.
const MOST: usize = 1_000;

/// The values of one filter; more are asked for in several lists.
const AT_ONCE: usize = 200;

/// The most bytes that an answer grows by.
const LARGEST: usize = 32 << 20;

/// One relation.
struct Relation<'a> {
    /// The field that it is told in.
    name: String,
    /// Where the others are.
    other: &'a Collection,
    /// The field that has the key of the one it belongs to.
    field: String,
    /// Whether the others are many and have the field; else the objects of the list have it.
    is_many: bool,
}

/// The list that `query` asks for, with its relations, and then only with its fields.
pub(super) async fn list(
    request: &HttpRequest,
    collections: &Collections,
    collection: &Collection,
    mut query: Query,
) -> Result<Page, Refusal> {
    let relations = relations(request, collections, collection, &query)?;
    let mut fields = std::mem::take(&mut query.fields);
    let mut page = collection.list(query).await?;
    add(collection, &relations, &mut page).await?;
    if !fields.is_empty() {
        fields.extend(relations.into_iter().map(|relation| vec![relation.name]));
    }
    project(page, &fields).await
}

/// The object of this key, the same way.
pub(super) async fn entry(
    request: &HttpRequest,
    (collections, collection): (&Collections, &Collection),
    key: &str,
    query: Query,
) -> Result<String, Refusal> {
    let relations = relations(request, collections, collection, &query)?;
    let mut page = Page::of(collection.get(key).await?);
    add(collection, &relations, &mut page).await?;
    let mut fields = query.fields;
    if !fields.is_empty() {
        fields.extend(relations.into_iter().map(|relation| vec![relation.name]));
    }
    let page = project(page, &fields).await?;
    Ok(page.objects.into_iter().next().unwrap_or_default())
}

fn relations<'a>(
    request: &HttpRequest,
    collections: &'a Collections,
    collection: &'a Collection,
    query: &Query,
) -> Result<Vec<Relation<'a>>, Refusal> {
    let many = |name: &str| collections.all.iter().find(|other| other.name == name);
    let one = |name: &str| collections.all.iter().find(|other| other.one() == name);
    let embed = query.embed.iter().map(|name| (name, true));
    let expand = query.expand.iter().map(|name| (name, false));
    let wanted = embed.chain(expand).map(|(name, wants_many)| {
        let (other, is_many) = match (many(name), one(name)) {
            (Some(other), _) if wants_many => (other, true),
            // json-server 1 has one word for both.
            (_, Some(other)) => (other, false),
            (Some(_), None) => {
                let message = format!("_expand={name} names many");
                let hint = format!("write _embed={name}, or _expand= with the name of one");
                return Err(Refusal::Query { message, hint });
            }
            (None, None) => {
                let known: Vec<&str> = collections.all.iter().map(|c| c.name.as_str()).collect();
                let message = format!("there is no collection {name:?} to be told with this one");
                let hint = format!("there are {}", known.join(", "));
                return Err(Refusal::Query { message, hint });
            }
        };
        if !may_see(request, &path_of(other)) {
            let collection = other.name.clone();
            return Err(Refusal::Private { collection });
        }
        other.is_ready()?;
        let field = match is_many {
            true => format!("{}Id", collection.one()),
            false => format!("{name}Id"),
        };
        Ok(Relation {
            name: name.clone(),
            other,
            field,
            is_many,
        })
    });
    wanted.collect()
}

async fn add(
    collection: &Collection,
    relations: &[Relation<'_>],
    page: &mut Page,
) -> Result<(), Refusal> {
    if relations.is_empty() {
        return Ok(());
    }
    if page.objects.len() > MOST {
        let message = format!(
            "others are told with {MOST} objects at most, and this list has {}",
            page.objects.len()
        );
        return Err(narrower(message));
    }
    let mut grown = 0;
    for relation in relations {
        // What the objects are called, or what they call the others.
        let field = match relation.is_many {
            true => &collection.key,
            false => &relation.field,
        };
        let objects = std::mem::take(&mut page.objects);
        let size = objects.iter().map(String::len).sum();
        let named = field.clone();
        let objects = aside(size, move || {
            let named = |text: String| {
                let object = stored(&text)?;
                let key = object.key(&named).ok();
                Ok::<_, Refusal>((key, object))
            };
            objects
                .into_iter()
                .map(named)
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
        let keys = objects.iter().filter_map(|(key, _)| key.clone()).collect();
        let others = others(relation, keys).await?;
        let (name, is_many) = (relation.name.clone(), relation.is_many);
        let told = |(key, _): &(Option<String>, Object)| {
            let others = key.as_ref().and_then(|key| others.get(key));
            others.map_or(0, |texts| texts.iter().map(String::len).sum())
        };
        grown += objects.iter().map(told).sum::<usize>();
        if grown > LARGEST {
            let message = format!("this list with its {name} is larger than {LARGEST} bytes");
            return Err(narrower(message));
        }
        page.objects = aside(size + grown, move || {
            let name = serde_json::to_string(&name).unwrap_or_default();
            let with = |(key, object): (Option<String>, Object)| {
                let texts = key
                    .and_then(|key| others.get(&key))
                    .map_or(&[][..], |all| all);
                let value = match (is_many, texts.first()) {
                    (true, _) => format!("[{}]", texts.join(",")),
                    (false, Some(text)) => text.clone(),
                    // As json-server has it: what is not there is not told.
                    (false, None) => return Ok(object.to_json()),
                };
                let relation = stored(&format!("{{{name}:{value}}}"))?;
                Ok(object.updated(&relation).to_json())
            };
            objects.into_iter().map(with).collect()
        })
        .await?;
    }
    Ok(())
}

/// The others as they are kept, by the key that relates them.
async fn others(
    relation: &Relation<'_>,
    mut keys: Vec<String>,
) -> Result<HashMap<String, Vec<String>>, Refusal> {
    keys.sort_unstable();
    keys.dedup();
    let field = match relation.is_many {
        true => &relation.field,
        false => &relation.other.key,
    };
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    let mut size = 0;
    for keys in keys.chunks(AT_ONCE) {
        let query = Query {
            filters: vec![Filter {
                path: vec![field.clone()],
                op: Op::In,
                values: keys.to_vec(),
            }],
            ..Query::default()
        };
        let page = relation.other.list(query).await?;
        size += page.size();
        if size > LARGEST {
            let message = format!("the {} of this list have too many bytes", relation.name);
            return Err(narrower(message));
        }
        let named = field.clone();
        let keyed = aside(page.size(), move || {
            let keyed = page.objects.into_iter().map(|text| {
                let key = stored(&text)?.key(&named)?;
                Ok((key, text))
            });
            keyed.collect::<Result<Vec<_>, Refusal>>()
        })
        .await?;
        for (key, text) in keyed {
            all.entry(key).or_default().push(text);
        }
    }
    Ok(all)
}

fn stored(text: &str) -> Result<Object, Refusal> {
    Ok(Object::stored(text).map_err(|error| StoreError::Other(error.to_string()))?)
}

fn narrower(message: String) -> Refusal {
    let hint = "ask for a page, as in _page=1&_per_page=20".to_owned();
    Refusal::Query { message, hint }
}
