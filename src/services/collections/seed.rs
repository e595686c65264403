//! Files with objects: the seed of a collection, and what is imported.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_json::value::RawValue;

use super::object::{Object, items, kind};

/// The objects of a file.
#[derive(Debug)]
pub(super) struct Objects {
    /// In their order.
    pub objects: Vec<Object>,
    /// A token of the bytes.
    pub hash: String,
}

/// Why a file is no seed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SeedError {
    /// It cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is not JSON.
    #[error("{}:{line}:{column}: {message}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser missed.
        message: String,
    },
    /// It is JSON of another shape.
    #[error("{}: expected an array of objects, or an object with one array in it; {found}", .path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What there is.
        found: String,
    },
    /// One of its objects cannot be kept.
    #[error("{}: object {number}: {reason}", .path.display())]
    Object {
        /// The file.
        path: PathBuf,
        /// Which, from 1.
        number: usize,
        /// Why.
        reason: String,
    },
}

/// Where a seed is: a file of its own, or the array of this name in a file with several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeedFile {
    pub path: PathBuf,
    pub part: Option<String>,
}

impl SeedFile {
    /// All of the file at `path`.
    pub(super) fn whole(path: PathBuf) -> Self {
        Self { path, part: None }
    }

    /// The objects.
    pub(super) fn read(&self) -> Result<Objects, SeedError> {
        let Some(part) = &self.part else {
            return Objects::read(&self.path);
        };
        match read_parts(&self.path)?.remove(part) {
            Some(raw) => Objects::parse(&self.path, raw.get().as_bytes()),
            None => Err(SeedError::Shape {
                path: self.path.clone(),
                found: format!("it has no {part:?}"),
            }),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SeedError> {
    fs::read(path).map_err(|error| SeedError::Unreadable {
        path: path.to_owned(),
        error,
    })
}

/// What the object in the file at `path` has, by name.
pub(super) fn read_parts(path: &Path) -> Result<BTreeMap<String, Box<RawValue>>, SeedError> {
    let bytes = read(path)?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|error| syntax(path, &error))
}

fn syntax(path: &Path, error: &serde_json::Error) -> SeedError {
    SeedError::Syntax {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        message: error.to_string(),
    }
}

impl Objects {
    /// The objects of the file at `path`.
    pub(super) fn read(path: &Path) -> Result<Self, SeedError> {
        Self::parse(path, &read(path)?)
    }

    /// The objects in `bytes`, which messages call `path`.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, SeedError> {
        let syntax = |error: serde_json::Error| syntax(path, &error);
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let value: Value = serde_json::from_slice(bytes).map_err(syntax)?;
        let raw: Box<RawValue> = serde_json::from_slice(bytes).map_err(syntax)?;
        let array = array(&value, raw).map_err(|found| SeedError::Shape {
            path: path.to_owned(),
            found,
        })?;
        let objects = items(&array).into_iter().enumerate().map(|(place, raw)| {
            Object::parse(raw.get().as_bytes()).map_err(|refusal| SeedError::Object {
                path: path.to_owned(),
                number: place + 1,
                reason: refusal.to_string().replace("the body is", "it is"),
            })
        });
        Ok(Self {
            objects: objects.collect::<Result<_, _>>()?,
            hash: blake3::hash(bytes)
                .to_hex()
                .as_str()
                .get(..16)
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// The objects with their keys, unless one has none or one that another has.
    pub(super) fn keyed(self, key: &str, path: &Path) -> Result<Vec<(String, Object)>, SeedError> {
        let mut seen = std::collections::HashMap::new();
        let mut keyed = Vec::with_capacity(self.objects.len());
        for (place, object) in self.objects.into_iter().enumerate() {
            let refuse = |reason: String| SeedError::Object {
                path: path.to_owned(),
                number: place + 1,
                reason,
            };
            let name = object.key(key).map_err(|error| refuse(error.to_string()))?;
            if let Some(former) = seen.insert(name.clone(), place + 1) {
                return Err(refuse(format!(
                    "its key {name:?} is that of object {former}"
                )));
            }
            keyed.push((name, object));
        }
        Ok(keyed)
    }

    /// The field that is the key, where nobody says: `id` or `name`, whichever all objects have.
    pub(super) fn guess_key(&self) -> Option<&'static str> {
        let all_have = |name: &&str| self.objects.iter().all(|object| object.key(name).is_ok());
        ["id", "name", "key"].into_iter().find(all_have)
    }
}

/// The array itself, or the only one in an object.
fn array(value: &Value, raw: Box<RawValue>) -> Result<Box<RawValue>, String> {
    match value {
        Value::Array(_) => Ok(raw),
        Value::Object(fields) => {
            let mut arrays = fields.iter().filter(|(_, value)| value.is_array());
            match (arrays.next(), arrays.count()) {
                (Some((name, _)), 0) => Object::stored(raw.get())
                    .ok()
                    .and_then(|object| {
                        let mut fields = object.fields();
                        let field = fields.find(|(field, _)| field == name);
                        field.map(|(_, raw)| raw.to_owned())
                    })
                    .ok_or_else(|| "it cannot be read".to_owned()),
                (None, _) => Err("the object has none".to_owned()),
                (Some(_), more) => Err(format!("the object has {}", more + 1)),
            }
        }
        other => Err(format!("it is {}", kind(other))),
    }
}

/// The files of the folder that may be seeds, by name.
pub(super) fn find(folder: &Path) -> Vec<(String, PathBuf)> {
    // Without the folder there is nothing to be found.
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<(String, PathBuf)> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "json") && path.is_file())
        .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path)))
        .filter(|(name, _)| !name.starts_with(['.', '@']))
        .collect();
    found.sort();
    found
}
