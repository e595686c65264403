//! What a collection begins with, and how its objects are exchanged for others: all of them, or
//! none.

use std::path::{Path, PathBuf};

use tracing::{info, warn};

use super::Collection;
use crate::services::collections::following::Followed;
use crate::services::collections::seed::{Objects, SeedError, SeedFile};
use crate::services::collections::store::{Keyed, Origin, StoreError};
use crate::tree::file::Stat;

/// Why a collection cannot be filled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unready {
    /// What it is to be filled with.
    #[error("{0}")]
    Seed(String),
    /// Where it is to be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Collection {
    /// Makes the database and the settings agree: the key, and the first objects.
    pub(super) async fn fill_new(&mut self) -> Result<(), Unready> {
        let seed = self.read_seed();
        let former = self.store.origin(&self.name).await?;
        if let Some(former) = former.clone().filter(|former| !former.seed.is_empty()) {
            if self.key.is_empty() {
                self.key.clone_from(&former.key);
            }
            match seed {
                Ok(Some(seed)) if seed.hash != former.seed => info!(
                    "{}: its seed has changed since it was filled; to begin anew with that: \
                     qmlserve data reset {0}",
                    self.name
                ),
                Err(error) => warn!("{}: its seed is not usable any more: {error}", self.name),
                Ok(_) => {}
            }
            return self.rekey(former).await;
        }
        let seed = seed.map_err(|error| Unready::Seed(error.to_string()))?;
        self.choose_key(seed.as_ref(), former.as_ref())?;
        if let Some(former) = former {
            self.rekey(former).await?;
        }
        let (origin, objects) = self.prepare(seed)?;
        self.store.fill(&self.name, origin, objects, true).await?;
        Ok(())
    }

    /// The seed, to be followed from now on.
    pub(crate) fn followed(&self, offer: String) -> Option<Followed> {
        let file = self.seed.clone()?;
        let at = Stat::at(&file.path);
        let hash = file.read().map(|objects| objects.hash);
        Some(Followed {
            collection: self.name.clone(),
            hash: hash.unwrap_or_default(),
            file,
            offer,
            at,
        })
    }

    fn choose_key(
        &mut self,
        seed: Option<&Objects>,
        former: Option<&Origin>,
    ) -> Result<(), Unready> {
        if !self.key.is_empty() {
            return Ok(());
        }
        self.key = match (seed, former) {
            (Some(seed), _) => seed.guess_key().map(str::to_owned).ok_or_else(|| {
                let message = "its objects have neither an id nor a name nor a key to be told apart by; \
                     name the field: key in";
                Unready::Seed(format!("{message} [collections.{}]", self.name))
            })?,
            (None, Some(former)) => former.key.clone(),
            (None, None) => "id".to_owned(),
        };
        Ok(())
    }

    /// Objects that were kept under another field are kept under this one.
    async fn rekey(&self, former: Origin) -> Result<(), Unready> {
        if former.key == self.key {
            return Ok(());
        }
        let objects = self.export().await?;
        let objects = Objects {
            objects,
            hash: former.seed.clone(),
        };
        let place = PathBuf::from(format!("the objects kept by {:?}", former.key));
        let keyed = objects.keyed(&self.key, &place).map_err(|error| {
            Unready::Seed(format!("{error}; set key = {:?}, or mend that", former.key))
        })?;
        let key = self.key.clone();
        let origin = Origin {
            key,
            seed: former.seed,
        };
        self.store.fill(&self.name, origin, keyed, false).await?;
        Ok(())
    }

    fn read_seed(&self) -> Result<Option<Objects>, SeedError> {
        self.seed.as_ref().map(SeedFile::read).transpose()
    }

    /// The objects of a seed as they are kept, checked.
    fn prepare(&self, seed: Option<Objects>) -> Result<(Origin, Vec<Keyed>), Unready> {
        let key = self.key.clone();
        let path = self.seed.as_ref().map(|seed| seed.path.clone());
        let path = path.unwrap_or_default();
        let (hash, objects) = match seed {
            Some(seed) => (seed.hash.clone(), self.checked(seed, &path)?),
            None => (String::new(), Vec::new()),
        };
        Ok((Origin { key, seed: hash }, objects))
    }

    fn checked(&self, objects: Objects, path: &Path) -> Result<Vec<Keyed>, Unready> {
        let keyed = objects
            .keyed(&self.key, path)
            .map_err(|error| Unready::Seed(error.to_string()))?;
        for (number, (_, object)) in keyed.iter().enumerate() {
            self.check(object).map_err(|refusal| {
                let (path, number) = (path.display(), number + 1);
                Unready::Seed(format!("{path}: object {number}: {refusal}"))
            })?;
        }
        Ok(keyed)
    }

    /// Puts the seed in the place of all objects, and tells how many they are.
    pub(crate) async fn reset(&self) -> Result<usize, Unready> {
        let seed = self
            .read_seed()
            .map_err(|error| Unready::Seed(error.to_string()))?;
        let (origin, objects) = self.prepare(seed)?;
        let count = objects.len();
        self.store.fill(&self.name, origin, objects, false).await?;
        Ok(count)
    }

    /// Puts the objects of a file in the place of all others, and tells how many they are.
    pub(crate) async fn import(&self, objects: Objects, path: &Path) -> Result<usize, Unready> {
        let former = self.store.origin(&self.name).await?;
        // Without a seed of its own, what is imported counts as one: it is not filled again.
        let seed = former
            .map(|former| former.seed)
            .filter(|seed| !seed.is_empty());
        let seed = seed.unwrap_or_else(|| objects.hash.clone());
        let objects = self.checked(objects, path)?;
        let count = objects.len();
        let key = self.key.clone();
        self.store
            .fill(&self.name, Origin { key, seed }, objects, false)
            .await?;
        Ok(count)
    }
}
