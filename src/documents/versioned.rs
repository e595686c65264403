//! `/@VERSION/PATH`: the file as it was in that version, for good.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;

use super::plain::{Opened, etag, from_disk, overloaded};
use super::{Documents, RequestError, media};
use crate::access::may_see;
use crate::http::{Body, Caching, prefix, respond};
use crate::path::{Kind, Language, TreePath};
use crate::tree::Tree;
use crate::tree::file::{File, QMLDIR, Stat};
use crate::tree::render;
use crate::tree::root::{Found, OpenError, OpenFile};
use crate::tree::snapshot::Snapshot;
use crate::tree::store::Answer;
use crate::tree::version::Token;

/// Answers with the file at `path` of snapshot `version`.
pub(super) async fn serve(
    request: &HttpRequest,
    documents: &Documents,
    token: &Token,
    path: &TreePath,
) -> Result<HttpResponse, RequestError> {
    let store = documents.tree.store();
    let version = token.version;
    if path.name() == QMLDIR
        && let Some(bytes) = render::made_up_qmldir(&path.parent())
    {
        return Ok(respond(request, immutable(path, bytes, token, &[0; 32])));
    }
    let snapshot = match store.answer(version, path) {
        Answer::From(snapshot) => snapshot,
        Answer::ToNote => {
            let (tree, asked) = (Arc::clone(&documents.tree), path.clone());
            let noted = web::block(move || tree.store().note(version, &asked)).await;
            noted.map_err(|_| overloaded(path))?
        }
    };
    let Some(snapshot) = snapshot else {
        return Err(RequestError::Gone {
            version,
            newest: store.newest().version(),
        });
    };
    if path.name() == QMLDIR
        && let Some(bytes) = qmldir(&snapshot, token, &path.parent())
    {
        return Ok(respond(request, immutable(path, bytes, token, &[0; 32])));
    }
    let behind = snapshot.behind(path);
    let found = behind.as_ref().and_then(|behind| snapshot.file(behind));
    let (Some(behind), Some(file)) = (&behind, found) else {
        return Err(RequestError::NotFound {
            path: path.clone(),
            nearest: snapshot.nearest(path),
        });
    };
    // A name may stand for a document elsewhere in the tree.
    if behind != path && !may_see(request, &format!("/{}", behind.to_url())) {
        let path = path.clone();
        return Err(RequestError::Private { path });
    }
    if behind != path && behind.kind() == Kind::Document(Language::Qml) {
        let bytes = render::derived(&snapshot, token, behind, &path.parent());
        return Ok(respond(request, immutable(path, bytes, token, &file.hash)));
    }
    let path = behind;
    let is_own = documents.is_own(request);
    if let Some(bytes) = render::document(&snapshot, token, path, file, &is_own, &prefix(request)) {
        return Ok(respond(request, immutable(path, bytes, token, &file.hash)));
    }
    let tree = Arc::clone(&documents.tree);
    let (asked, expected) = (path.clone(), Arc::clone(file));
    let opened = web::block(move || open_as(&tree, &asked, &expected)).await;
    match opened.map_err(|_| overloaded(path))? {
        Ok(Some(opened)) => Ok(from_disk(request, path, opened, Caching::Immutable)),
        Ok(None) => Err(RequestError::Changed {
            path: path.clone(),
            version,
        }),
        Err(error) => Err(RequestError::open(path, error, &snapshot)),
    }
}

/// The merged qmldir of a directory, under its own name or its second one.
fn qmldir(snapshot: &Snapshot, token: &Token, dir: &TreePath) -> Option<Bytes> {
    if dir.name() == render::SELF_ALIAS {
        return render::qmldir(snapshot, token, &dir.parent(), dir);
    }
    render::qmldir(snapshot, token, dir, dir)
}

fn immutable(path: &TreePath, bytes: Bytes, token: &Token, hash: &[u8; 32]) -> Body {
    Body {
        content: bytes.into(),
        media_type: media::media_type(path),
        // What is written into a document depends on the token, too.
        etag: format!("{token}-{}", etag(hash)),
        modified: None,
        caching: Caching::Immutable,
    }
}

/// Opens an asset if it still is what the snapshot says, here or in a folder that another one took
/// the place of. Its bytes are only on disk; handing out others under this URL would mix two
/// states on a screen.
fn open_as(tree: &Tree, path: &TreePath, expected: &File) -> Result<Option<Opened>, OpenError> {
    let here = match tree.root().open_path(path) {
        Ok(Found::File(open)) => Some(open),
        _ => None,
    };
    let is_it = |open: &mut OpenFile| {
        let same_stat = Stat::of(&open.metadata) == expected.stat && !expected.stat.is_racy();
        same_stat || open.hash().is_some_and(|hash| hash == expected.hash)
    };
    let unchanged = here.and_then(|mut open| is_it(&mut open).then_some(open));
    let unchanged = unchanged.or_else(|| {
        let mut former = tree.root().open_former(path).into_iter();
        former.find_map(|mut open| is_it(&mut open).then_some(open))
    });
    unchanged.map(|open| Opened::read(path, open)).transpose()
}
