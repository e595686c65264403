//! References, answered as the objects that they lead to, as far as whoever asks may read those.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::asked::Asked;
use super::error::Refusal;
use super::object::reference;
use super::query::Include;
use super::rights::{Fields, Right, condition, parsed};
use crate::database::sql::Param;

/// The most references of one property that are followed, in all objects of a list; others stay
/// references.
const MOST: usize = 2000;

/// Objects that are asked for at once: SQLite takes 32,766 values for a statement.
const AT_ONCE: usize = 500;

/// Puts the objects in the place of the references to them.
pub(super) async fn follow(
    asked: &Asked<'_>,
    objects: &mut [Fields],
    include: &Include,
) -> Result<(), Refusal> {
    for (name, inner) in &include.0 {
        let values = objects.iter().filter_map(|object| object.get(name));
        let ids: BTreeSet<String> = values
            .flat_map(|value| match value {
                Value::Array(items) => items.as_slice(),
                value => std::slice::from_ref(value),
            })
            .filter_map(|value| reference(value).map(|(_, id)| id.to_owned()))
            .take(MOST)
            .collect();
        let mut found = read(asked, &ids).await?;
        // Boxed, or the future would contain itself.
        Box::pin(follow(asked, &mut found, inner)).await?;
        let by_id: HashMap<String, Fields> = found
            .into_iter()
            .filter_map(|object| Some((object.get("id")?.as_str()?.to_owned(), object)))
            .collect();
        for value in objects.iter_mut().filter_map(|object| object.get_mut(name)) {
            match value {
                Value::Array(items) => items.iter_mut().for_each(|item| replace(item, &by_id)),
                value => replace(value, &by_id),
            }
        }
    }
    Ok(())
}

fn replace(value: &mut Value, by_id: &HashMap<String, Fields>) {
    let Some((kind, id)) = reference(value) else {
        return;
    };
    if let Some(object) = by_id.get(id)
        && object.get("objectType").and_then(Value::as_str) == Some(kind)
    {
        *value = Value::Object(object.clone());
    }
}

async fn read(asked: &Asked<'_>, ids: &BTreeSet<String>) -> Result<Vec<Fields>, Refusal> {
    let ids: Vec<&String> = ids.iter().collect();
    let mut found = Vec::new();
    for some in ids.chunks(AT_ONCE) {
        let mut builder = asked.tx.builder();
        let backend = builder.bind(Param::Text(asked.backend.name.clone()));
        let some = some
            .iter()
            .map(|id| builder.bind(Param::Text((*id).clone())));
        let some = some.collect::<Vec<_>>().join(", ");
        let read = condition(&mut builder, &asked.who, Right::Read);
        let select = format!(
            "SELECT o.body FROM enginio_objects o \
             WHERE o.backend = {backend} AND o.id IN ({some}) AND {read}"
        );
        let rows = asked.tx.query(&select, &builder.into_params()).await?;
        for row in rows {
            found.push(parsed(row.text(0))?);
        }
    }
    Ok(found)
}
