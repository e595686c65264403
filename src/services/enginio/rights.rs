//! Who may do what: written into the statements themselves, so that what somebody may not read is
//! neither listed nor counted, found, included nor told of.
//!
//! A right to `admin` is a right to everything. What somebody may do with the object whose rights
//! an object inherits, and with the one above that, may be done with the object.

use serde_json::{Map, Value, json};

use super::backend::Backend;
use super::config::{Grantee, TypeRules};
use super::error::Refusal;
use super::id::is_id;
use super::store::Tx;
use crate::database::StoreError;
use crate::database::sql::{Builder, Param};

/// An object as it is told.
pub(super) type Fields = Map<String, Value>;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Whoever has the token of the configuration.
    Administrator,
    /// A user, by id.
    User(String),
    /// Nobody that is known.
    Nobody,
}

impl Who {
    /// The id of the user.
    pub(super) fn user(&self) -> Option<&str> {
        match self {
            Self::User(id) => Some(id),
            _ => None,
        }
    }
}

/// What may be done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    Read,
    Update,
    Delete,
    Admin,
}

impl Right {
    /// All of them, in the order in which they are told.
    pub(super) const ALL: [Self; 4] = [Self::Read, Self::Update, Self::Delete, Self::Admin];

    /// Its name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Admin => "admin",
        }
    }
}

/// The condition that `who` has a right to the object `o` of a statement. The only values in it
/// that come from a request are parameters.
pub(super) fn condition(builder: &mut Builder, who: &Who, right: Right) -> String {
    let subjects = match who {
        Who::Administrator => return "TRUE".to_owned(),
        Who::Nobody => "r.subject = '*'".to_owned(),
        Who::User(id) => {
            let subject = builder.bind(Param::Text(format!("users/{id}")));
            let member = builder.bind(Param::Text(id.clone()));
            format!(
                "(r.subject IN ('*', '@users', {subject}) OR r.subject IN \
                 (SELECT 'usergroups/' || m.grp FROM enginio_members m \
                 WHERE m.backend = r.backend AND m.member = {member}))"
            )
        }
    };
    let word = right.word();
    format!(
        "EXISTS (SELECT 1 FROM enginio_rights r WHERE r.backend = o.backend AND r.object IN \
         (o.id, o.parent, (SELECT p.parent FROM enginio_objects p \
         WHERE p.backend = o.backend AND p.id = o.parent)) \
         AND r.kind IN ('{word}', 'admin') AND {subjects})"
    )
}

/// An object with what is kept beside it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) body: Fields,
}

/// The object of this type and id; as good as not there for who may not read it.
pub(super) async fn object(
    tx: &Tx<'_>,
    backend: &Backend,
    who: &Who,
    kind: &str,
    id: &str,
    right: Right,
) -> Result<Stored, Refusal> {
    let unknown = || Refusal::Unknown {
        kind: kind.to_owned(),
        id: id.to_owned(),
    };
    if !is_id(id) {
        return Err(unknown());
    }
    let mut builder = tx.builder();
    let backend = builder.bind(Param::Text(backend.name.clone()));
    let own = builder.bind(Param::Text(id.to_owned()));
    let of_kind = builder.bind(Param::Text(kind.to_owned()));
    let read = condition(&mut builder, who, Right::Read);
    let may = condition(&mut builder, who, right);
    let select = format!(
        "SELECT o.parent, o.body, CASE WHEN {may} THEN 'yes' ELSE 'no' END FROM enginio_objects o \
         WHERE o.backend = {backend} AND o.id = {own} AND o.type = {of_kind} AND {read}"
    );
    let rows = tx.query(&select, &builder.into_params()).await?;
    let row = rows.first().ok_or_else(unknown)?;
    if row.text(2) != "yes" {
        return Err(Refusal::Forbidden(right.word()));
    }
    Ok(Stored {
        kind: kind.to_owned(),
        id: id.to_owned(),
        parent: row.text(0).to_owned(),
        body: parsed(row.text(1))?,
    })
}

/// An object as it was kept.
pub(super) fn parsed(text: &str) -> Result<Fields, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Other(error.to_string()))
}

/// Whether `who` may create objects by these rules.
pub(super) async fn may_create(
    tx: &Tx<'_>,
    backend: &Backend,
    who: &Who,
    rules: &TypeRules,
) -> Result<(), Refusal> {
    let Some(grantees) = &rules.create else {
        return Ok(());
    };
    let user = match who {
        Who::Administrator => return Ok(()),
        Who::Nobody => None,
        Who::User(id) => Some(id),
    };
    for grantee in grantees {
        let is_meant = match (grantee, user) {
            (Grantee::Everybody, _) => true,
            (Grantee::Users | Grantee::Creator, user) => user.is_some(),
            (Grantee::User(id), user) => user == Some(id),
            (Grantee::Group(group), Some(user)) => is_member(tx, backend, group, user).await?,
            (Grantee::Group(_), None) => false,
        };
        if is_meant {
            return Ok(());
        }
    }
    Err(match user {
        None => Refusal::NotLoggedIn,
        Some(_) => Refusal::Forbidden("create objects of this type"),
    })
}

async fn is_member(
    tx: &Tx<'_>,
    backend: &Backend,
    group: &str,
    user: &str,
) -> Result<bool, StoreError> {
    let select = "SELECT grp FROM enginio_members WHERE backend = ?1 AND grp = ?2 AND member = ?3";
    Ok(tx
        .row(select, &[&backend.name, group, user])
        .await?
        .is_some())
}

/// Gives the rights to a new object that its type and its creator make.
pub(super) async fn give(
    tx: &Tx<'_>,
    backend: &Backend,
    who: &Who,
    rules: &TypeRules,
    id: &str,
) -> Result<(), StoreError> {
    let nobody_known = who.user().is_none();
    for right in Right::ALL {
        let by_rule = match right {
            Right::Read => &rules.read,
            Right::Update => &rules.update,
            Right::Delete => &rules.delete,
            Right::Admin => &rules.admin,
        };
        let standard = match nobody_known {
            true => vec![Grantee::Everybody],
            false => vec![Grantee::Creator],
        };
        for grantee in by_rule.as_ref().unwrap_or(&standard) {
            let subject = match (grantee, who) {
                (Grantee::Everybody, _) => "*".to_owned(),
                (Grantee::Users, _) => "@users".to_owned(),
                (Grantee::Creator, Who::User(id)) => format!("users/{id}"),
                (Grantee::Creator, _) => continue,
                (Grantee::User(id), _) => format!("users/{id}"),
                (Grantee::Group(id), _) => format!("usergroups/{id}"),
            };
            grant(tx, backend, id, right, &subject).await?;
        }
    }
    Ok(())
}

/// Gives one right.
pub(super) async fn grant(
    tx: &Tx<'_>,
    backend: &Backend,
    object: &str,
    right: Right,
    subject: &str,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO enginio_rights (backend, object, kind, subject)
        VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    tx.run(insert, &[&backend.name, object, right.word(), subject])
        .await
}

/// A subject as requests have it.
pub(super) fn subject_of(value: &Value) -> Result<String, Refusal> {
    let word = |name| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let (kind, id) = (word("objectType"), word("id"));
    match kind {
        "aclSubject" if id == "*" => Ok("*".to_owned()),
        "aclSubject" if id == "users" => Ok("@users".to_owned()),
        "users" | "usergroups" if is_id(id) => Ok(format!("{kind}/{id}")),
        _ => Err(Refusal::bad(format!(
            "{value} is no subject; write {{\"id\": ID, \"objectType\": \"users\"}}, or \
             \"usergroups\", or {{\"id\": \"*\", \"objectType\": \"aclSubject\"}} for everybody"
        ))),
    }
}

/// A subject as answers have it.
pub(super) fn told(subject: &str) -> Value {
    match subject.split_once('/') {
        Some((kind, id)) => json!({"id": id, "objectType": kind}),
        None => json!({"id": subject.trim_start_matches('@'), "objectType": "aclSubject"}),
    }
}
