//! What a program is answered that asks for a file: what the tree has of its resources, and
//! nothing else.

use std::io::Read as _;
use std::sync::Arc;

use tracing::debug;

use super::Attach;
use super::connection::{Connection, ConnectionError};
use super::protocol::preview::Command;
use crate::path::TreePath;
use crate::tree::root::{Found, Root};

/// The largest file that is given to a program over its debug port.
const LARGEST_FILE: u64 = 15 << 20;

/// Gives the program what the tree has for a path, or says that it has nothing. The program
/// waits.
pub(crate) async fn answer(
    attach: &Attach,
    connection: &mut Connection,
    path: &str,
) -> Result<(), ConnectionError> {
    let contents = match attach.resources.find(path) {
        Some(found) => read(attach, found).await,
        None => None,
    };
    match &contents {
        Some(contents) => {
            debug!("{path:?} is taken from the tree");
            connection.send(&Command::File { path, contents }).await
        }
        None => {
            debug!("{path:?} stays the program's");
            connection.send(&Command::Error(path)).await
        }
    }
}

async fn read(attach: &Attach, path: TreePath) -> Option<Vec<u8>> {
    let snapshot = attach.tree.store().newest();
    let file = snapshot.file(&path)?;
    if let Some(bytes) = file.bytes() {
        return Some(bytes.to_vec());
    }
    let tree = Arc::clone(&attach.tree);
    let read = move || from_disk(tree.root(), &path);
    actix_web::web::block(read).await.ok()?
}

/// An asset, as it is on disk now; `None` if the tree has no such file, or a huge one.
fn from_disk(root: &Root, path: &TreePath) -> Option<Vec<u8>> {
    let Ok(Found::File(open)) = root.open_path(path) else {
        return None;
    };
    let mut contents = Vec::new();
    let read = open.file.take(LARGEST_FILE + 1).read_to_end(&mut contents);
    let len = read.ok().and_then(|len| u64::try_from(len).ok())?;
    (len <= LARGEST_FILE).then_some(contents)
}
