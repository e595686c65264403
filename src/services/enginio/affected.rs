//! Objects that others may read from now on though nobody wrote to them: what a group's members
//! read by it, and what inherits from an object whose rights change. They are told of one by one,
//! each to whom it comes or goes; beyond a bound, all whom it may concern are told to read again.

use std::collections::HashMap;

use super::asked::Asked;
use super::change::Event;
use super::readers::Readers;
use super::rights::{Fields, Stored, parsed};
use crate::database::StoreError;

/// The most objects that are told of one by one.
const MOST: usize = 500;

/// The most bytes of them.
const MOST_BYTES: usize = 8 << 20;

/// Objects, as they were before a change of rights.
#[derive(Debug)]
pub(super) struct Affected {
    /// Whose sight may change, before.
    whom: Readers,
    /// Nothing, where there are too many.
    objects: Option<(Vec<String>, HashMap<String, Readers>)>,
}

impl Affected {
    /// What the members of a group may read as such.
    pub(super) async fn by_group(asked: &Asked<'_>, group: &str) -> Result<Self, StoreError> {
        let given = "SELECT r.object FROM enginio_rights r WHERE r.backend = ?1 AND r.subject = ?2
            AND r.kind IN ('read', 'admin')";
        let select = format!(
            "SELECT o.id FROM enginio_objects o WHERE o.backend = ?1 AND (o.id IN ({given})
             OR o.parent IN ({given}) OR o.parent IN (SELECT c.id FROM enginio_objects c
             WHERE c.backend = ?1 AND c.parent IN ({given}))) LIMIT {}",
            MOST + 1
        );
        let whom = Readers::of_group(asked.tx, asked.backend, group).await?;
        Self::found(asked, &select, &format!("usergroups/{group}"), whom).await
    }

    /// What inherits the rights of an object.
    pub(super) async fn below(asked: &Asked<'_>, object: &Stored) -> Result<Self, StoreError> {
        let select = format!(
            "SELECT o.id FROM enginio_objects o WHERE o.backend = ?1 AND o.id <> ?2
             AND (o.parent = ?2 OR o.parent IN (SELECT c.id FROM enginio_objects c
             WHERE c.backend = ?1 AND c.parent = ?2)) LIMIT {}",
            MOST + 1
        );
        let whom = asked.readers(object).await?;
        Self::found(asked, &select, &object.id, whom).await
    }

    async fn found(
        asked: &Asked<'_>,
        select: &str,
        of: &str,
        whom: Readers,
    ) -> Result<Self, StoreError> {
        let (tx, backend) = (asked.tx, asked.backend);
        let rows = tx.rows(select, &[&backend.name, of]).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.text(0).to_owned()).collect();
        let objects = match ids.len() > MOST {
            true => None,
            false => {
                let readers = Readers::of_all(tx, backend, &ids).await?;
                Some((ids, readers))
            }
        };
        Ok(Self { whom, objects })
    }

    /// Tells of those that others may read now. `whom` are those whose sight may have changed, as
    /// they are now.
    pub(super) async fn tell(self, asked: &Asked<'_>, whom: Readers) -> Result<(), StoreError> {
        let told = match self.objects {
            Some((ids, before)) => changes(asked, &ids, before).await?,
            None => None,
        };
        match told {
            Some(changes) => changes.into_iter().for_each(|(object, now, before)| {
                asked.tell(Event::Inherited, object, now, Some(before));
            }),
            None => asked.tell(Event::Reload, Fields::new(), whom, Some(self.whom)),
        }
        Ok(())
    }
}

/// The objects whose readers are not the same any more, now and before; nothing, where that is too
/// much.
async fn changes(
    asked: &Asked<'_>,
    ids: &[String],
    mut before: HashMap<String, Readers>,
) -> Result<Option<Vec<(Fields, Readers, Readers)>>, StoreError> {
    let mut after = Readers::of_all(asked.tx, asked.backend, ids).await?;
    let mut changes = Vec::new();
    let mut bytes = 0;
    for id in ids {
        let now = after.remove(id).unwrap_or_default();
        let before = before.remove(id).unwrap_or_default();
        if now == before {
            continue;
        }
        let select = "SELECT body FROM enginio_objects WHERE backend = ?1 AND id = ?2";
        // It is told already where it is gone.
        if let Some(row) = asked.tx.row(select, &[&asked.backend.name, id]).await? {
            bytes += row.text(0).len();
            if bytes > MOST_BYTES {
                return Ok(None);
            }
            changes.push((parsed(row.text(0))?, now, before));
        }
    }
    Ok(Some(changes))
}
