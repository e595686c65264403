//! What collections there are to be: those that are declared, files in the folder of data, and
//! the arrays of a file with several, as json-server has them in its `db.json`.

use std::path::{Path, PathBuf};

use tracing::{info, warn};

use super::config::{CollectionConfig, CollectionsConfig};
use super::object::items;
use super::seed::{self, Objects, SeedError, SeedFile, read_parts};

/// What a file with several collections is called.
const SEVERAL: &str = "db";

/// A collection to be, with where its first objects are.
pub(super) struct Source {
    pub config: CollectionConfig,
    pub seed: Option<SeedFile>,
    /// Not declared.
    pub found: bool,
}

/// All of them. `taken` tells which paths the tree has something of its own for.
pub(super) fn sources(config: &CollectionsConfig, taken: &dyn Fn(&str) -> bool) -> Vec<Source> {
    let mut files: Vec<(String, SeedFile)> = Vec::new();
    let mut several = config.db.clone();
    for (name, path) in seed::find(&config.data) {
        if name == SEVERAL && several.is_none() && read_parts(&path).is_ok() {
            several = Some(path);
        } else {
            files.push((name, SeedFile::whole(path)));
        }
    }
    if let Some(path) = several {
        for (name, file) in arrays(&path) {
            match files.iter().find(|(other, _)| *other == name) {
                Some((_, other)) => warn!(
                    "{} comes before {name:?} of {}",
                    other.path.display(),
                    path.display()
                ),
                None => files.push((name, file)),
            }
        }
    }
    let mut sources: Vec<Source> = Vec::new();
    for declared in &config.declared {
        let seed = match &declared.seed {
            Some(seed) => Some(SeedFile::whole(seed.locate(&config.data))),
            None => files
                .iter()
                .find(|(name, _)| *name == declared.name)
                .map(|(_, file)| file.clone()),
        };
        let config = declared.clone();
        sources.push(Source {
            config,
            seed,
            found: false,
        });
    }
    for (name, file) in files {
        let used =
            |source: &Source| source.config.name == name || source.seed.as_ref() == Some(&file);
        if sources.iter().any(used) {
            continue;
        }
        let path = file.path.display();
        if taken(&name) {
            warn!(
                "{path} is no collection: the tree has a /{name} of its own; to have both, declare \
                 [collections.{name}] with another path in qmlserve.toml"
            );
            continue;
        }
        if let (None, Err(error @ SeedError::Shape { .. })) =
            (&file.part, Objects::read(&file.path))
        {
            info!("{path} is no collection: {error}");
            continue;
        }
        sources.push(Source {
            config: CollectionConfig {
                name,
                ..CollectionConfig::default()
            },
            seed: Some(file),
            found: true,
        });
    }
    sources
}

/// The arrays of objects in a file, by name.
fn arrays(path: &Path) -> Vec<(String, SeedFile)> {
    let parts = match read_parts(path) {
        Ok(parts) => parts,
        Err(error) => {
            warn!("there are no collections of {error}");
            return Vec::new();
        }
    };
    let mut arrays = Vec::new();
    for (name, raw) in parts {
        let is_array = raw.get().starts_with('[');
        let is_name = !name.is_empty()
            && !name.starts_with(['.', '@'])
            && !name.contains(|c: char| c.is_control() || "/\\?#%\"".contains(c));
        if !is_array || !is_name || !items(&raw).iter().all(|item| item.get().starts_with('{')) {
            warn!(
                "{}: {name:?} is no array of objects with the name of a path, and is not served",
                path.display()
            );
            continue;
        }
        let file = SeedFile {
            path: PathBuf::from(path),
            part: Some(name.clone()),
        };
        arrays.push((name, file));
    }
    arrays
}
