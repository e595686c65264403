//! What can be done with objects of any type: each function is a part of one transaction.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::affected::Affected;
use super::asked::{Asked, now};
use super::atomic::Operations;
use super::change::Event;
use super::error::Refusal;
use super::id::new_id;
use super::include;
use super::object::{reference, reference_to, words};
use super::query::{Query, Search, sql};
use super::readers::Readers;
use super::rights::{self, Fields, Right, Stored, Who, condition, may_create, parsed};
use crate::database::sql::Param;

/// The most objects that go with one that is removed.
const MOST_REMOVED: usize = 10_000;

/// The list, or the number, that a query asks for.
pub(super) async fn list(
    asked: &Asked<'_>,
    types: &[String],
    query: &Query,
    search: Option<&Search>,
) -> Result<Value, Refusal> {
    let mut builder = asked.tx.builder();
    let backend = builder.bind(Param::Text(asked.backend.name.clone()));
    let types = types
        .iter()
        .map(|kind| builder.bind(Param::Text(kind.clone())));
    let types = types.collect::<Vec<_>>().join(", ");
    let read = condition(&mut builder, &asked.who, Right::Read);
    let mut conditions = format!("o.backend = {backend} AND o.type IN ({types}) AND {read}");
    conditions += " AND ";
    conditions += &sql::condition(&mut builder, &query.condition);
    if let Some(search) = search {
        conditions += " AND ";
        conditions += &sql::search(&mut builder, search);
    }
    if query.counts {
        let select = format!("SELECT count(*) FROM enginio_objects o WHERE {conditions}");
        let rows = asked.tx.query(&select, &builder.into_params()).await?;
        return Ok(json!({"count": rows.first().map_or(0, |row| row.number(0))}));
    }
    let order = sql::order(&mut builder, query, search);
    let limit = builder.bind(Param::Count(query.limit));
    let offset = builder.bind(Param::Count(query.offset));
    let select = format!(
        "SELECT o.body FROM enginio_objects o WHERE {conditions} ORDER BY {order} \
         LIMIT {limit} OFFSET {offset}"
    );
    let rows = asked.tx.query(&select, &builder.into_params()).await?;
    let objects = rows.iter().map(|row| parsed(row.text(0)));
    let mut objects: Vec<Fields> = objects.collect::<Result<_, _>>()?;
    include::follow(asked, &mut objects, &query.include).await?;
    let mut answer = Map::new();
    answer.insert(
        "results".to_owned(),
        objects.into_iter().map(Value::Object).collect(),
    );
    answer.insert("query".to_owned(), Value::Object(query.echo.clone()));
    Ok(Value::Object(answer))
}

/// One object.
pub(super) async fn get(
    asked: &Asked<'_>,
    kind: &str,
    id: &str,
    query: &Query,
) -> Result<Value, Refusal> {
    let stored = stored(asked, kind, id, Right::Read).await?;
    let mut objects = [stored.body];
    include::follow(asked, &mut objects, &query.include).await?;
    let [body] = objects;
    Ok(Value::Object(body))
}

/// The object of this id, if `right` is there.
pub(super) async fn stored(
    asked: &Asked<'_>,
    kind: &str,
    id: &str,
    right: Right,
) -> Result<Stored, Refusal> {
    rights::object(asked.tx, asked.backend, &asked.who, kind, id, right).await
}

/// Keeps a new object.
pub(super) async fn create(
    asked: &Asked<'_>,
    kind: &str,
    fields: Fields,
) -> Result<Value, Refusal> {
    let rules = asked.backend.rules(kind);
    may_create(asked.tx, asked.backend, &asked.who, &rules).await?;
    let parent = parent(asked, kind, &fields).await?;
    let stored = insert(asked, kind, fields, &parent, asked.who.user()).await?;
    let (tx, backend) = (asked.tx, asked.backend);
    rights::give(tx, backend, &asked.who, &rules, &stored.id).await?;
    let readers = asked.readers(&stored).await?;
    asked.tell(Event::Create, stored.body.clone(), readers, None);
    Ok(Value::Object(stored.body))
}

/// Puts a new object into its table, without any rights.
pub(super) async fn insert(
    asked: &Asked<'_>,
    kind: &str,
    fields: Fields,
    parent: &str,
    creator: Option<&str>,
) -> Result<Stored, Refusal> {
    insert_as(asked, new_id()?, kind, fields, parent, creator).await
}

/// The same, with this id.
pub(super) async fn insert_as(
    asked: &Asked<'_>,
    id: String,
    kind: &str,
    fields: Fields,
    parent: &str,
    creator: Option<&str>,
) -> Result<Stored, Refusal> {
    let now = now();
    let mut body = Fields::new();
    body.insert("id".to_owned(), id.as_str().into());
    body.insert("objectType".to_owned(), kind.into());
    body.insert("createdAt".to_owned(), now.as_str().into());
    body.insert("updatedAt".to_owned(), now.into());
    if let Some(creator) = creator {
        for name in ["creator", "updater"] {
            body.insert(name.to_owned(), reference_to("users", creator));
        }
    }
    body.extend(fields);
    let words = words(&body);
    let text = Value::Object(body.clone()).to_string();
    let insert = "INSERT INTO enginio_objects (backend, type, id, parent, body, words)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = [&asked.backend.name, kind, &id, parent, &text, &words];
    asked.tx.run(insert, &values).await?;
    Ok(Stored {
        kind: kind.to_owned(),
        id,
        parent: parent.to_owned(),
        body,
    })
}

/// Puts these properties in the place of the object's own; the others stay.
pub(super) async fn update(
    asked: &Asked<'_>,
    kind: &str,
    id: &str,
    fields: Fields,
) -> Result<Value, Refusal> {
    let before = stored(asked, kind, id, Right::Update).await?;
    merge(asked, before, fields).await
}

/// Does what operators say.
pub(super) async fn atomic(
    asked: &Asked<'_>,
    kind: &str,
    id: &str,
    operations: Operations,
) -> Result<Value, Refusal> {
    let before = stored(asked, kind, id, Right::Update).await?;
    let fields = operations.changes(&before.body)?;
    for name in [
        "id",
        "objectType",
        "createdAt",
        "updatedAt",
        "creator",
        "updater",
    ] {
        if fields.contains_key(name) {
            let message = format!("{name} is what only the server says");
            return Err(Refusal::property(name, message));
        }
    }
    merge(asked, before, fields).await
}

/// Puts these properties into an object that may be changed.
pub(super) async fn merge(
    asked: &Asked<'_>,
    before: Stored,
    fields: Fields,
) -> Result<Value, Refusal> {
    let mut after = before.clone();
    after.body.extend(fields);
    if before.kind.starts_with("objects.") {
        after.parent = parent_of(asked, &before.kind, &after.body);
        if after.parent != before.parent {
            // Whose rights hold is for who gives them to say.
            stored(asked, &before.kind, &before.id, Right::Admin).await?;
            after.parent = parent(asked, &before.kind, &after.body).await?;
        }
    }
    after
        .body
        .insert("updatedAt".to_owned(), later(&before.body).into());
    match &asked.who {
        Who::User(id) => {
            after
                .body
                .insert("updater".to_owned(), reference_to("users", id));
        }
        Who::Administrator | Who::Nobody => {}
    }
    let text = Value::Object(after.body.clone()).to_string();
    let limit = asked.backend.max_body;
    if text.len() as u64 > limit.saturating_add(1024) {
        return Err(Refusal::TooLarge {
            limit,
            key: "max_body",
        });
    }
    let readers_before = asked.readers(&before).await?;
    let below = match after.parent == before.parent {
        true => None,
        false => Some(Affected::below(asked, &before).await?),
    };
    let update = "UPDATE enginio_objects SET parent = ?3, body = ?4, words = ?5
        WHERE backend = ?1 AND id = ?2";
    let words = words(&after.body);
    let values = [&asked.backend.name, &after.id, &after.parent, &text, &words];
    asked.tx.run(update, &values.map(String::as_str)).await?;
    let readers = asked.readers(&after).await?;
    let changed = (readers != readers_before).then_some(readers_before);
    asked.tell(Event::Update, after.body.clone(), readers.clone(), changed);
    if let Some(below) = below {
        below.tell(asked, readers).await?;
    }
    Ok(Value::Object(after.body))
}

/// Now, but never before what the object says already: clients drop what seems older.
fn later(body: &Fields) -> String {
    let now = now();
    match body.get("updatedAt").and_then(Value::as_str) {
        Some(before) if before > now.as_str() => before.to_owned(),
        _ => now,
    }
}

/// Removes an object, and what inherits its rights.
pub(super) async fn remove(asked: &Asked<'_>, kind: &str, id: &str) -> Result<Value, Refusal> {
    let first = stored(asked, kind, id, Right::Delete).await?;
    remove_with_below(asked, first).await?;
    Ok(json!({}))
}

/// The same, of an object that may be removed.
pub(super) async fn remove_with_below(asked: &Asked<'_>, first: Stored) -> Result<(), Refusal> {
    let mut seen = HashSet::from([first.id.clone()]);
    let mut waiting = vec![first];
    let mut removed: Vec<(Stored, Readers)> = Vec::new();
    while let Some(stored) = waiting.pop() {
        let select =
            "SELECT type, id, body FROM enginio_objects WHERE backend = ?1 AND parent = ?2";
        let below = asked
            .tx
            .rows(select, &[&asked.backend.name, &stored.id])
            .await?;
        for row in below {
            if seen.insert(row.text(1).to_owned()) {
                waiting.push(Stored {
                    kind: row.text(0).to_owned(),
                    id: row.text(1).to_owned(),
                    parent: stored.id.clone(),
                    body: parsed(row.text(2))?,
                });
            }
        }
        if seen.len() > MOST_REMOVED {
            let message =
                format!("more than {MOST_REMOVED} objects go with it; remove those first");
            return Err(Refusal::bad(message));
        }
        // As long as all rights are there.
        let readers = asked.readers(&stored).await?;
        removed.push((stored, readers));
    }
    let mut by_groups = Vec::new();
    for (stored, _) in removed
        .iter()
        .filter(|(stored, _)| stored.kind == "usergroups")
    {
        by_groups.push(Affected::by_group(asked, &stored.id).await?);
    }
    for (stored, readers) in removed {
        forget(asked, &stored).await?;
        asked.tell(Event::Delete, stored.body, readers, None);
    }
    for affected in by_groups {
        affected.tell(asked, Readers::default()).await?;
    }
    Ok(())
}

/// Takes an object out of all tables.
async fn forget(asked: &Asked<'_>, stored: &Stored) -> Result<(), Refusal> {
    let name = &asked.backend.name;
    let own = [name.as_str(), stored.id.as_str()];
    let run = async |delete: &str| asked.tx.run(delete, &own).await;
    run("DELETE FROM enginio_objects WHERE backend = ?1 AND id = ?2").await?;
    run("DELETE FROM enginio_rights WHERE backend = ?1 AND object = ?2").await?;
    match stored.kind.as_str() {
        "files" => {
            run("DELETE FROM enginio_files WHERE backend = ?1 AND id = ?2").await?;
            asked.tx.drop_file(&stored.id);
        }
        "users" => {
            run("DELETE FROM enginio_accounts WHERE backend = ?1 AND id = ?2").await?;
            run("DELETE FROM enginio_tokens WHERE backend = ?1 AND account = ?2").await?;
            run("DELETE FROM enginio_members WHERE backend = ?1 AND member = ?2").await?;
            asked.tx.end_streams(&stored.id);
        }
        "usergroups" => run("DELETE FROM enginio_members WHERE backend = ?1 AND grp = ?2").await?,
        _ => return Ok(()),
    }
    let subject = format!("{}/{}", stored.kind, stored.id);
    let delete = "DELETE FROM enginio_rights WHERE backend = ?1 AND subject = ?2";
    Ok(asked.tx.run(delete, &[name, &subject]).await?)
}

/// The id of the object whose rights an object of this type inherits, empty without one.
fn parent_of(asked: &Asked<'_>, kind: &str, fields: &Fields) -> String {
    let property = asked.backend.rules(kind).inherits;
    let value = property.and_then(|property| fields.get(&property).cloned());
    let above = value.as_ref().and_then(reference);
    above.map_or_else(String::new, |(_, id)| id.to_owned())
}

/// The same; refused unless whoever asks may change that object.
async fn parent(asked: &Asked<'_>, kind: &str, fields: &Fields) -> Result<String, Refusal> {
    let Some(property) = asked.backend.rules(kind).inherits else {
        return Ok(String::new());
    };
    match fields.get(&property) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(value) => {
            let Some((kind, id)) = reference(value) else {
                let message = format!("{property:?} needs {{\"id\", \"objectType\"}} of an object");
                return Err(Refusal::property(&property, message));
            };
            Ok(stored(asked, kind, id, Right::Update).await?.id)
        }
    }
}
