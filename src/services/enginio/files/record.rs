//! What the database knows of files: each function is a part of one transaction.

use serde_json::{Value, json};

use super::variants::Made;
use super::{Announced, Range};
use crate::database::sql::Param;
use crate::services::enginio::asked::Asked;
use crate::services::enginio::change::Event;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::{reference, reference_to};
use crate::services::enginio::object_types::Variant;
use crate::services::enginio::objects::{insert_as, merge, stored};
use crate::services::enginio::removal::remove_with_below;
use crate::services::enginio::rights::{self, Fields, Right, Who, may_create, parsed};

/// Where a file belongs.
pub(super) struct Place {
    /// The object whose rights it has; empty, if there is none.
    parent: String,
    /// What is to be made of it, if it is a picture.
    pub(super) variants: Vec<Variant>,
}

/// Refuses whoever may not upload this.
pub(super) async fn may_begin(asked: &Asked<'_>, announced: &Announced) -> Result<Place, Refusal> {
    may_create(
        asked.tx,
        asked.backend,
        &asked.who,
        &asked.backend.rules("files"),
    )
    .await?;
    match &announced.target {
        None => Ok(Place {
            parent: String::new(),
            variants: Vec::new(),
        }),
        Some((kind, id, property)) => {
            let target = stored(asked, kind, id, Right::Update).await?;
            // Its own id comes later; what counts is that it is a reference to a file.
            let refers = fields(&[(property, reference_to("files", id))]);
            let declared = asked.object_type(kind).await?;
            declared.check(&refers)?;
            Ok(Place {
                parent: target.id,
                variants: declared.variants(property).to_vec(),
            })
        }
    }
}

/// Makes the object of a file without content.
pub(super) async fn begin(
    asked: &Asked<'_>,
    id: &str,
    announced: &Announced,
    media: &str,
) -> Result<Fields, Refusal> {
    let Place { parent, variants } = may_begin(asked, announced).await?;
    let variants = variants.into_iter();
    let variants: Fields = variants
        .map(|variant| (variant.name, json!({"status": "processing"})))
        .collect();
    let body = fields(&[
        ("fileName", announced.name.as_str().into()),
        ("fileSize", 0.into()),
        ("status", "empty".into()),
        ("variants", Value::Object(variants)),
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
    asked
        .tell(Event::Create, stored.body.clone(), readers, None)
        .await?;
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
    made: &[Made],
) -> Result<Value, Refusal> {
    received(asked, id, size, size).await?;
    let status = |is_there: bool| match is_there {
        true => json!({"status": "complete"}),
        false => json!({"status": "failed"}),
    };
    let variants = made.iter();
    let variants: Fields = variants
        .map(|(name, is_there)| (name.clone(), status(*is_there)))
        .collect();
    let file = stored(asked, "files", id, Right::Update).await?;
    let parent = file.parent.clone();
    let news = [
        ("fileSize", size.into()),
        ("status", "complete".into()),
        ("variants", Value::Object(variants)),
    ];
    let answer = merge(asked, file, fields(&news)).await?;
    if let Some((kind, property)) = target(asked, id).await? {
        let property = property.as_str();
        let target = stored(asked, &kind, &parent, Right::Update).await?;
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

/// The property that is to refer to a file: its object's type, and its name.
async fn target(asked: &Asked<'_>, id: &str) -> Result<Option<(String, String)>, Refusal> {
    let select = "SELECT o.type, f.property
        FROM enginio_files f, enginio_objects own, enginio_objects o
        WHERE f.backend = ?1 AND f.id = ?2 AND own.backend = ?1 AND own.id = ?2
        AND o.backend = ?1 AND o.id = own.parent";
    let row = asked.tx.row(select, &[&asked.backend.name, id]).await?;
    Ok(row.map(|row| (row.text(0).to_owned(), row.text(1).to_owned())))
}

/// What is to be made of a file, if it is a picture.
pub(super) async fn declared(asked: &Asked<'_>, id: &str) -> Result<Vec<Variant>, Refusal> {
    let Some((kind, property)) = target(asked, id).await? else {
        return Ok(Vec::new());
    };
    Ok(asked.object_type(&kind).await?.variants(&property).to_vec())
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
    let Some(name) = variant else { return Ok(()) };
    let variants = file.body.get("variants").and_then(Value::as_object);
    let variant = variants.and_then(|all| all.get(name));
    let status = variant.and_then(|variant| variant.get("status"));
    match status.and_then(Value::as_str) {
        Some("complete") => Ok(()),
        Some(_) => Err(Refusal::bad(format!(
            "there is no {name:?} of this file: it is no PNG, JPEG, GIF or WebP, or too large a one"
        ))),
        None => {
            let known = variants.into_iter().flat_map(Fields::keys);
            let known: Vec<&str> = known.map(String::as_str).collect();
            let known = match known.is_empty() {
                true => "itself".to_owned(),
                false => known.join(", "),
            };
            let name = name.to_owned();
            Err(Refusal::NoVariant { name, known })
        }
    }
}

pub(super) fn fields(of: &[(&str, Value)]) -> Fields {
    let fields = of.iter();
    fields
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}
