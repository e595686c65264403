//! Files: an object of the type `files` each, with its content beside the database. The content is
//! whole on the disk before the database says so, and goes after the database has forgotten it;
//! what a crash leaves in between is swept up at the next start.

mod disk;
mod form;
mod range;
mod signature;
mod variants;

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::asked::{Asked, Credentials};
use super::backend::Backend;
use super::change::Event;
use super::config::is_type;
use super::error::Refusal;
use super::id::new_id;
use super::object::{json_object, reference, reference_to};
use super::objects::{insert_as, merge, remove_with_below, stored};
use super::rights::{self, Fields, Right, Who, may_create, parsed};
use super::store::{Store, Tx};
use crate::database::sql::Param;
pub(super) use disk::Disk;
pub(super) use form::Form;
pub(super) use range::Range;
pub(super) use signature::Signer;

/// The most bytes of a name.
const LONGEST_NAME: usize = 255;

/// What comes before the content of a file.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    /// What it is called.
    name: String,
    /// The object and its property that are to refer to it: type, id, name.
    target: Option<(String, String, String)>,
}

impl Announced {
    /// What a body, or the part `object` of a form, says.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let fields = json_object(body)?;
        let text = |value: Option<&Value>, name: &str| {
            let value = value.and_then(|value| value.get(name));
            value.and_then(Value::as_str).map(str::to_owned)
        };
        let name = text(fields.get("file"), "fileName").unwrap_or_default();
        let target = match fields.get("targetFileProperty") {
            None | Some(Value::Null) => None,
            Some(target) => {
                let property = text(Some(target), "propertyName");
                let reference = reference(target).filter(|(kind, _)| is_type(kind));
                let (Some((kind, id)), Some(property)) = (reference, property) else {
                    let message = "targetFileProperty needs objectType, id and propertyName";
                    return Err(Refusal::property("targetFileProperty", message));
                };
                super::object::is_name(&property)?;
                Some((kind.to_owned(), id.to_owned(), property))
            }
        };
        Self { name, target }.checked()
    }

    /// The name of the form's file, where nothing else is said.
    pub(super) fn or_called(mut self, name: Option<String>) -> Result<Self, Refusal> {
        if self.name.is_empty() {
            self.name = name.unwrap_or_default();
        }
        self.checked()
    }

    fn checked(self) -> Result<Self, Refusal> {
        if self.name.len() > LONGEST_NAME || self.name.contains(char::is_control) {
            let message = format!("a file has a name of up to {LONGEST_NAME} bytes");
            return Err(Refusal::property("fileName", message));
        }
        Ok(self)
    }
}

/// What files are kept with.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) store: Arc<Store>,
    pub(super) disk: Arc<Disk>,
}

/// Who uploads, to which backend.
#[derive(Clone, Debug)]
pub(super) struct Uploader {
    pub(super) backend: Arc<Backend>,
    pub(super) credentials: Credentials,
    pub(super) request: String,
}

impl Files {
    /// Announces a file that comes in chunks.
    pub(super) async fn announce(
        &self,
        by: Uploader,
        announced: Announced,
    ) -> Result<Value, Refusal> {
        let id = new_id()?;
        let write = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &by.backend, &by.credentials, &by.request).await?;
            let body = begin(&asked, &id, &announced, "").await?;
            Ok(Value::Object(body))
        };
        self.store.write(write).await
    }

    /// Keeps a file that comes whole.
    pub(super) async fn keep(
        &self,
        by: Uploader,
        announced: Announced,
        form: Form,
    ) -> Result<Value, Refusal> {
        // Whoever may not is not to fill the disk.
        let (asker, told) = (by.clone(), announced.clone());
        let may = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &asker.backend, &asker.credentials, &asker.request).await?;
            may_begin(&asked, &told).await.map(|_| ())
        };
        self.store.read(may).await?;
        let id = new_id()?;
        let size = form.content.len() as u64;
        self.disk.append(&id, 0, form.content).await?;
        let has_thumbnail = self.disk.finish(&id, size).await?;
        let dropped = id.clone();
        let media = form.media;
        let write = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &by.backend, &by.credentials, &by.request).await?;
            begin(&asked, &id, &announced, &media).await?;
            complete(&asked, &id, size, has_thumbnail).await
        };
        let done = self.store.write(write).await;
        if done.is_err() {
            self.disk.remove(&dropped);
        }
        done
    }

    /// Takes the next chunk of a file, and completes it with the last one.
    pub(super) async fn chunk(
        &self,
        by: Uploader,
        id: String,
        range: Range,
        content: Bytes,
    ) -> Result<Value, Refusal> {
        // One after the other: two that come at once are never mixed.
        let _turn = self.disk.turn(&id).await;
        let (asker, file) = (by.clone(), id.clone());
        let next = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &asker.backend, &asker.credentials, &asker.request).await?;
            fits(&asked, &file, range).await
        };
        self.store.read(next).await?;
        self.disk.append(&id, range.start, content).await?;
        let has_thumbnail = match range.end == range.total {
            true => self.disk.finish(&id, range.total).await?,
            false => false,
        };
        let write = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &by.backend, &by.credentials, &by.request).await?;
            fits(&asked, &id, range).await?;
            if range.end == range.total {
                return complete(&asked, &id, range.total, has_thumbnail).await;
            }
            received(&asked, &id, range.end, range.total).await?;
            let before = stored(&asked, "files", &id, Right::Update).await?;
            merge(&asked, before, fields(&[("status", "incomplete".into())])).await
        };
        self.store.write(write).await
    }
}

/// Refuses whoever may not upload this; says whose rights the file has.
async fn may_begin(asked: &Asked<'_>, announced: &Announced) -> Result<String, Refusal> {
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
async fn begin(
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
async fn fits(asked: &Asked<'_>, id: &str, range: Range) -> Result<(), Refusal> {
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

async fn received(asked: &Asked<'_>, id: &str, end: u64, total: u64) -> Result<(), Refusal> {
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
async fn complete(
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
pub(super) async fn content_of(
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

fn fields(of: &[(&str, Value)]) -> Fields {
    let fields = of.iter();
    fields
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}
