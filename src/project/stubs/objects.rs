//! Which stand-ins hold objects of which others from their beginning: as many as a document needs
//! to go on from one to the next, and never one that would hold itself.

use std::collections::{BTreeMap, BTreeSet};

use super::value::Plain;
use crate::project::native::{Exposed, NativeType, Natives};

/// The most objects that one of a type may bring with it.
const MOST: usize = 100;

/// The types by their classes, and what their properties lead to.
pub(super) struct Objects<'a> {
    types: BTreeMap<&'a str, Vec<&'a NativeType>>,
    leads: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(natives: &'a Natives) -> Self {
        let mut types: BTreeMap<&str, Vec<&NativeType>> = BTreeMap::new();
        for known in &natives.types {
            types.entry(&known.class.name).or_default().push(known);
        }
        let leads = types.iter().map(|(class, known)| {
            let properties = known.iter().flat_map(|known| &known.class.properties);
            let properties = properties.map(|property| Plain::of(&property.type_name));
            let pointers = properties.filter(|plain| plain.is_pointer);
            let known = pointers
                .map(|plain| plain.name)
                .filter(|name| types.contains_key(name));
            (*class, known.collect())
        });
        Self {
            leads: leads.collect(),
            types: types.clone(),
        }
    }

    /// The type of a class, as documents of module `uri` get it: that of their own module, else
    /// one that has a name elsewhere, else any.
    pub(super) fn of_class(&self, class: &str, uri: &str) -> Option<&'a NativeType> {
        let known = self.types.get(class)?.iter().copied();
        known.max_by_key(|known| (known.uri == uri, known.exposed != Exposed::Internal))
    }

    /// Whether each object of class `holder` holds one of class `held` from the beginning, or the
    /// one that there is. A singleton may hold what leads back to it; that leads to nothing then.
    pub(super) fn holds(&self, holder: &str, held: &str) -> bool {
        let is_circle = match (self.is_singleton(holder), self.is_singleton(held)) {
            (true, false) => false,
            (false, false) => self.reaches(held, holder, &|class| self.is_singleton(class)),
            (_, true) => self.reaches(held, holder, &|_| false),
        };
        !is_circle && self.weight(held, &mut BTreeMap::new()) <= MOST
    }

    fn is_singleton(&self, class: &str) -> bool {
        let mut known = self.types.get(class).into_iter().flatten();
        known.any(|known| known.exposed == Exposed::Singleton)
    }

    /// Whether properties lead from one class to another, not by way of what `is_end` says.
    fn reaches(&self, from: &str, to: &str, is_end: &dyn Fn(&str) -> bool) -> bool {
        let mut met = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(class) = waiting.pop() {
            if class == to {
                return true;
            }
            if met.insert(class) && !is_end(class) {
                waiting.extend(self.leads.get(class).into_iter().flatten());
            }
        }
        false
    }

    /// How many objects one of `class` comes to. Ends, since nothing is held that leads back.
    fn weight<'s>(&'s self, class: &'s str, known: &mut BTreeMap<&'s str, usize>) -> usize {
        if let Some(weight) = known.get(class) {
            return *weight;
        }
        let mut weight = 1_usize;
        for held in self.leads.get(class).into_iter().flatten() {
            let is_one = self.is_singleton(held);
            if weight <= MOST && !is_one && !self.reaches(held, class, &|_| false) {
                weight = weight.saturating_add(self.weight(held, known));
            }
        }
        known.insert(class, weight);
        weight
    }
}
