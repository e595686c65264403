//! Declared types: which properties an object of a type has, and what each of them may be. A type
//! needs no declaration, and a declared one may have other properties, too.
//!
//! What is declared is true of every object: a write that would break it is refused, and so is a
//! declaration that an object breaks. Who may declare is decided before ([`super::http`]).

mod declared;
mod indexes;
mod processors;
mod property;

use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::backend::Backend;
use super::error::Refusal;
use super::rights::{Fields, parsed};
use super::store::Tx;
use crate::database::StoreError;
pub(super) use declared::ObjectType;
pub(super) use indexes::{Driver, enter, leave};
pub(super) use processors::{Shape, Variant};

/// The most declared types of a backend.
const MOST: usize = 500;

/// What is declared of a type; nothing, if that is nothing.
pub(super) async fn of(
    tx: &Tx<'_>,
    backend: &Backend,
    name: &str,
) -> Result<Option<ObjectType>, Refusal> {
    let select = "SELECT body FROM enginio_types WHERE backend = ?1 AND name = ?2";
    let row = tx.row(select, &[&backend.name, name]).await?;
    row.map(|row| kept(row.text(0))).transpose()
}

/// All that are declared.
pub(super) async fn list(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let select = "SELECT body FROM enginio_types WHERE backend = ?1 ORDER BY name";
    let rows = asked.tx.rows(select, &[&asked.backend.name]).await?;
    let types = rows.iter().map(|row| parsed(row.text(0)));
    let types = types.map(|fields| fields.map(Value::Object));
    let mut answer = Map::new();
    let types = types.collect::<Result<Vec<Value>, StoreError>>()?;
    answer.insert("results".to_owned(), Value::Array(types));
    Ok(Value::Object(answer))
}

/// One of them.
pub(super) async fn get(asked: &Asked<'_>, name: &str) -> Result<Value, Refusal> {
    Ok(known(asked, name).await?.told())
}

/// Declares a type. The same a second time is no mistake: programs do so at their start.
pub(super) async fn declare(asked: &Asked<'_>, fields: &Fields) -> Result<Value, Refusal> {
    let new = ObjectType::parse(fields)?;
    let before = of(asked.tx, asked.backend, &new.name).await?;
    if before.as_ref() == Some(&new) {
        return Ok(new.told());
    }
    if before.is_some() {
        let name = &new.name;
        let message = format!(
            "{name} is declared already, and not like this; change it with PUT \
             /v1/object_types/{name}"
        );
        return Err(Refusal::property("name", message));
    }
    let select = "SELECT count(*) FROM enginio_types WHERE backend = ?1";
    let count = asked.tx.row(select, &[&asked.backend.name]).await?;
    if count.is_some_and(|row| row.number(0) >= MOST as i64) {
        let message = format!("{MOST} types are declared, which is the most; remove some first");
        return Err(Refusal::bad(message));
    }
    keep(asked, &ObjectType::undeclared(&new.name), &new).await
}

/// Puts what is sent in the place of what was declared; what is not sent stays.
pub(super) async fn change(
    asked: &Asked<'_>,
    name: &str,
    fields: Fields,
) -> Result<Value, Refusal> {
    let before = known(asked, name).await?;
    let Value::Object(mut all) = before.told() else {
        return Err(Refusal::Failed);
    };
    // It follows the name that is sent.
    all.remove("id");
    all.extend(fields);
    let new = ObjectType::parse(&all)?;
    if new.name != before.name {
        let message = format!(
            "a type keeps its name, {}; declare another one",
            before.name
        );
        return Err(Refusal::property("name", message));
    }
    keep(asked, &before, &new).await
}

/// Forgets what was declared; the objects stay.
pub(super) async fn remove(asked: &Asked<'_>, name: &str) -> Result<Value, Refusal> {
    let before = known(asked, name).await?;
    let own = [asked.backend.name.as_str(), before.name.as_str()];
    let run = async |delete: &str| asked.tx.run(delete, &own).await;
    run("DELETE FROM enginio_types WHERE backend = ?1 AND name = ?2").await?;
    run("DELETE FROM enginio_entries WHERE backend = ?1 AND type = ?2").await?;
    Ok(json!({}))
}

async fn known(asked: &Asked<'_>, name: &str) -> Result<ObjectType, Refusal> {
    let unknown = || Refusal::Unknown {
        kind: "declared type".to_owned(),
        id: name.to_owned(),
    };
    let full = declared::full_name(name).ok_or_else(unknown)?;
    let known = of(asked.tx, asked.backend, &full).await?;
    known.ok_or_else(unknown)
}

async fn keep(asked: &Asked<'_>, before: &ObjectType, new: &ObjectType) -> Result<Value, Refusal> {
    if !new.promises_no_more_than(before) {
        indexes::fill(asked, new).await?;
    }
    let told = new.told();
    let upsert = "INSERT INTO enginio_types (backend, name, body) VALUES (?1, ?2, ?3)
        ON CONFLICT (backend, name) DO UPDATE SET body = excluded.body";
    let values = [asked.backend.name.as_str(), &new.name, &told.to_string()];
    asked.tx.run(upsert, &values).await?;
    Ok(told)
}

/// A type as it was kept.
fn kept(text: &str) -> Result<ObjectType, Refusal> {
    ObjectType::parse(&parsed(text)?)
}
