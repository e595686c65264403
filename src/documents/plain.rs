//! `/PATH`: the file as it is now.

use std::io::Read as _;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;

use super::{Documents, RequestError, listing, media, transfer};
use crate::http::{Body, Caching, Content, prefix, respond, wants_html};
use crate::path::TreePath;
use crate::tree::file::{File, Stat};
use crate::tree::root::{Found, OpenError, OpenFile};
use crate::tree::snapshot::Snapshot;

/// Answers with the file at `path`, or what stands for it.
pub(super) async fn serve(
    request: &HttpRequest,
    documents: &Documents,
    path: &TreePath,
) -> Result<HttpResponse, RequestError> {
    let snapshot = documents.tree.store().newest();
    if path.name() == "qmldir"
        && let Some(bytes) = snapshot.qmldir(&path.parent())
    {
        return Ok(respond(request, text(path, bytes, &snapshot)));
    }
    if let Some(file) = snapshot.file(path)
        && let Some(bytes) = file.bytes()
        && is_current(documents, path, file)
    {
        return Ok(respond(request, from_memory(path, file, bytes.clone())));
    }
    let tree = Arc::clone(&documents.tree);
    let asked = path.clone();
    let opened = web::block(move || match tree.root().open_path(&asked)? {
        Found::File(open) => Ok(Some(Opened::read(&asked, open)?)),
        Found::Directory(_) => Ok(None),
    });
    match opened.await.map_err(|_| overloaded(path))? {
        Ok(Some(opened)) => Ok(from_disk(request, path, opened, Caching::Revalidate)),
        Ok(None) => directory(request, documents, path).await,
        Err(error) => Err(RequestError::open(path, error, &snapshot)),
    }
}

/// Whether nobody wrote to the file since it was read: between a write and the
/// new snapshot lie some milliseconds, in which only the disk is right.
fn is_current(documents: &Documents, path: &TreePath, file: &File) -> bool {
    if file.stat.is_racy() {
        return false;
    }
    let disk = documents.tree.root().on_disk(path);
    std::fs::metadata(disk).is_ok_and(|metadata| Stat::of(&metadata) == file.stat)
}

fn from_memory(path: &TreePath, file: &File, bytes: Bytes) -> Body {
    Body {
        content: bytes.into(),
        media_type: media::media_type(path),
        etag: etag(&file.hash),
        modified: Some(file.stat.modified),
        caching: Caching::Revalidate,
    }
}

/// A qmldir is made, not read: its bytes are its identity.
fn text(path: &TreePath, bytes: Bytes, snapshot: &Snapshot) -> Body {
    Body {
        etag: etag(blake3::hash(&bytes).as_bytes()),
        media_type: media::media_type(path),
        modified: snapshot.file(path).map(|file| file.stat.modified),
        content: bytes.into(),
        caching: Caching::Revalidate,
    }
}

/// The first 64 bits of a content hash, as an entity tag.
pub(super) fn etag(hash: &[u8; 32]) -> String {
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A file that is open, with its content if it is answered from memory.
#[derive(Debug)]
pub(super) struct Opened {
    file: OpenFile,
    stat: Stat,
    content: Option<Bytes>,
}

impl Opened {
    /// Reads what is answered from memory, on a thread that may wait: a document that is newer
    /// than its snapshot.
    pub(super) fn read(path: &TreePath, mut file: OpenFile) -> Result<Self, OpenError> {
        let stat = Stat::of(&file.metadata);
        let is_document = path.kind().is_document() && stat.len < crate::tree::file::LARGE;
        let content = if is_document {
            let mut bytes = Vec::new();
            file.file.read_to_end(&mut bytes).map_err(OpenError::Io)?;
            Some(bytes.into())
        } else {
            None
        };
        Ok(Self {
            file,
            stat,
            content,
        })
    }
}

/// Answers with an open file.
pub(super) fn from_disk(
    request: &HttpRequest,
    path: &TreePath,
    opened: Opened,
    caching: Caching,
) -> HttpResponse {
    let Opened {
        file,
        stat,
        content,
    } = opened;
    let (etag, content) = match content {
        Some(bytes) => (etag(blake3::hash(&bytes).as_bytes()), bytes.into()),
        None => {
            let read = move |range| transfer::body(file.file, stat, range);
            let state = format!("{stat:?}");
            let content = Content::Elsewhere(stat.len, Box::new(read));
            (etag(blake3::hash(state.as_bytes()).as_bytes()), content)
        }
    };
    let body = Body {
        content,
        media_type: media::media_type(path),
        etag,
        modified: Some(stat.modified),
        caching,
    };
    respond(request, body)
}

async fn directory(
    request: &HttpRequest,
    documents: &Documents,
    path: &TreePath,
) -> Result<HttpResponse, RequestError> {
    if wants_html(request)
        && let Some(index) = path.child("index.html")
        && let Some(opened) = index_page(documents, &index).await
    {
        // The page's relative links need the slash. Built from the normalised
        // path, so it cannot lead to another host.
        if !request.uri().path().ends_with('/') {
            return Ok(HttpResponse::PermanentRedirect()
                .insert_header((
                    header::LOCATION,
                    format!("{}/{}/", prefix(request), path.to_url()),
                ))
                .finish());
        }
        return Ok(from_disk(request, &index, opened, Caching::Revalidate));
    }
    let tree = Arc::clone(&documents.tree);
    let asked = path.clone();
    let rows = web::block(move || listing::rows(tree.root(), &asked)).await;
    let rows = rows
        .map_err(|_| overloaded(path))?
        .map_err(|error| RequestError::Open {
            path: path.clone(),
            error,
        })?;
    Ok(listing::respond(request, path, &rows))
}

async fn index_page(documents: &Documents, index: &TreePath) -> Option<Opened> {
    let tree = Arc::clone(&documents.tree);
    let index = index.clone();
    let opened = web::block(move || match tree.root().open_path(&index) {
        Ok(Found::File(open)) => Opened::read(&index, open).ok(),
        _ => None,
    });
    opened.await.ok().flatten()
}

/// The thread pool is shutting down.
pub(super) fn overloaded(path: &TreePath) -> RequestError {
    RequestError::Open {
        path: path.clone(),
        error: OpenError::Io(std::io::Error::other("the server is stopping")),
    }
}
