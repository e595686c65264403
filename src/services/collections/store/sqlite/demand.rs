//! Which fields lists ask for, so that those get an index that are asked for again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::services::collections::query::sql::{Index, is_answered};
use crate::services::collections::query::{Path, Query};

/// How often a field is asked for before it gets an index.
const OFTEN: u32 = 2;

/// The most fields that are counted; beyond, counting begins anew.
const COUNTED: usize = 1_000;

/// How often each field was asked for without there being an index.
#[derive(Debug, Default)]
pub(super) struct Demand(Mutex<HashMap<(String, Path), u32>>);

impl Demand {
    /// Counts what `query` asked for, and tells what is due for an index: once of each field.
    pub(super) fn note(&self, collection: &str, query: &Query, indexes: &[Index]) -> Vec<Path> {
        let filters = query.filters.iter().filter(|filter| is_answered(filter));
        let filters = filters.map(|filter| &filter.path);
        let asked = filters.chain(query.sort.first().map(|sort| &sort.path));
        let mut due = Vec::new();
        for path in asked {
            if indexes.iter().any(|index| index.path == *path) {
                continue;
            }
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if counts.len() >= COUNTED {
                counts.clear();
            }
            let count = counts
                .entry((collection.to_owned(), path.clone()))
                .or_default();
            *count = count.saturating_add(1);
            if *count == OFTEN {
                due.push(path.clone());
            }
        }
        due
    }
}
