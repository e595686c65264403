//! Files: an object of the type `files` each, with its content beside the database. The content is
//! whole on the disk before the database says so, and goes after the database has forgotten it;
//! what a crash leaves in between is swept up at the next start.

mod announced;
mod disk;
mod form;
mod range;
mod record;
mod signature;
mod variants;

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::asked::{Asked, Credentials};
use super::backend::Backend;
use super::error::Refusal;
use super::id::new_id;
use super::objects::{merge, stored};
use super::rights::Right;
use super::store::{Store, Tx};
pub(super) use announced::Announced;
pub(super) use disk::Disk;
pub(super) use form::Form;
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
            Ok(may_begin(&asked, &told).await?.variants)
        };
        let declared = self.store.read(may).await?;
        let id = new_id()?;
        let size = form.content.len() as u64;
        self.disk.append(&id, 0, form.content).await?;
        let made = self.disk.finish(&id, size, declared).await?;
        let dropped = (id.clone(), made.clone());
        let media = form.media;
        let write = async move |tx: &Tx<'_>| {
            let asked = Asked::by(tx, &by.backend, &by.credentials, &by.request).await?;
            begin(&asked, &id, &announced, &media).await?;
            complete(&asked, &id, size, &made).await
        };
        let done = self.store.write(write).await;
        if done.is_err() {
            let (id, made) = dropped;
            self.disk.remove(&id, made.iter().map(|(name, _)| name));
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
            fits(&asked, &file, range).await?;
            declared(&asked, &file).await
        };
        let declared = self.store.read(next).await?;
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
}
