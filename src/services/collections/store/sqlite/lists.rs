//! How a list is read: by which index, and of a list that is paged through, from what is
//! remembered of its order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::indexes;
use crate::database::StoreError;
use crate::database::sqlite::{failure, in_savepoint, values};
use crate::services::collections::query::sql::{Index, Listing, Plan};
use crate::services::collections::query::{Query, Window};
use crate::services::collections::store::Page;

/// What a filter may leave for its objects to be looked at one by one.
const FEW: u32 = 1_000;

/// The most objects that orders are remembered of, of all lists together: 8 bytes each.
const REMEMBERED: usize = 1 << 20;

/// The orders of the lists that were paged through last.
#[derive(Debug, Default)]
pub(super) struct Orders(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    /// By collection and by what was asked for, the window aside.
    all: HashMap<(String, Query), Order>,
    /// Of how many objects.
    objects: usize,
    /// Counts what is asked for.
    now: u64,
}

#[derive(Debug)]
struct Order {
    /// The state of the collection that this is of.
    state: i64,
    seqs: Arc<[i64]>,
    /// When it was last asked for.
    used: u64,
}

impl Orders {
    fn get(&self, of: &(String, Query), state: i64) -> Option<Arc<[i64]>> {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.now += 1;
        let now = remembered.now;
        let order = remembered.all.get_mut(of)?;
        order.used = now;
        (order.state == state).then(|| Arc::clone(&order.seqs))
    }

    fn put(&self, of: (String, Query), state: i64, seqs: &Arc<[i64]>) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cost = |seqs: &[i64]| seqs.len() + 64;
        if cost(seqs) > REMEMBERED / 4 {
            return;
        }
        let (used, seqs) = (remembered.now, Arc::clone(seqs));
        remembered.objects += cost(&seqs);
        let former = remembered.all.insert(of, Order { state, seqs, used });
        remembered.objects -= former.map_or(0, |former| cost(&former.seqs));
        if remembered.objects > REMEMBERED {
            // Half of it at once, or each list would look for the oldest.
            let mut times: Vec<u64> = remembered.all.values().map(|order| order.used).collect();
            times.sort_unstable();
            let middle = times.get(times.len() / 2).copied().unwrap_or_default();
            remembered.all.retain(|_, order| order.used > middle);
            let left = remembered.all.values().map(|order| cost(&order.seqs));
            remembered.objects = left.sum();
        }
    }
}

/// The page that `query` asks for, by these indexes or, without any, by none.
pub(super) fn list(
    connection: &Connection,
    orders: &Orders,
    indexes: &[Index],
    (collection, key): (&str, &str),
    query: &Query,
) -> rusqlite::Result<Page> {
    let listing = |column| {
        let plan = plan(connection, key, query, indexes)?;
        Ok::<_, rusqlite::Error>(Listing::new(column, collection, key, query, plan))
    };
    if query.window == Window::All {
        let listing = listing("doc")?;
        let mut select = connection.prepare_cached(&listing.text)?;
        let rows = select.query_map(values(&listing.params), |row| row.get(0))?;
        let objects = rows.collect::<rusqlite::Result<Vec<String>>>()?;
        let total = objects.len() as u64;
        return Ok(Page { objects, total });
    }
    let state = indexes::state(connection, collection)?;
    let mut asked = query.clone();
    (asked.window, asked.fields) = (Window::All, Vec::new());
    (asked.embed, asked.expand) = (Vec::new(), Vec::new());
    let asked = (collection.to_owned(), asked);
    let seqs = match orders.get(&asked, state) {
        Some(seqs) => seqs,
        None => {
            let listing = listing("seq")?;
            let mut select = connection.prepare_cached(&listing.text)?;
            let rows = select.query_map(values(&listing.params), |row| row.get(0))?;
            let seqs: Arc<[i64]> = rows.collect::<rusqlite::Result<Vec<i64>>>()?.into();
            orders.put(asked, state, &seqs);
            seqs
        }
    };
    let (start, limit) = query.window.bounds();
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let limit = limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    let mut select = connection.prepare_cached("SELECT doc FROM objects WHERE seq = ?1")?;
    let objects = seqs.iter().skip(start).take(limit);
    let objects = objects.map(|seq| select.query_row([seq], |row| row.get(0)));
    Ok(Page {
        objects: objects.collect::<rusqlite::Result<_>>()?,
        total: seqs.len() as u64,
    })
}

/// [`list`] of one moment, by the indexes that there are then.
pub(super) fn list_indexed(
    connection: &Connection,
    orders: &Orders,
    collection: (&str, &str),
    query: &Query,
) -> Result<(Page, Vec<Index>), StoreError> {
    let read = |connection: &Connection| {
        let indexes = indexes::of(connection, collection.0)?;
        let page = list(connection, orders, &indexes, collection, query)?;
        Ok((page, indexes))
    };
    in_savepoint(connection, |connection| {
        read(connection).map_err(|error: rusqlite::Error| failure(&error))
    })
}

fn plan<'a>(
    connection: &Connection,
    key: &str,
    query: &'a Query,
    indexes: &'a [Index],
) -> rusqlite::Result<Plan<'a>> {
    // The key has an index of its own.
    if query.filters.iter().any(|filter| filter.is_lookup(key)) {
        return Ok(Plan::Scan);
    }
    let ordering = Plan::ordering(query, indexes);
    let Some((filter, index)) = Plan::narrowest(query, indexes) else {
        return Ok(ordering.map_or(Plan::Scan, |index| Plan::Sort(index, indexes)));
    };
    match ordering {
        Some(ordering) if ordering != index && !is_few(connection, query, indexes)? => {
            Ok(Plan::Sort(ordering, indexes))
        }
        _ => Ok(Plan::Filter(filter, index)),
    }
}

fn is_few(connection: &Connection, query: &Query, indexes: &[Index]) -> rusqlite::Result<bool> {
    let Some((filter, index)) = Plan::narrowest(query, indexes) else {
        return Ok(false);
    };
    let listing = Listing::count_up_to(FEW, filter, index);
    let count: u32 = connection
        .prepare_cached(&listing.text)?
        .query_row(values(&listing.params), |row| row.get(0))?;
    Ok(count < FEW)
}
