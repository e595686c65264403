//! Properties that changed, held back for one page until it says that it can take them. However
//! slow it is, there is one value for each property, the last one. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::message::json;

/// A value, shared by all pages that are to get it.
pub(super) type Shared = Arc<RawValue>;

/// What one page is still to be told.
#[derive(Debug, Default)]
pub(super) struct Updates {
    is_idle: bool,
    /// In the order in which they came up: an object may lie in a property of an earlier one.
    pending: Vec<Pending>,
}

#[derive(Debug)]
struct Pending {
    object: String,
    signals: BTreeMap<i64, Shared>,
    properties: BTreeMap<i64, Shared>,
}

impl Updates {
    /// The page can take what there is.
    pub(super) fn idle(&mut self) {
        self.is_idle = true;
    }

    /// Notes what changed of an object: notify signals with their arguments, and values, by number.
    pub(super) fn add(
        &mut self,
        object: &str,
        signals: impl IntoIterator<Item = (i64, Shared)>,
        properties: impl IntoIterator<Item = (i64, Shared)>,
    ) {
        let (signals, properties): (BTreeMap<_, _>, BTreeMap<_, _>) = (
            signals.into_iter().collect(),
            properties.into_iter().collect(),
        );
        if signals.is_empty() && properties.is_empty() {
            return;
        }
        let place = self.pending.iter().position(|known| known.object == object);
        let place = place.unwrap_or_else(|| {
            self.pending.push(Pending {
                object: object.to_owned(),
                signals: BTreeMap::new(),
                properties: BTreeMap::new(),
            });
            self.pending.len() - 1
        });
        if let Some(pending) = self.pending.get_mut(place) {
            pending.signals.extend(signals);
            pending.properties.extend(properties);
        }
    }

    /// Forgets an object that is gone.
    pub(super) fn forget(&mut self, object: &str) {
        self.pending.retain(|pending| pending.object != object);
    }

    /// The message with all there is, if the page can take it. It has to say so again after that.
    pub(super) fn take(&mut self) -> Option<String> {
        if !self.is_idle || self.pending.is_empty() {
            return None;
        }
        self.is_idle = false;
        let all: Vec<String> = self.pending.drain(..).map(written).collect();
        Some(format!(r#"{{"type":2,"data":[{}]}}"#, all.join(",")))
    }
}

fn written(pending: Pending) -> String {
    let members = |values: BTreeMap<i64, Shared>| {
        let members = values
            .iter()
            .map(|(index, value)| format!(r#""{index}":{value}"#));
        members.collect::<Vec<_>>().join(",")
    };
    let object = json(&pending.object);
    let (signals, properties) = (members(pending.signals), members(pending.properties));
    format!(r#"{{"object":{object},"signals":{{{signals}}},"properties":{{{properties}}}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Shared {
        RawValue::from_string(text.to_owned()).unwrap().into()
    }

    #[test]
    fn a_page_that_is_busy_gets_the_last_values_at_once() {
        let mut updates = Updates::default();
        for number in ["1", "2", "3.0"] {
            updates.add("b", [(9, value("[]"))], [(0, value(number))]);
            assert_eq!(updates.take(), None);
        }
        updates.add("a", [], [(1, value("\"x\""))]);
        updates.add("gone", [], [(1, value("1"))]);
        updates.forget("gone");
        updates.idle();
        let expected = concat!(
            r#"{"type":2,"data":[{"object":"b","signals":{"9":[]},"properties":{"0":3.0}},"#,
            r#"{"object":"a","signals":{},"properties":{"1":"x"}}]}"#
        );
        assert_eq!(updates.take().as_deref(), Some(expected));

        updates.add("a", [], [(1, value("2"))]);
        assert_eq!(updates.take(), None);
        updates.idle();
        assert!(updates.take().is_some());
        assert_eq!(updates.take(), None);
    }
}
