//! Which fields of an object are told.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::Object;

/// The fields of an object that are wanted, and within those that are not wanted whole, theirs.
#[derive(Clone, Debug, Default)]
pub(in crate::services::collections) struct Selection {
    whole: bool,
    inner: HashMap<String, Selection>,
}

impl Selection {
    /// What these paths name, each from the outermost field inwards.
    pub(in crate::services::collections) fn new(paths: &[Vec<String>]) -> Self {
        let mut selection = Self::default();
        for path in paths {
            let mut inner = &mut selection;
            for name in path {
                inner = inner.inner.entry(name.clone()).or_default();
            }
            inner.whole = true;
        }
        selection
    }

    /// Only what is wanted of `object`, in its own order.
    pub(in crate::services::collections) fn of(
        &self,
        object: &Object,
    ) -> Result<Object, serde_json::Error> {
        let mut kept = Object::default();
        for (name, raw) in &object.fields {
            let Some(inner) = self.inner.get(name) else {
                continue;
            };
            if inner.whole {
                kept.fields.push((name.clone(), raw.clone()));
            } else if raw.get().starts_with('{') {
                let text = inner.of(&Object::stored(raw.get())?)?.to_json();
                let raw = RawValue::from_string(text)?;
                kept.fields.push((name.clone(), raw));
            }
        }
        Ok(kept)
    }
}
