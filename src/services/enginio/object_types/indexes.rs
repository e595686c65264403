//! Indexes over declared properties: for each object that has one, a row with the hash of its
//! value. A declared type makes that whole: no value of such a property escapes it.
//!
//! An index only says where to look. The condition of the query stands beside it, so that the rows
//! have to be all that may fit, and not only those that do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::declared::ObjectType;
use super::property::{Property, entry};
use crate::database::sql::{Builder, Dialect, Param};
use crate::services::enginio::asked::Asked;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::query::{Condition, Scalar};
use crate::services::enginio::rights::{Fields, parsed};

/// Objects that are looked at together, if they are not large.
const AT_ONCE: u64 = 2000;

/// Bytes of objects that are looked at together.
const MOST_BYTES: u64 = 32 << 20;

/// The most bytes of a character.
const CHARACTER: u64 = 4;

/// Where a list begins to look.
#[derive(Debug)]
pub(in crate::services::enginio) struct Driver {
    /// In front of the objects, `FROM`.
    pub(in crate::services::enginio) table: &'static str,
    /// What joins it, and ends with AND.
    pub(in crate::services::enginio) condition: String,
}

impl Driver {
    /// None: all objects of the type.
    pub(in crate::services::enginio) fn none() -> Self {
        Self {
            table: "",
            condition: String::new(),
        }
    }

    /// The index that leaves the fewest objects for a query.
    pub(in crate::services::enginio) fn of(
        builder: &mut Builder,
        backend: &str,
        kind: &ObjectType,
        condition: &Condition,
    ) -> Self {
        let Some((property, entries)) = narrowed(kind, condition) else {
            return Self::none();
        };
        let mut bind = |text: &str| builder.bind(Param::Text(text.to_owned()));
        let (backend, kind, name) = (bind(backend), bind(&kind.name), bind(&property));
        let entries: Vec<String> = entries.iter().map(|entry| bind(entry)).collect();
        let entries = entries.join(", ");
        Self {
            // In this order, whatever SQLite's planner thinks of it.
            table: "enginio_entries entry CROSS JOIN ",
            condition: format!(
                "entry.backend = {backend} AND entry.type = {kind} AND entry.name = {name} \
                 AND entry.value IN ({entries}) AND o.id = entry.object AND "
            ),
        }
    }
}

/// A property, and entries of which every object has one that fits the condition.
fn narrowed(kind: &ObjectType, condition: &Condition) -> Option<(String, BTreeSet<String>)> {
    match condition {
        Condition::Equal(place, value) => {
            let property = kind
                .indexed()
                .find(|property| property.is_found_at(place))?;
            let entry = entry(&scalar(value)?)?;
            Some((property.name.clone(), BTreeSet::from([entry])))
        }
        Condition::All(all) => {
            let all = all.iter().filter_map(|one| narrowed(kind, one));
            all.min_by_key(|(_, entries)| entries.len())
        }
        Condition::Any(any) => {
            let mut any = any.iter().map(|one| narrowed(kind, one));
            let (property, mut entries) = any.next()??;
            for one in any {
                let (of, more) = one?;
                if of != property {
                    return None;
                }
                entries.extend(more);
            }
            Some((property, entries))
        }
        _ => None,
    }
}

fn scalar(value: &Scalar) -> Option<Value> {
    match value {
        Scalar::Null => None,
        Scalar::Bool(value) => Some((*value).into()),
        Scalar::Number(number) => Some(number.clone().into()),
        Scalar::Text(text) => Some(text.as_str().into()),
    }
}

/// The rows of an object: property and hash.
fn rows(kind: &ObjectType, body: &Fields) -> Vec<(String, String)> {
    let row = |property: &Property| {
        let entry = property.entry(body.get(&property.name)?)?;
        Some((property.name.clone(), entry))
    };
    kind.indexed().filter_map(row).collect()
}

/// Enters an object, or what it is now in the place of what it was.
pub(in crate::services::enginio) async fn enter(
    asked: &Asked<'_>,
    kind: &ObjectType,
    id: &str,
    before: Option<&Fields>,
    now: &Fields,
) -> Result<(), Refusal> {
    let new = rows(kind, now);
    if let Some(before) = before {
        if rows(kind, before) == new {
            return Ok(());
        }
        leave(asked, kind, id, before).await?;
    }
    let new = new.into_iter();
    let new = new.map(|(name, entry)| json!([name, entry, id]));
    write(asked, kind, new.collect()).await
}

/// Takes an object out.
pub(in crate::services::enginio) async fn leave(
    asked: &Asked<'_>,
    kind: &ObjectType,
    id: &str,
    body: &Fields,
) -> Result<(), Refusal> {
    let delete = "DELETE FROM enginio_entries
        WHERE backend = ?1 AND type = ?2 AND name = ?3 AND value = ?4 AND object = ?5";
    for (name, entry) in rows(kind, body) {
        let values = [&asked.backend.name, &kind.name, &name, &entry, id];
        asked.tx.run(delete, &values).await?;
    }
    Ok(())
}

/// Writes rows with one statement: the property, the hash and the id of each.
async fn write(asked: &Asked<'_>, kind: &ObjectType, rows: Vec<Value>) -> Result<(), Refusal> {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = match asked.tx.builder().dialect() {
        Dialect::Sqlite => {
            "INSERT INTO enginio_entries (backend, type, name, value, object)
            SELECT ?1, ?2, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?3)"
        }
        Dialect::Postgres => {
            "INSERT INTO enginio_entries (backend, type, name, value, object)
            SELECT ?1, ?2, value ->> 0, value ->> 1, value ->> 2
            FROM jsonb_array_elements(?3::jsonb)"
        }
    };
    let rows = Value::Array(rows).to_string();
    let values = [asked.backend.name.as_str(), &kind.name, &rows];
    Ok(asked.tx.run(insert, &values).await?)
}

/// Looks at all objects of a type: enters them, and refuses a declaration that one of them breaks.
pub(super) async fn fill(asked: &Asked<'_>, kind: &ObjectType) -> Result<(), Refusal> {
    let own = [asked.backend.name.as_str(), kind.name.as_str()];
    let delete = "DELETE FROM enginio_entries WHERE backend = ?1 AND type = ?2";
    asked.tx.run(delete, &own).await?;
    let select = "SELECT seq, id, body FROM enginio_objects
        WHERE backend = ?1 AND type = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4";
    let longest = "SELECT max(length(body)) FROM enginio_objects WHERE backend = ?1 AND type = ?2";
    let longest = asked.tx.row(longest, &own).await?;
    let longest = longest.map_or(0, |row| row.number(0).unsigned_abs());
    let limit = MOST_BYTES / CHARACTER / longest.max(1);
    let limit = limit.clamp(1, AT_ONCE);
    let mut after = 0;
    loop {
        let values = [
            Param::Text(own[0].to_owned()),
            Param::Text(own[1].to_owned()),
            Param::Count(after),
            Param::Count(limit),
        ];
        let some = asked.tx.query(select, &values).await?;
        let mut entries = Vec::new();
        for row in &some {
            let (id, body) = (row.text(1), parsed(row.text(2))?);
            kind.check(&body).map_err(|refusal| broken(id, refusal))?;
            let rows = rows(kind, &body).into_iter();
            entries.extend(rows.map(|(name, entry)| json!([name, entry, id])));
        }
        write(asked, kind, entries).await?;
        match some.last() {
            Some(last) if some.len() as u64 == limit => after = last.number(0).unsigned_abs(),
            _ => return Ok(()),
        }
    }
}

fn broken(id: &str, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Property { property, message } => {
            let message = format!("the object {id} breaks this, change it first: {message}");
            Refusal::Property { property, message }
        }
        refusal => refusal,
    }
}
