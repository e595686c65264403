//! The content of files: one file of the system each, called by the id, so that no name that a
//! client sends is ever a name on the disk.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};

use super::variants::{self, Made};
use crate::services::enginio::error::Refusal;
use crate::services::enginio::id::is_id;
use crate::services::enginio::object_types::Variant;

/// Files whose chunks wait for each other, by the hash of their id.
const LANES: usize = 64;

/// Pictures that are made small at once.
const AT_ONCE: usize = 2;

/// The folder.
#[derive(Debug)]
pub(in crate::services::enginio) struct Disk {
    folder: PathBuf,
    lanes: Vec<Arc<Mutex<()>>>,
    pictures: Arc<Semaphore>,
    /// A folder that ends with the process.
    _temporary: Option<tempfile::TempDir>,
}

impl Disk {
    /// The folder at this path, made where it is missing.
    pub(in crate::services::enginio) fn open(folder: &Path) -> Result<Self, std::io::Error> {
        fs::create_dir_all(folder)?;
        Ok(Self::in_folder(folder.to_owned(), None))
    }

    /// One that ends with the process.
    pub(in crate::services::enginio) fn temporary() -> Result<Self, std::io::Error> {
        let temporary = tempfile::tempdir()?;
        Ok(Self::in_folder(
            temporary.path().to_owned(),
            Some(temporary),
        ))
    }

    fn in_folder(folder: PathBuf, temporary: Option<tempfile::TempDir>) -> Self {
        Self {
            folder,
            lanes: (0..LANES).map(|_| Arc::default()).collect(),
            pictures: Arc::new(Semaphore::new(AT_ONCE)),
            _temporary: temporary,
        }
    }

    /// Waits until nobody else is at this file.
    pub(super) async fn turn(&self, id: &str) -> Option<OwnedMutexGuard<()>> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id);
        let lane = usize::try_from(hash % LANES as u64).unwrap_or_default();
        let lane = Arc::clone(self.lanes.get(lane)?);
        Some(lane.lock_owned().await)
    }

    /// Writes what comes at `start` of a file; it is on the disk afterwards.
    pub(super) async fn append(&self, id: &str, start: u64, content: Bytes) -> Result<(), Refusal> {
        let path = self.part(id);
        aside(move || {
            // What a chunk left that was never answered is written over.
            let options = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path);
            let mut file = options?;
            file.set_len(start)?;
            file.seek(SeekFrom::Start(start))?;
            file.write_all(&content)?;
            file.sync_all()
        })
        .await
    }

    /// The file is whole. Says what became of its variants.
    pub(super) async fn finish(
        &self,
        id: &str,
        size: u64,
        declared: Vec<Variant>,
    ) -> Result<Vec<Made>, Refusal> {
        let (part, whole, folder) = (self.part(id), self.whole(id), self.folder.clone());
        let place = Arc::clone(&self.pictures).acquire_owned().await;
        let place = place.map_err(|_| Refusal::Failed)?;
        aside(move || {
            let has_all = fs::metadata(&part)?.len() == size;
            if !has_all {
                return Err(std::io::Error::other("not all of it is there"));
            }
            let made = variants::make(&part, &declared, |variant, content| {
                let mut file = File::create(whole.with_extension(variant))?;
                file.write_all(content)?;
                file.sync_all()
            })?;
            fs::rename(&part, &whole)?;
            File::open(&folder)?.sync_all()?;
            drop(place);
            Ok(made)
        })
        .await
    }

    /// What is in a file, or in a variant of it.
    pub(in crate::services::enginio) async fn read(
        &self,
        id: &str,
        variant: Option<&str>,
    ) -> Result<Bytes, Refusal> {
        let path = match variant {
            None => self.whole(id),
            Some(variant) => self.variant(id, variant),
        };
        aside(move || fs::read(path).map(Bytes::from)).await
    }

    /// Removes a file and its variants, as far as there is something of them.
    pub(in crate::services::enginio) fn remove<'v>(
        &self,
        id: &str,
        variants: impl Iterator<Item = &'v String>,
    ) {
        let variants = variants.map(|variant| self.variant(id, variant));
        for path in [self.part(id), self.whole(id)].into_iter().chain(variants) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::warn!("{}: {error}", path.display());
                }
                _ => {}
            }
        }
    }

    /// Removes what no object is of.
    pub(in crate::services::enginio) fn sweep(&self, known: &HashSet<String>) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| name.get(..24)) else {
                continue;
            };
            if is_id(id) && !known.contains(id) {
                // It is gone already, or will be swept the next time.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn whole(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    fn part(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.part"))
    }

    fn variant(&self, id: &str, variant: &str) -> PathBuf {
        self.folder.join(format!("{id}.{variant}"))
    }
}

async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_| Refusal::Failed)?;
    done.map_err(|error| Refusal::Disk(error.kind().to_string()))
}
