//! One collection: its settings, made ready, and what can be done with its objects.

mod fill;

use std::path::PathBuf;
use std::sync::Arc;

use super::aside::aside;
use super::config::{CollectionConfig, Envelope, MAX_BODY};
use super::error::Refusal;
use super::object::{Object, Selection};
use super::query::{Path as FieldPath, Query};
use super::schema::Schema;
use super::seed::SeedFile;
use super::store::{Edit, Page, Store, StoreError};
use super::told::Fields;
use crate::http::Faults;

pub(crate) use fill::Unready;

/// A collection that is served.
#[derive(Debug)]
pub(super) struct Collection {
    /// What it is called.
    pub name: String,
    /// The path of its list, decoded, in its parts.
    pub segments: Vec<String>,
    /// The field that is the key.
    pub key: String,
    /// What an object is called.
    pub item: String,
    /// How a list is wrapped.
    pub envelope: Envelope,
    /// What objects have to fit.
    pub schema: Option<Arc<Schema>>,
    /// Whether writes are refused.
    pub readonly: bool,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// The most bytes of a body.
    pub max_body: u64,
    /// Whether the tree has a file of its own in the place of the XML view.
    pub without_xml: bool,
    /// Why it cannot be served.
    broken: Option<String>,
    /// Its first objects.
    seed: Option<SeedFile>,
    /// What is known about its fields.
    pub fields: Fields,
    store: Arc<dyn Store>,
}

impl Collection {
    /// The collection of these settings, filled where it is new.
    pub(super) async fn open(
        config: &CollectionConfig,
        seed: Option<SeedFile>,
        schema: Option<PathBuf>,
        store: Arc<dyn Store>,
    ) -> Result<Self, StoreError> {
        let path = config
            .path
            .clone()
            .unwrap_or_else(|| format!("/{}", config.name));
        let mut collection = Self {
            name: config.name.clone(),
            segments: path
                .trim_matches('/')
                .split('/')
                .map(str::to_owned)
                .collect(),
            key: config.key.clone().unwrap_or_default(),
            item: config
                .item
                .clone()
                .unwrap_or_else(|| singular(&config.name)),
            envelope: config.envelope,
            schema: None,
            readonly: config.readonly,
            faults: config.faults,
            max_body: config.max_body.unwrap_or(MAX_BODY),
            without_xml: false,
            broken: None,
            seed,
            fields: Fields::default(),
            store,
        };
        let seed = collection.seed.as_ref().map(|seed| seed.path.clone());
        let files = [seed, schema.clone()];
        let schema = schema.map(|path| Schema::read(&path)).transpose();
        let made = match schema {
            Ok(schema) => {
                collection.schema = schema.map(Arc::new);
                collection.fill_new().await
            }
            Err(reason) => Err(Unready::Seed(reason)),
        };
        match made {
            Ok(()) => {}
            Err(Unready::Store(error)) => return Err(error),
            Err(Unready::Seed(reason)) => {
                tracing::error!(
                    "the collection {} cannot be served: {reason}",
                    collection.name
                );
                collection.broken = Some(without_folders(reason, &files));
            }
        }
        if collection.key.is_empty() {
            "id".clone_into(&mut collection.key);
        }
        Ok(collection)
    }

    /// All objects.
    pub(super) async fn export(&self) -> Result<Vec<Object>, StoreError> {
        let page = self
            .store
            .list(&self.name, &self.key, Query::default())
            .await?;
        let objects = page.objects.iter().map(|text| Object::stored(text));
        objects
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::Other(error.to_string()))
    }

    /// Refuses if the collection is not to be served.
    pub(super) fn is_ready(&self) -> Result<(), Refusal> {
        match &self.broken {
            None => Ok(()),
            Some(reason) => Err(Refusal::Broken {
                collection: self.name.clone(),
                reason: reason.clone(),
            }),
        }
    }

    fn check(&self, object: &Object) -> Result<(), Refusal> {
        self.schema
            .as_ref()
            .map_or(Ok(()), |schema| schema.check(object))
    }

    /// The objects that `query` asks for, with all of their fields.
    pub(super) async fn list(&self, query: Query) -> Result<Page, StoreError> {
        self.store.list(&self.name, &self.key, query).await
    }

    /// Whether some object has this field.
    pub(super) async fn has_field(&self, path: &FieldPath) -> Result<bool, StoreError> {
        self.store.has_field(&self.name, path).await
    }

    /// What others call one of its objects: `postId` is the key of one of the posts.
    pub(super) fn one(&self) -> &str {
        match self.item.as_str() {
            // Nobody knows the singular.
            "item" => self.name.strip_suffix('s').unwrap_or(&self.name),
            item => item,
        }
    }

    /// The object of this key, as JSON.
    pub(super) async fn get(&self, key: &str) -> Result<String, Refusal> {
        let text = self.store.get(&self.name, key).await?;
        text.ok_or_else(|| self.unknown(key))
    }

    /// Keeps a new object, and tells its key.
    pub(super) async fn create(&self, object: Object) -> Result<(String, Object), Refusal> {
        let object = match self.makes_keys() {
            true => object.or_called(&self.key, random_key),
            false => object,
        };
        let key = object.key(&self.key)?;
        let object = match self.schema.clone() {
            None => object,
            Some(schema) => {
                let check = move || schema.check(&object).map(|()| object);
                aside(usize::MAX, check).await?
            }
        };
        self.store
            .create(&self.name, (key.clone(), object.clone()))
            .await?;
        Ok((key, object))
    }

    /// Whether a new object may come without a key. An `id` says nothing about
    /// the object, so that any will do; a name is for somebody to give.
    pub(super) fn makes_keys(&self) -> bool {
        self.key == "id"
    }

    /// Changes the object of this key to what `change` makes of it.
    pub(super) async fn update(
        &self,
        key: &str,
        change: impl FnOnce(&Object) -> Result<Object, Refusal> + Send + 'static,
    ) -> Result<Object, Refusal> {
        let (field, expected, schema) = (self.key.clone(), key.to_owned(), self.schema.clone());
        let limit = self.max_body;
        let edit: Edit = Box::new(move |object| {
            let new = change(object)?;
            let size = new.size();
            // What a seed made larger may shrink.
            if size > limit && size > object.size() {
                return Err(Refusal::Grown { limit });
            }
            let given = new.key(&field)?;
            if given != expected {
                return Err(Refusal::KeyChanged {
                    key: expected,
                    given,
                });
            }
            if let Some(schema) = schema {
                schema.check(&new)?;
            }
            Ok(new)
        });
        self.store.update(&self.name, key, edit).await
    }

    /// Removes the object of this key.
    pub(super) async fn delete(&self, key: &str) -> Result<(), Refusal> {
        if self.store.delete(&self.name, key).await? {
            Ok(())
        } else {
            Err(self.unknown(key))
        }
    }

    fn unknown(&self, key: &str) -> Refusal {
        Refusal::Unknown {
            collection: self.name.clone(),
            key: key.to_owned(),
        }
    }
}

/// What is answered to anybody: where on this machine the files lie is told by the log alone.
fn without_folders(reason: String, files: &[Option<PathBuf>]) -> String {
    let folders = files.iter().flatten().filter_map(|file| file.parent());
    folders.fold(reason, |reason, folder| {
        // With a separator at its end.
        reason.replace(&folder.join("").display().to_string(), "")
    })
}

/// A page with only these fields of its objects, unless there are none.
pub(super) async fn project(mut page: Page, fields: &[FieldPath]) -> Result<Page, Refusal> {
    if fields.is_empty() {
        return Ok(page);
    }
    let fields = Selection::new(fields);
    aside(page.size(), move || {
        for text in &mut page.objects {
            *text = projected(text, &fields)?;
        }
        Ok(page)
    })
    .await
}

fn projected(text: &str, fields: &Selection) -> Result<String, StoreError> {
    let object = Object::stored(text).and_then(|object| fields.of(&object));
    object
        .map(|object| object.to_json())
        .map_err(|error| StoreError::Other(error.to_string()))
}

/// One of what `name` has many of.
fn singular(name: &str) -> String {
    let ending = |long: &str| name.strip_suffix(long).filter(|stem| !stem.is_empty());
    if let Some(stem) = ending("ies") {
        return format!("{stem}y");
    }
    if ["sses", "shes", "ches", "xes"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        return ending("es").unwrap_or(name).to_owned();
    }
    match ending("s") {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => "item".to_owned(),
    }
}

/// A key that no other object has. None where the system has no randomness, and the object is
/// refused for want of a key.
fn random_key() -> Option<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many() {
        for (many, one) in [
            ("colors", "color"),
            ("cities", "city"),
            ("boxes", "box"),
            ("addresses", "address"),
            ("houses", "house"),
            ("glass", "item"),
            ("sheep", "item"),
            ("s", "item"),
        ] {
            assert_eq!(singular(many), one);
        }
    }
}
