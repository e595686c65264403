//! Files: an object of the type `files` each, with its content beside the database. The content is
//! whole on the disk before the database says so, and goes after the database has forgotten it;
//! what a crash leaves in between is swept up at the next start.

mod announced;
mod disk;
mod draft;
mod form;
mod range;
mod record;
mod signature;
mod variants;

use std::sync::Arc;

use serde_json::Value;

use super::asked::{Asked, Credentials};
use super::backend::Backend;
use super::error::Refusal;
use super::id::new_id;
use super::object_types::Variant;
use super::objects::{merge, stored};
use super::rights::Right;
use super::store::{Store, Tx};
use crate::http::Pieces;
pub(super) use announced::Announced;
pub(super) use disk::Disk;
use draft::Draft;
use form::Form;
pub(super) use form::{FIRST_LINE, boundary};
pub(super) use range::Range;
pub(super) use record::content_of;
use record::{begin, complete, declared, fields, fits, may_begin, received};
pub(super) use signature::Signer;

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

    /// Keeps a file that comes whole, in a form with this text between its parts.
    pub(super) async fn keep(
        &self,
        by: Uploader,
        boundary: String,
        body: Pieces,
    ) -> Result<Value, Refusal> {
        // Whoever may not is not to fill the disk.
        let may = async |announced: &Announced| self.may_begin(&by, announced).await.map(|_| ());
        let most = by.backend.max_file;
        let form = Form::receive(boundary, body, most, &self.disk, may).await?;
        let files = self.clone();
        to_the_end(async move { files.kept(by, form).await }).await
    }

    async fn kept(&self, by: Uploader, form: Form) -> Result<Value, Refusal> {
        let id = new_id()?;
        let declared = self.may_begin(&by, &form.announced).await?;
        let names = variants::names(&declared);
        let done = self.record(by, &id, form, declared).await;
        // What nobody knows of does not stay.
        let may_be_known = matches!(&done, Err(Refusal::Store(error)) if error.may_be_written());
        if done.is_err() && !may_be_known {
            self.disk.remove(&id, names.iter());
        }
        done
    }

    async fn record(
        &self,
        by: Uploader,
        id: &str,
        form: Form,
        declared: Vec<Variant>,
    ) -> Result<Value, Refusal> {
        let Form {
            announced,
            content,
            media,
        } = form;
        let size = content.size();
        self.disk.append(id, 0, content).await?;
        let made = self.disk.finish(id, size, declared).await?;
        let id = id.to_owned();
        let write = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &by.backend, &by.credentials, &by.request).await?;
            begin(&asked, &id, &announced, &media).await?;
            complete(&asked, &id, size, &made).await
        };
        self.store.write(write).await
    }

    /// What is to be made of a file, if it may come and is a picture.
    async fn may_begin(
        &self,
        by: &Uploader,
        announced: &Announced,
    ) -> Result<Vec<Variant>, Refusal> {
        let (by, announced) = (by.clone(), announced.clone());
        let may = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &by.backend, &by.credentials, &by.request).await?;
            Ok(may_begin(&asked, &announced).await?.variants)
        };
        self.store.read(may).await
    }

    /// Takes the next chunk of a file, and completes it with the last one.
    pub(super) async fn chunk(
        &self,
        by: Uploader,
        id: String,
        range: Range,
        mut body: Pieces,
    ) -> Result<Value, Refusal> {
        self.is_next(&by, &id, range).await?;
        let mut content = self.disk.draft(body.spent())?;
        while let Some(piece) = body.piece().await? {
            if content.size() + piece.len() as u64 > range.length() {
                range.fits(u64::MAX)?;
            }
            content.write(piece).await?;
        }
        range.fits(content.size())?;
        content.flush().await?;
        let files = self.clone();
        to_the_end(async move { files.taken(by, id, range, content).await }).await
    }

    async fn taken(
        &self,
        by: Uploader,
        id: String,
        range: Range,
        content: Draft,
    ) -> Result<Value, Refusal> {
        // One after the other: two that come at once are never mixed.
        let _turn = self.disk.turn(&id).await;
        let declared = self.is_next(&by, &id, range).await?;
        self.disk.append(&id, range.start, content).await?;
        let made = match range.end == range.total {
            true => self.disk.finish(&id, range.total, declared).await?,
            false => Vec::new(),
        };
        let write = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &by.backend, &by.credentials, &by.request).await?;
            fits(&asked, &id, range).await?;
            if range.end == range.total {
                return complete(&asked, &id, range.total, &made).await;
            }
            received(&asked, &id, range.end, range.total).await?;
            let before = stored(&asked, "files", &id, Right::Update).await?;
            merge(&asked, before, fields(&[("status", "incomplete".into())])).await
        };
        self.store.write(write).await
    }

    /// What is to be made of a file, if this chunk is its next one.
    async fn is_next(
        &self,
        by: &Uploader,
        id: &str,
        range: Range,
    ) -> Result<Vec<Variant>, Refusal> {
        let (by, id) = (by.clone(), id.to_owned());
        let next = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &by.backend, &by.credentials, &by.request).await?;
            fits(&asked, &id, range).await?;
            declared(&asked, &id).await
        };
        self.store.read(next).await
    }
}

/// Goes on when whoever asked is gone: what is on the disk and what the database says of it change
/// one right after the other.
async fn to_the_end(
    work: impl Future<Output = Result<Value, Refusal>> + 'static,
) -> Result<Value, Refusal> {
    actix_web::rt::spawn(work)
        .await
        .unwrap_or(Err(Refusal::Failed))
}
