//! What is arriving: a file of its own on the disk, written as it comes, which is gone with whoever
//! sends it unless it is kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::disk::aside;
use crate::http::Spent;
use crate::services::enginio::error::Refusal;

/// Bytes that are written at once.
const AT_ONCE: usize = 256 << 10;

/// Content on its way.
#[derive(Debug)]
pub(in crate::services::enginio) struct Draft {
    path: PathBuf,
    file: Arc<File>,
    /// What is not written yet.
    waiting: Vec<Bytes>,
    waits: usize,
    size: u64,
    is_kept: bool,
    spent: Spent,
}

impl Draft {
    /// An empty one at this path, where nothing is yet.
    pub(super) fn begin(path: PathBuf, spent: Spent) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Self {
            path,
            file: Arc::new(file),
            waiting: Vec::new(),
            waits: 0,
            size: 0,
            is_kept: false,
            spent,
        })
    }

    /// How many bytes came.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// What comes next.
    pub(super) async fn write(&mut self, piece: Bytes) -> Result<(), Refusal> {
        self.size += piece.len() as u64;
        self.waits += piece.len();
        self.waiting.push(piece);
        match self.waits >= AT_ONCE {
            true => self.flush().await,
            false => Ok(()),
        }
    }

    /// Gives what waits to the system. It is on the disk once the draft is kept.
    pub(super) async fn flush(&mut self) -> Result<(), Refusal> {
        let (file, waiting) = (Arc::clone(&self.file), std::mem::take(&mut self.waiting));
        let bytes = std::mem::take(&mut self.waits);
        aside(move || {
            let mut file = &*file;
            waiting.iter().try_for_each(|piece| file.write_all(piece))
        })
        .await?;
        self.spent.add(bytes);
        Ok(())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Becomes the file at this path.
    pub(super) fn keep_as(mut self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed now is swept up at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}
