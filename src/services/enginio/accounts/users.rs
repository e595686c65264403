//! Users: objects with an account beside them. A password is in no object.

use serde_json::{Value, json};

use super::passwords::Passwords;
use crate::access::StoredHash;
use crate::services::enginio::asked::Asked;
use crate::services::enginio::change::Event;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::id::new_id;
use crate::services::enginio::objects::{insert_as, merge, stored};
use crate::services::enginio::rights::{self, Fields, Right, Who, may_create};

/// The longest name, in characters.
const LONGEST: usize = 128;

/// What of a body belongs to the account.
#[derive(Clone, Debug)]
pub(in crate::services::enginio) struct Account {
    username: Option<String>,
    password: Option<StoredHash>,
}

impl Account {
    /// Takes what belongs to the account out of a body.
    pub(in crate::services::enginio) async fn take(
        fields: &mut Fields,
        passwords: &Passwords,
        is_new: bool,
    ) -> Result<Self, Refusal> {
        let text = |name: &str, value: Option<&Value>| match value {
            None if is_new => Err(Refusal::property(name, format!("a user needs a {name}"))),
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::property(name, format!("{name} is no text"))),
        };
        let username = text("username", fields.get("username"))?;
        let password = text("password", fields.remove("password").as_ref())?;
        let is_name = |name: &String| {
            (1..=LONGEST).contains(&name.chars().count()) && !name.contains(char::is_control)
        };
        if username.as_ref().is_some_and(|name| !is_name(name)) {
            let message = format!("a username has 1 to {LONGEST} characters");
            return Err(Refusal::property("username", message));
        }
        // What is told as the groups of a user is worked out.
        fields.remove("usergroups");
        let password = match password {
            Some(password) => Some(passwords.hash(password).await?),
            None => None,
        };
        Ok(Self { username, password })
    }
}

/// Makes a user, who is the first to have all rights to it.
pub(in crate::services::enginio) async fn create(
    asked: &Asked<'_>,
    fields: Fields,
    account: Account,
) -> Result<Value, Refusal> {
    let rules = asked.backend.rules("users");
    if asked.backend.closed && asked.who != Who::Administrator {
        return Err(Refusal::Forbidden(
            "make users: closed = true in qmlserve.toml",
        ));
    }
    may_create(asked.tx, asked.backend, &asked.who, &rules).await?;
    let (Some(username), Some(password)) = (account.username, account.password) else {
        return Err(Refusal::Failed);
    };
    let id = new_id()?;
    is_free(asked, &username, &id).await?;
    let stored = insert_as(asked, id.clone(), "users", fields, "", Some(&id)).await?;
    let insert = "INSERT INTO enginio_accounts (backend, id, username, password)
        VALUES (?1, ?2, ?3, ?4)";
    let values = [
        asked.backend.name.as_str(),
        &id,
        &username,
        password.as_str(),
    ];
    asked.tx.run(insert, &values).await?;
    let own = Who::User(id);
    rights::give(asked.tx, asked.backend, &own, &rules, &stored.id).await?;
    let readers = asked.readers(&stored).await?;
    asked
        .tell(Event::Create, stored.body.clone(), readers, None)
        .await?;
    Ok(Value::Object(stored.body))
}

async fn is_free(asked: &Asked<'_>, username: &str, id: &str) -> Result<(), Refusal> {
    let select = "SELECT id FROM enginio_accounts WHERE backend = ?1 AND username = ?2";
    let row = asked
        .tx
        .row(select, &[&asked.backend.name, username])
        .await?;
    match row {
        Some(row) if row.text(0) != id => {
            let message = format!("there is a user {username:?} already; choose another username");
            Err(Refusal::property("username", message))
        }
        _ => Ok(()),
    }
}

/// Changes a user. With a new password, every login of before is over.
pub(in crate::services::enginio) async fn update(
    asked: &Asked<'_>,
    id: &str,
    fields: Fields,
    account: Account,
) -> Result<Value, Refusal> {
    let before = stored(asked, "users", id, Right::Update).await?;
    let name = &asked.backend.name;
    if let Some(username) = &account.username {
        is_free(asked, username, id).await?;
        let update = "UPDATE enginio_accounts SET username = ?3 WHERE backend = ?1 AND id = ?2";
        asked.tx.run(update, &[name, id, username]).await?;
    }
    if let Some(password) = &account.password {
        // Who may change an object of others may not become them.
        stored(asked, "users", id, Right::Admin).await?;
        let update = "UPDATE enginio_accounts SET password = ?3 WHERE backend = ?1 AND id = ?2";
        asked.tx.run(update, &[name, id, password.as_str()]).await?;
        let delete = "DELETE FROM enginio_tokens WHERE backend = ?1 AND account = ?2";
        asked.tx.run(delete, &[name, id]).await?;
        asked.tx.end_streams(id);
    }
    merge(asked, before, fields).await
}

/// The user who asks, with the groups.
pub(in crate::services::enginio) async fn myself(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let Some(id) = asked.who.user() else {
        return Err(Refusal::NotLoggedIn);
    };
    let (mut user, groups) = told(asked, id).await?;
    user.insert("usergroups".to_owned(), groups);
    Ok(Value::Object(user))
}

/// A user and the groups, as they are told to the user.
pub(super) async fn told(asked: &Asked<'_>, id: &str) -> Result<(Fields, Value), Refusal> {
    let select = "SELECT body FROM enginio_objects
        WHERE backend = ?1 AND type = 'users' AND id = ?2";
    let row = asked.tx.row(select, &[&asked.backend.name, id]).await?;
    let row = row.ok_or(Refusal::Token)?;
    let select = "SELECT grp FROM enginio_members WHERE backend = ?1 AND member = ?2 ORDER BY grp";
    let groups = asked.tx.rows(select, &[&asked.backend.name, id]).await?;
    let groups = groups.iter();
    let groups = groups.map(|row| json!({"id": row.text(0), "objectType": "usergroups"}));
    Ok((rights::parsed(row.text(0))?, groups.collect()))
}
