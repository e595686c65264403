//! Who may read an object, at one moment: what is told of it later is told to them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::backend::Backend;
use super::rights::Who;
use super::store::Tx;
use crate::database::StoreError;

/// Objects that are asked for in one statement.
const AT_ONCE: usize = 100;

/// Who may read an object, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Readers {
    /// As they stand in its rights and in those that it inherits.
    pub(super) subjects: BTreeSet<String>,
    /// The members of each group among them.
    members: BTreeMap<String, Arc<HashSet<String>>>,
}

impl Readers {
    /// Who may read this object.
    pub(super) async fn of(
        tx: &Tx<'_>,
        backend: &Backend,
        id: &str,
        parent: &str,
    ) -> Result<Self, StoreError> {
        const SELECT: &str = "SELECT DISTINCT r.subject FROM enginio_rights r
            WHERE r.backend = ?1 AND r.kind IN ('read', 'admin') AND r.object IN (?2, ?3,
            (SELECT p.parent FROM enginio_objects p WHERE p.backend = ?1 AND p.id = ?3))";
        let rows = tx.rows(SELECT, &[&backend.name, id, parent]).await?;
        let mut known = Groups::default();
        let mut readers = Self::default();
        for row in rows {
            readers.add(tx, backend, row.text(0), &mut known).await?;
        }
        Ok(readers)
    }

    /// The members of a group.
    pub(super) async fn of_group(
        tx: &Tx<'_>,
        backend: &Backend,
        group: &str,
    ) -> Result<Self, StoreError> {
        let mut readers = Self::default();
        let subject = format!("usergroups/{group}");
        let mut known = Groups::default();
        readers.add(tx, backend, &subject, &mut known).await?;
        Ok(readers)
    }

    /// Who may read each of these objects; those that nobody may read are left out.
    pub(super) async fn of_all(
        tx: &Tx<'_>,
        backend: &Backend,
        ids: &[String],
    ) -> Result<HashMap<String, Self>, StoreError> {
        let mut all: HashMap<String, Self> = HashMap::new();
        let mut known = Groups::default();
        for ids in ids.chunks(AT_ONCE) {
            let places = (2..ids.len() + 2).map(|number| format!("?{number}"));
            let select = format!(
                "SELECT DISTINCT o.id, r.subject FROM enginio_objects o, enginio_rights r
                 WHERE o.backend = ?1 AND o.id IN ({}) AND r.backend = ?1
                 AND r.kind IN ('read', 'admin') AND r.object IN (o.id, o.parent,
                 (SELECT p.parent FROM enginio_objects p WHERE p.backend = ?1 AND p.id = o.parent))",
                places.collect::<Vec<_>>().join(", ")
            );
            let mut values = vec![backend.name.as_str()];
            values.extend(ids.iter().map(String::as_str));
            for row in tx.rows(&select, &values).await? {
                let readers = all.entry(row.text(0).to_owned()).or_default();
                readers.add(tx, backend, row.text(1), &mut known).await?;
            }
        }
        Ok(all)
    }

    async fn add(
        &mut self,
        tx: &Tx<'_>,
        backend: &Backend,
        subject: &str,
        known: &mut Groups,
    ) -> Result<(), StoreError> {
        self.subjects.insert(subject.to_owned());
        if let Some(group) = subject.strip_prefix("usergroups/") {
            let members = match known.get(group) {
                Some(members) => Arc::clone(members),
                None => {
                    let select =
                        "SELECT member FROM enginio_members WHERE backend = ?1 AND grp = ?2";
                    let rows = tx.rows(select, &[&backend.name, group]).await?;
                    Arc::new(rows.iter().map(|row| row.text(0).to_owned()).collect())
                }
            };
            known.insert(group.to_owned(), Arc::clone(&members));
            self.members.insert(group.to_owned(), members);
        }
        Ok(())
    }

    /// Whether `who` is one of them.
    pub(super) fn include(&self, who: &Who) -> bool {
        let has = |subject: &str| self.subjects.contains(subject);
        match who {
            Who::Administrator => true,
            Who::Nobody => has("*"),
            Who::User(id) => {
                has("*")
                    || has("@users")
                    || has(&format!("users/{id}"))
                    || self.members.values().any(|members| members.contains(id))
            }
        }
    }
}

/// The members of groups that were asked for already.
type Groups = HashMap<String, Arc<HashSet<String>>>;
