//! `/PATH`: the file as it is now.

use std::io::Read as _;
use std::sync::Arc;

use actix_files::NamedFile;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;

use super::{Documents, RequestError, listing, media};
use crate::http::{Body, Caching, respond, wants_html};
use crate::path::TreePath;
use crate::tree::file::{File, Kind, Stat};
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
        Ok(Some(opened)) => from_disk(request, path, opened, Caching::Revalidate),
        Ok(None) => directory(request, documents, path).await,
        Err(OpenError::NotFound) => Err(RequestError::NotFound {
            path: path.clone(),
            nearest: snapshot.nearest(path),
        }),
        Err(error) => Err(RequestError::Open {
            path: path.clone(),
            error,
        }),
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
        bytes,
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
        bytes,
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
    /// than its snapshot, and an empty file, of which `NamedFile` answers a range with one that
    /// ends before it begins.
    pub(super) fn read(path: &TreePath, mut file: OpenFile) -> Result<Self, OpenError> {
        let stat = Stat::of(&file.metadata);
        let is_document = Kind::of(path).is_document() && stat.len < crate::tree::file::LARGE;
        let content = if is_document || stat.len == 0 {
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

/// Answers with an open file; actix-files knows ranges and conditions.
pub(super) fn from_disk(
    request: &HttpRequest,
    path: &TreePath,
    opened: Opened,
    caching: Caching,
) -> Result<HttpResponse, RequestError> {
    let failed = |error| RequestError::Open {
        path: path.clone(),
        error: OpenError::Io(error),
    };
    if let Some(bytes) = opened.content {
        return Ok(respond(
            request,
            Body {
                etag: etag(blake3::hash(&bytes).as_bytes()),
                bytes,
                media_type: media::media_type(path),
                modified: Some(opened.stat.modified),
                caching,
            },
        ));
    }
    // The name only serves to guess the media type, which is set below.
    let named = NamedFile::from_file(opened.file.file, path.as_str())
        .map_err(failed)?
        .disable_content_disposition();
    let mut response = named.into_response(request);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, caching.header());
    headers.insert(header::CONTENT_TYPE, media::media_type(path));
    Ok(response)
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
                .insert_header((header::LOCATION, format!("/{}/", path.to_url())))
                .finish());
        }
        return from_disk(request, &index, opened, Caching::Revalidate);
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
