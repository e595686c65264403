//! Who is in a group. Members are seen by who sees the group, and changed by who may change it.

use serde_json::{Map, Value, json};

use crate::database::sql::Param;
use crate::services::enginio::affected::Affected;
use crate::services::enginio::asked::Asked;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::id::is_id;
use crate::services::enginio::include;
use crate::services::enginio::objects::stored;
use crate::services::enginio::query::Query;
use crate::services::enginio::readers::Readers;
use crate::services::enginio::rights::{Fields, Right, condition, parsed};

/// The most members of a group.
const MOST: i64 = 10_000;

/// The members, as far as whoever asks may read them.
pub(in crate::services::enginio) async fn members(
    asked: &Asked<'_>,
    id: &str,
    query: &Query,
) -> Result<Value, Refusal> {
    let group = stored(asked, "usergroups", id, Right::Read).await?;
    let mut builder = asked.tx.builder();
    let backend = builder.bind(Param::Text(asked.backend.name.clone()));
    let group = builder.bind(Param::Text(group.id));
    let read = condition(&mut builder, &asked.who, Right::Read);
    let conditions = format!(
        "o.backend = {backend} AND o.type = 'users' AND {read} AND o.id IN \
         (SELECT g.member FROM enginio_members g WHERE g.backend = {backend} AND g.grp = {group})"
    );
    if query.counts {
        let select = format!("SELECT count(*) FROM enginio_objects o WHERE {conditions}");
        let rows = asked.tx.query(&select, &builder.into_params()).await?;
        return Ok(json!({"count": rows.first().map_or(0, |row| row.number(0))}));
    }
    let limit = builder.bind(Param::Count(query.limit));
    let offset = builder.bind(Param::Count(query.offset));
    let select = format!(
        "SELECT o.body FROM enginio_objects o WHERE {conditions} ORDER BY o.seq \
         LIMIT {limit} OFFSET {offset}"
    );
    let rows = asked.tx.query(&select, &builder.into_params()).await?;
    let users = rows.iter().map(|row| parsed(row.text(0)));
    let mut users: Vec<Fields> = users.collect::<Result<_, _>>()?;
    include::follow(asked, &mut users, &query.include).await?;
    let mut answer = Map::new();
    answer.insert(
        "results".to_owned(),
        users.into_iter().map(Value::Object).collect(),
    );
    answer.insert("query".to_owned(), Value::Object(query.echo.clone()));
    Ok(Value::Object(answer))
}

/// Puts a user into a group.
pub(in crate::services::enginio) async fn add(
    asked: &Asked<'_>,
    id: &str,
    user: &str,
) -> Result<Value, Refusal> {
    let group = stored(asked, "usergroups", id, Right::Update).await?;
    let user = stored(asked, "users", user, Right::Read).await?;
    let name = &asked.backend.name;
    let affected = Affected::by_group(asked, &group.id).await?;
    let insert = "INSERT INTO enginio_members (backend, grp, member) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING";
    asked.tx.run(insert, &[name, &group.id, &user.id]).await?;
    let select = "SELECT count(*) FROM enginio_members WHERE backend = ?1 AND grp = ?2";
    let count = asked.tx.row(select, &[name, &group.id]).await?;
    if count.is_some_and(|row| row.number(0) > MOST) {
        return Err(Refusal::bad(format!("a group has {MOST} members at most")));
    }
    tell(asked, &group.id, affected).await?;
    Ok(Value::Object(user.body))
}

/// Takes a user out of a group. Everybody may leave.
pub(in crate::services::enginio) async fn leave(
    asked: &Asked<'_>,
    id: &str,
    user: &str,
) -> Result<Value, Refusal> {
    let right = match asked.who.user() == Some(user) {
        true => Right::Read,
        false => Right::Update,
    };
    let group = stored(asked, "usergroups", id, right).await?;
    if !is_id(user) {
        return Err(Refusal::bad(format!("{user:?} is no id of a user")));
    }
    let affected = Affected::by_group(asked, &group.id).await?;
    let delete = "DELETE FROM enginio_members WHERE backend = ?1 AND grp = ?2 AND member = ?3";
    asked
        .tx
        .run(delete, &[&asked.backend.name, &group.id, user])
        .await?;
    tell(asked, &group.id, affected).await?;
    Ok(json!({}))
}

async fn tell(asked: &Asked<'_>, group: &str, affected: Affected) -> Result<(), Refusal> {
    let members = Readers::of_group(asked.tx, asked.backend, group).await?;
    Ok(affected.tell(asked, members).await?)
}
