//! The content of files: one file of the system each, called by the id, so that no name that a
//! client sends is ever a name on the disk.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};

use super::Draft;
use super::variants::{self, Made};
use crate::http::Spent;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::id::{is_id, new_id};
use crate::services::enginio::object_types::Variant;

/// Files whose chunks wait for each other, by the hash of their id.
const LANES: usize = 64;

/// Pictures that are made small at once.
const AT_ONCE: usize = 2;

/// What is read of a file to see what it is, in bytes.
const HEAD: u64 = 64;

/// A file that is read.
#[derive(Debug)]
pub(in crate::services::enginio) struct Opened {
    pub(in crate::services::enginio) file: File,
    /// In bytes.
    pub(in crate::services::enginio) length: u64,
    /// What it begins with.
    pub(in crate::services::enginio) head: Vec<u8>,
}

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

    /// Room for content that is about to come. What of it is on the disk is told to `spent`.
    pub(super) fn draft(&self, spent: Spent) -> Result<Draft, Refusal> {
        let path = self.folder.join(format!("{}.draft", new_id()?));
        Draft::begin(path, spent).map_err(|error| refused(&error))
    }

    /// Puts a draft at `start` of a file; it is on the disk afterwards.
    pub(super) async fn append(&self, id: &str, start: u64, draft: Draft) -> Result<(), Refusal> {
        let (part, whole) = (self.part(id), self.whole(id));
        aside(move || {
            if start == 0 {
                return draft.keep_as(&part);
            }
            // The last chunk came already, but the database could not say so.
            if !part.exists() && whole.exists() {
                fs::rename(&whole, &part)?;
            }
            let mut file = OpenOptions::new().write(true).open(&part)?;
            if file.metadata()?.len() < start {
                return Err(std::io::Error::other("what came before is not there"));
            }
            // What a chunk left that was never answered is written over.
            file.set_len(start)?;
            file.seek(SeekFrom::Start(start))?;
            std::io::copy(&mut File::open(draft.path())?, &mut file)?;
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

    /// A file, or a variant of it, with its length in bytes and what it begins with.
    pub(in crate::services::enginio) async fn open_file(
        &self,
        id: &str,
        variant: Option<&str>,
    ) -> Result<Opened, Refusal> {
        let path = match variant {
            None => self.whole(id),
            Some(variant) => self.variant(id, variant),
        };
        aside(move || {
            let file = File::open(path)?;
            let length = file.metadata()?.len();
            let mut head = Vec::new();
            (&file).take(HEAD).read_to_end(&mut head)?;
            Ok(Opened { file, length, head })
        })
        .await
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

pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_| Refusal::Failed)?;
    done.map_err(|error| refused(&error))
}

fn refused(error: &std::io::Error) -> Refusal {
    match error.kind() {
        ErrorKind::NotFound => Refusal::NoContent,
        kind => Refusal::Disk(kind.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_last_chunk_that_comes_again_finds_the_others() {
        let disk = Disk::temporary().unwrap();
        let id = "541df1c1e5bde554a805b213";
        let draft = async |content: &'static [u8]| {
            let mut draft = disk.draft(Spent::default()).unwrap();
            draft.write(content.into()).await.unwrap();
            draft.flush().await.unwrap();
            draft
        };
        disk.append(id, 0, draft(b"abcd").await).await.unwrap();
        // The database could not say that it is complete.
        for _ in 0..2 {
            disk.append(id, 4, draft(b"efgh").await).await.unwrap();
            disk.finish(id, 8, Vec::new()).await.unwrap();
            assert_eq!(fs::read(disk.whole(id)).unwrap(), b"abcdefgh");
        }
        disk.append("541df1c1e5bde554a805b214", 4, draft(b"efgh").await)
            .await
            .unwrap_err();
        assert_eq!(fs::read_dir(&disk.folder).unwrap().count(), 1);
    }
}
