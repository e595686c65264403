//! How objects go: with what inherits their rights, and out of all tables.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::affected::Affected;
use super::asked::Asked;
use super::change::Event;
use super::error::Refusal;
use super::object_types;
use super::objects::stored;
use super::readers::Readers;
use super::rights::{Right, Stored, parsed};

/// The most objects that go with one that is removed.
const MOST_REMOVED: usize = 10_000;

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
        asked
            .tell(Event::Delete, stored.body, readers, None)
            .await?;
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
    let declared = asked.object_type(&stored.kind).await?;
    object_types::leave(asked, &declared, &stored.id, &stored.body).await?;
    let run = async |delete: &str| asked.tx.run(delete, &own).await;
    run("DELETE FROM enginio_objects WHERE backend = ?1 AND id = ?2").await?;
    run("DELETE FROM enginio_rights WHERE backend = ?1 AND object = ?2").await?;
    match stored.kind.as_str() {
        "files" => {
            run("DELETE FROM enginio_files WHERE backend = ?1 AND id = ?2").await?;
            let variants = stored.body.get("variants").and_then(Value::as_object);
            let variants = variants.map(|all| all.keys().cloned().collect());
            asked.tx.drop_file(&stored.id, variants.unwrap_or_default());
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
