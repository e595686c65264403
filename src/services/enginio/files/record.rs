//! What the database knows of a file: each function is a part of one transaction.

use serde_json::{Value, json};

use super::{Announced, Range};
use crate::database::sql::Param;
use crate::services::enginio::asked::Asked;
use crate::services::enginio::change::Event;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::{reference, reference_to};
use crate::services::enginio::objects::{insert_as, merge, remove_with_below, stored};
use crate::services::enginio::rights::{self, Fields, Right, Who, may_create, parsed};

/// Refuses whoever may not upload this; says whose rights the file has.
pub(super) async fn may_begin(asked: &Asked<'_>, announced: &Announced) -> Result<String, Refusal> {
    may_create(
        asked.tx,
        asked.backend,
        &asked.who,
        &asked.backend.rules("files"),
    )
    .await?;
    match &announced.target {
        None => Ok(String::new()),
        Some((kind, id, _)) => Ok(stored(asked, kind, id, Right::Update).await?.id),
    }
}

/// Makes the object of a file without content.
pub(super) async fn begin(
    asked: &Asked<'_>,
    id: &str,
    announced: &Announced,
    media: &str,
) -> Result<Fields, Refusal> {
    let parent = may_begin(asked, announced).await?;
    let body = fields(&[
        ("fileName", announced.name.as_str().into()),
        ("fileSize", 0.into()),
        ("status", "empty".into()),
        ("variants", json!({})),
    ]);
    let creator = asked.who.user();
    let stored = insert_as(asked, id.to_owned(), "files", body, &parent, creator).await?;
    let rules = asked.backend.rules("files");
    match (parent.is_empty(), &asked.who) {
        (true, who) => rights::give(asked.tx, asked.backend, who, &rules, id).await?,
        // Its own is what the object's rights do not give anyway: to go on with it.
        (false, Who::User(user)) => {
            let subject = format!("users/{user}");
            rights::grant(asked.tx, asked.backend, id, Right::Admin, &subject).await?;
        }
        (false, _) => {}
    }
    let property = announced
        .target
        .as_ref()
        .map_or("", |(_, _, property)| property);
    let insert = "INSERT INTO enginio_files (backend, id, received, size, media, property)
        VALUES (?1, ?2, 0, 0, ?3, ?4)";
    asked
        .tx
        .run(insert, &[&asked.backend.name, id, media, property])
        .await?;
    let readers = asked.readers(&stored).await?;
    asked.tell(Event::Create, stored.body.clone(), readers, None);
    Ok(stored.body)
}

/// Refuses a chunk that is not the next one.
pub(super) async fn fits(asked: &Asked<'_>, id: &str, range: Range) -> Result<(), Refusal> {
    stored(asked, "files", id, Right::Update).await?;
    let most = asked.backend.max_file;
    if range.total > most {
        return Err(Refusal::TooLarge {
            limit: most,
            key: "max_file",
        });
    }
    let select = "SELECT received, size FROM enginio_files WHERE backend = ?1 AND id = ?2";
    let row = asked.tx.row(select, &[&asked.backend.name, id]).await?;
    let (expected, size) = row.map_or((0, 0), |row| {
        (row.number(0).unsigned_abs(), row.number(1).unsigned_abs())
    });
    if range.start != expected {
        return Err(Refusal::Chunk {
            expected,
            given: range.start,
        });
    }
    if expected > 0 && size != range.total {
        let message = format!("the file was to have {size} bytes, and now {}", range.total);
        return Err(Refusal::bad(message));
    }
    Ok(())
}

pub(super) async fn received(
    asked: &Asked<'_>,
    id: &str,
    end: u64,
    total: u64,
) -> Result<(), Refusal> {
    let update = "UPDATE enginio_files SET received = ?3, size = ?4
        WHERE backend = ?1 AND id = ?2";
    let values = [
        Param::Text(asked.backend.name.clone()),
        Param::Text(id.to_owned()),
        Param::Count(end),
        Param::Count(total),
    ];
    Ok(asked.tx.execute(update, &values).await?)
}

/// The content is there: says so, and has the object refer to the file.
pub(super) async fn complete(
    asked: &Asked<'_>,
    id: &str,
    size: u64,
    has_thumbnail: bool,
) -> Result<Value, Refusal> {
    received(asked, id, size, size).await?;
    let variants = match has_thumbnail {
        true => json!({"thumbnail": {"status": "complete"}}),
        false => json!({}),
    };
    let file = stored(asked, "files", id, Right::Update).await?;
    let parent = file.parent.clone();
    let news = [
        ("fileSize", size.into()),
        ("status", "complete".into()),
        ("variants", variants),
    ];
    let answer = merge(asked, file, fields(&news)).await?;
    let select = "SELECT f.property, o.type FROM enginio_files f, enginio_objects o
        WHERE f.backend = ?1 AND f.id = ?2 AND o.backend = ?1 AND o.id = ?3";
    let row = asked
        .tx
        .row(select, &[&asked.backend.name, id, &parent])
        .await?;
    if let Some(row) = row {
        let (property, kind) = (row.text(0), row.text(1));
        let target = stored(asked, kind, &parent, Right::Update).await?;
        let former = target
            .body
            .get(property)
            .and_then(reference)
            .map(|(_, id)| id.to_owned());
        merge(
            asked,
            target,
            fields(&[(property, reference_to("files", id))]),
        )
        .await?;
        drop_former(asked, former.as_deref(), property, &parent).await?;
    }
    Ok(answer)
}

/// A file that nothing refers to any more goes.
async fn drop_former(
    asked: &Asked<'_>,
    former: Option<&str>,
    property: &str,
    parent: &str,
) -> Result<(), Refusal> {
    let Some(former) = former else { return Ok(()) };
    let select = "SELECT o.body FROM enginio_files f, enginio_objects o
        WHERE f.backend = ?1 AND f.id = ?2 AND f.property = ?3
        AND o.backend = ?1 AND o.id = ?2 AND o.parent = ?4";
    let row = asked
        .tx
        .row(select, &[&asked.backend.name, former, property, parent])
        .await?;
    let Some(row) = row else { return Ok(()) };
    let former = rights::Stored {
        kind: "files".to_owned(),
        id: former.to_owned(),
        parent: parent.to_owned(),
        body: parsed(row.text(0))?,
    };
    remove_with_below(asked, former).await
}

/// What is told of a file that is to be fetched: whether it is complete, and its media type.
pub(in crate::services::enginio) async fn content_of(
    asked: &Asked<'_>,
    id: &str,
    variant: Option<&str>,
) -> Result<(), Refusal> {
    let file = stored(asked, "files", id, Right::Read).await?;
    if file.body.get("status").and_then(Value::as_str) != Some("complete") {
        return Err(Refusal::bad(
            "the file is not complete yet; send the rest of it first",
        ));
    }
    if let Some(variant) = variant
        && file
            .body
            .get("variants")
            .and_then(|all| all.get(variant))
            .is_none()
    {
        return Err(Refusal::Unknown {
            kind: "variant".to_owned(),
            id: variant.to_owned(),
        });
    }
    Ok(())
}

pub(super) fn fields(of: &[(&str, Value)]) -> Fields {
    let fields = of.iter();
    fields
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}
