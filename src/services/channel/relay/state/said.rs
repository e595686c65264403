//! What a publisher says, and what becomes of it for its pages.

use std::collections::BTreeMap;

use super::super::info::{Info, objects_in};
use super::super::page::{Page, RELAY, relay_info};
use super::{MOST_WRAPPED, Outstanding, State, subscription};
use crate::services::channel::message::{self, Changed, Json, Said, Signal, json};
use crate::services::channel::updates::Shared;

/// The service is there again: open a new socket (IANA's registry of close codes).
const RESTART: u16 = 1012;

const IDLE: &str = r#"{"type":4}"#;

impl State {
    /// Takes what the publisher says: what to tell it.
    ///
    /// # Errors
    /// It may not say this.
    pub(in super::super) fn publisher_says(&mut self, said: Said) -> Result<Vec<String>, String> {
        match said {
            Said::Response { id, data } => {
                let number = id.get().parse().ok();
                if number.is_some() && number == self.init {
                    return self.inited(data);
                }
                let call = number.and_then(|number| self.calls.remove(&number));
                if let Some(call) = call {
                    self.answered(&call, data)?;
                }
            }
            Said::Signal { signal, args } => self.signalled(&signal, &args)?,
            Said::Update(changed) => {
                for changed in changed {
                    self.changed(changed)?;
                }
                for page in self.pages.values_mut() {
                    page.flush();
                }
                // A page that is slow is waited for here, and not by the publisher.
                return Ok(vec![IDLE.to_owned()]);
            }
        }
        Ok(Vec::new())
    }

    /// The publisher has said what its objects are.
    fn inited(&mut self, data: Option<Json>) -> Result<Vec<String>, String> {
        self.init = None;
        let data = data.unwrap_or_else(message::null);
        let mut written: BTreeMap<String, Json> = serde_json::from_str(data.get())
            .map_err(|error| format!("the objects cannot be read: {error}"))?;
        let mut objects = BTreeMap::new();
        for (name, text) in &written {
            let info: Info = serde_json::from_str(text.get())
                .map_err(|error| format!("the object {name} cannot be read: {error}"))?;
            objects.insert(name.clone(), info);
        }
        let mut told = vec![IDLE.to_owned()];
        if self.is_ready() {
            self.renewed(&objects);
        } else {
            self.returned(&objects);
            if let Some(publisher) = &mut self.publisher {
                publisher.is_ready = true;
            }
            told.extend(self.subscribed.keys().map(|signal| subscription(7, signal)));
        }
        self.objects = objects;
        let inside = self.learn(&data)?;
        written.entry(RELAY.to_owned()).or_insert_with(relay_info);
        let all = json(&written);
        for page in self.pages.values_mut() {
            if let Some(id) = page.waits.take() {
                page.known.extend(written.keys().cloned());
                page.known.extend(inside.iter().cloned());
                page.socket.send(&message::response(&id, &all));
            }
        }
        Ok(told)
    }

    /// The publisher has said its objects once more, with values that it may not have told of yet:
    /// if it ends before it does, nobody would.
    fn renewed(&mut self, new: &BTreeMap<String, Info>) {
        for (name, info) in &self.objects {
            let Some(new) = new.get(name).filter(|new| info.is_like(new)) else {
                continue;
            };
            for page in self.pages.values_mut() {
                if page.known.contains(name) {
                    page.add(name, info.difference(new));
                    page.flush();
                }
            }
        }
    }

    /// A publisher is there again: pages that know the last one go on if they can.
    fn returned(&mut self, new: &BTreeMap<String, Info>) {
        let old = std::mem::take(&mut self.objects);
        let wrapped = std::mem::take(&mut self.wrapped);
        self.subscribed
            .retain(|signal, _| old.contains_key(&signal.object));
        let same = |name: &String, info: &Info| new.get(name).is_some_and(|new| info.is_like(new));
        for page in self.pages.values_mut().filter(|page| page.is_inited()) {
            let mut known = old.iter().filter(|(name, _)| page.known.contains(*name));
            if !known.all(|(name, info)| same(name, info)) {
                let why = "the publisher is back with other objects; open the channel again";
                page.socket.close(RESTART, why);
                continue;
            }
            for (name, info) in &wrapped {
                if page.known.remove(name) {
                    page.updates.forget(name);
                    page.subscriptions.retain(|signal| signal.object != *name);
                    if let Some(index) = info.destroyed() {
                        send_destroyed(page, name, index);
                    }
                }
            }
            for (name, info) in &old {
                if let Some(new) = new.get(name).filter(|_| page.known.contains(name)) {
                    page.add(name, info.difference(new));
                }
            }
            if !new.contains_key(RELAY) {
                page.add_connected(true);
            }
            page.flush();
        }
    }

    /// Notes the objects that lie in a value; their names.
    fn learn(&mut self, value: &Json) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for (name, info) in objects_in(value) {
            if !self.objects.contains_key(&name) {
                self.wrapped.insert(name.clone(), info);
            }
            names.push(name);
        }
        match self.wrapped.len() > MOST_WRAPPED {
            true => Err(format!(
                "a publisher has returned {MOST_WRAPPED} objects at most"
            )),
            false => Ok(names),
        }
    }

    fn answered(&mut self, call: &Outstanding, data: Option<Json>) -> Result<(), String> {
        let inside = match &data {
            Some(data) => self.learn(data)?,
            None => Vec::new(),
        };
        if let Some(page) = self.pages.get_mut(&call.page) {
            page.calls = page.calls.saturating_sub(1);
            page.known.extend(inside);
            page.socket.send(&match data {
                Some(data) => message::response(&call.id, &data),
                None => message::rejection(&call.id, "the publisher has no answer"),
            });
        }
        Ok(())
    }

    fn signalled(&mut self, signal: &Signal, args: &Json) -> Result<(), String> {
        let inside = self.learn(args)?;
        let is_end = self.info(&signal.object).and_then(Info::destroyed) == Some(signal.index);
        let text = message::signal(signal, args);
        for page in self.pages.values_mut() {
            let is_concerned = is_end && page.known.contains(&signal.object);
            if is_concerned || page.subscriptions.contains(signal) {
                page.known.extend(inside.iter().cloned());
                page.socket.send(&text);
            }
            if is_end {
                page.known.remove(&signal.object);
                page.updates.forget(&signal.object);
                page.subscriptions
                    .retain(|known| known.object != signal.object);
            }
        }
        if is_end {
            self.subscribed
                .retain(|known, _| known.object != signal.object);
            self.objects.remove(&signal.object);
            self.wrapped.remove(&signal.object);
        }
        Ok(())
    }

    fn changed(&mut self, changed: Changed) -> Result<(), String> {
        let mut inside = Vec::new();
        for value in changed.properties.values().chain(changed.signals.values()) {
            inside.extend(self.learn(value)?);
        }
        let info = self.objects.get_mut(&changed.object);
        if let Some(info) = info.or_else(|| self.wrapped.get_mut(&changed.object)) {
            for (index, value) in &changed.properties {
                info.set(*index, value);
            }
        }
        let shared = |(index, value): (i64, Json)| (index, Shared::from(value));
        let signals: Vec<_> = changed.signals.into_iter().map(shared).collect();
        let properties: Vec<_> = changed.properties.into_iter().map(shared).collect();
        let pages = self.pages.values_mut();
        for page in pages.filter(|page| page.known.contains(&changed.object)) {
            page.known.extend(inside.iter().cloned());
            let (signals, properties) = (signals.clone(), properties.clone());
            page.updates.add(&changed.object, signals, properties);
        }
        Ok(())
    }
}

fn send_destroyed(page: &Page, name: &str, index: i64) {
    let signal = Signal {
        object: name.to_owned(),
        index,
    };
    let text = message::signal(&signal, &message::empty_list());
    page.socket.send(&text);
}
