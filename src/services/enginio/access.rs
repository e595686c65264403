//! The access list of an object: who may do what with it, told to and changed by who may.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::affected::Affected;
use super::asked::Asked;
use super::change::Event;
use super::error::Refusal;
use super::objects::stored;
use super::rights::{Fields, Right, Stored, grant, subject_of, told};

/// The most subjects of one right of an object.
const MOST: usize = 1000;

/// What is done with a list that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It is all there is.
    Set,
    /// It comes to what there is.
    Add,
    /// It is taken away from what there is.
    Remove,
}

/// A list as it is sent: only some of the rights, maybe.
#[derive(Clone, Debug)]
pub(super) struct Grants(Vec<(Right, BTreeSet<String>)>);

impl Grants {
    /// The list of a body.
    pub(super) fn parse(fields: &Fields) -> Result<Self, Refusal> {
        let mut grants = Vec::new();
        for (name, subjects) in fields {
            let right = Right::ALL.into_iter().find(|right| right.word() == name);
            let right = right.ok_or_else(|| {
                let known = Right::ALL.map(Right::word).join(", ");
                Refusal::property(
                    name,
                    format!("there is no right {name:?}; there are {known}"),
                )
            })?;
            let subjects = subjects.as_array().ok_or_else(|| {
                Refusal::property(name, format!("{name} needs a list of subjects"))
            })?;
            if subjects.len() > MOST {
                let message = format!("{name} has more than {MOST} subjects; make a user group");
                return Err(Refusal::property(name, message));
            }
            grants.push((
                right,
                subjects.iter().map(subject_of).collect::<Result<_, _>>()?,
            ));
        }
        Ok(Self(grants))
    }
}

/// The access list.
pub(super) async fn get(asked: &Asked<'_>, kind: &str, id: &str) -> Result<Value, Refusal> {
    let stored = stored(asked, kind, id, Right::Admin).await?;
    list(asked, &stored).await
}

/// Changes the access list, and tells what it is then.
pub(super) async fn change(
    asked: &Asked<'_>,
    kind: &str,
    id: &str,
    grants: Grants,
    how: How,
) -> Result<Value, Refusal> {
    let stored = stored(asked, kind, id, Right::Admin).await?;
    let before = asked.readers(&stored).await?;
    let below = Affected::below(asked, &stored).await?;
    let name = &asked.backend.name;
    if how == How::Set {
        let delete = "DELETE FROM enginio_rights WHERE backend = ?1 AND object = ?2";
        asked.tx.run(delete, &[name, &stored.id]).await?;
    }
    for (right, subjects) in &grants.0 {
        for subject in subjects {
            if how == How::Remove {
                let delete = "DELETE FROM enginio_rights
                    WHERE backend = ?1 AND object = ?2 AND kind = ?3 AND subject = ?4";
                asked
                    .tx
                    .run(delete, &[name, &stored.id, right.word(), subject])
                    .await?;
            } else {
                grant(asked.tx, asked.backend, &stored.id, *right, subject).await?;
            }
        }
        let select = "SELECT count(*) FROM enginio_rights
            WHERE backend = ?1 AND object = ?2 AND kind = ?3";
        let count = asked
            .tx
            .row(select, &[name, &stored.id, right.word()])
            .await?;
        if count.is_some_and(|row| row.number(0) > MOST as i64) {
            let message = format!(
                "{} has more than {MOST} subjects; make a user group",
                right.word()
            );
            return Err(Refusal::property(right.word(), message));
        }
    }
    let readers = asked.readers(&stored).await?;
    if readers != before {
        asked.tell(
            Event::Access,
            stored.body.clone(),
            readers.clone(),
            Some(before),
        );
    }
    below.tell(asked, readers).await?;
    list(asked, &stored).await
}

async fn list(asked: &Asked<'_>, stored: &Stored) -> Result<Value, Refusal> {
    let select = "SELECT kind, subject FROM enginio_rights
        WHERE backend = ?1 AND object = ?2 ORDER BY kind, subject";
    let rows = asked
        .tx
        .rows(select, &[&asked.backend.name, &stored.id])
        .await?;
    let mut access = Map::new();
    for right in Right::ALL {
        let subjects = rows.iter().filter(|row| row.text(0) == right.word());
        let subjects = subjects.map(|row| told(row.text(1))).collect();
        access.insert(right.word().to_owned(), Value::Array(subjects));
    }
    Ok(Value::Object(access))
}
