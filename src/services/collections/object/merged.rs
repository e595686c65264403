//! An object that takes over fields of another, in time that grows with both of them only.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::Object;

/// An object that is being changed: each field is found at once, however many there are.
pub(super) struct Merged<'a> {
    /// Nothing where a field was removed.
    fields: Vec<Option<(&'a str, Box<RawValue>)>>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Merged<'a> {
    pub(super) fn of(object: &'a Object) -> Self {
        let names = object.fields.iter().map(|(name, _)| name.as_str());
        let places = names.enumerate().map(|(place, name)| (name, place));
        let fields = object.fields.iter();
        Self {
            places: places.collect(),
            fields: fields
                .map(|(name, raw)| Some((name.as_str(), raw.clone())))
                .collect(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&RawValue> {
        let field = self.fields.get(*self.places.get(name)?)?;
        field.as_ref().map(|(_, raw)| &**raw)
    }

    pub(super) fn set(&mut self, name: &'a str, raw: Box<RawValue>) {
        let place = *self.places.entry(name).or_insert(self.fields.len());
        match self.fields.get_mut(place) {
            Some(field) => *field = Some((name, raw)),
            None => self.fields.push(Some((name, raw))),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        let place = self.places.remove(name);
        if let Some(field) = place.and_then(|place| self.fields.get_mut(place)) {
            *field = None;
        }
    }

    pub(super) fn into_object(self) -> Object {
        let fields = self.fields.into_iter().flatten();
        Object {
            fields: fields.map(|(name, raw)| (name.to_owned(), raw)).collect(),
        }
    }
}
