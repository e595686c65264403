//! What is told of a list beside it: fields that no object has, most often a slip of the pen.
//!
//! Never an error: an empty collection has no fields, and a field may be a rare one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::collection::Collection;
use super::object::Object;
use super::query::{Path, Query, Window};

/// The most fields of a list that are looked for.
const MOST: usize = 4;

/// The most fields that are remembered; beyond, remembering begins anew.
const REMEMBERED: usize = 1_000;

/// How long a field that was looked for in vain is not looked for again.
const AGAIN: Duration = Duration::from_secs(5);

/// What is known about the fields of a collection.
#[derive(Debug, Default)]
pub(super) struct Fields(Mutex<HashMap<Path, Known>>);

#[derive(Clone, Debug)]
enum Known {
    /// Some object has it, or had it.
    There,
    /// None had it then, and this is what was told.
    Missing(Instant, String),
}

impl Fields {
    fn get(&self, path: &Path) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(path).cloned()
    }

    /// Remembers it, and tells whether it was not known before.
    fn put(&self, path: &Path, what: Known) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(path.clone(), what).is_none()
    }
}

/// What is to be told of this list: `no object of colors has "naem"; did you mean "name"?`
pub(super) async fn of(collection: &Collection, query: &Query) -> Option<String> {
    let filters = query.filters.iter().map(|filter| &filter.path);
    let mut asked: Vec<&Path> = filters.collect();
    asked.extend(query.sort.iter().map(|sort| &sort.path));
    let mut told = Vec::new();
    for path in asked.into_iter().take(MOST) {
        match collection.fields.get(path) {
            Some(Known::There) => continue,
            Some(Known::Missing(then, text)) if then.elapsed() < AGAIN => {
                told.push(text);
                continue;
            }
            _ => {}
        }
        // A database that does not answer is told of by what needs it.
        let there = collection.has_field(path).await.unwrap_or(true);
        let example = match there {
            true => None,
            false => example(collection).await,
        };
        let Some(example) = example else {
            // In an empty collection nothing is missed, nor remembered.
            if there {
                collection.fields.put(path, Known::There);
            }
            continue;
        };
        let text = missing(collection, path, &example);
        if collection
            .fields
            .put(path, Known::Missing(Instant::now(), text.clone()))
        {
            tracing::warn!("{text}");
        }
        told.push(text);
    }
    (!told.is_empty()).then(|| told.join("; "))
}

async fn example(collection: &Collection) -> Option<Object> {
    let query = Query {
        window: Window::Slice {
            start: 0,
            limit: Some(1),
        },
        ..Query::default()
    };
    let page = collection.list(query).await.ok()?;
    Object::stored(page.objects.first()?).ok()
}

fn missing(collection: &Collection, path: &Path, example: &Object) -> String {
    let name = path.join(".");
    let near = |other: &str| strsim::jaro_winkler(&name, other);
    let fields = example.fields().map(|(field, _)| field);
    let nearest = fields.max_by(|a, b| near(a).total_cmp(&near(b)));
    let meant = match nearest.filter(|nearest| near(nearest) >= 0.8 && *nearest != name) {
        Some(nearest) => format!("; did you mean {nearest:?}?"),
        None => String::new(),
    };
    format!("no object of {} has {name:?}{meant}", collection.name)
}
