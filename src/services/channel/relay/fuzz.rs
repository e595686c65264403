//! Whatever pages and a publisher do, in any order: each answer goes to the page that asked, each
//! signal to those that want it, the publisher is asked for exactly what somebody wants to hear,
//! and in the end all pages show what the publisher has. Seconds; longer with
//! `BOLERO_RANDOM_TEST_TIME_MS`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bolero::check;
use serde_json::{Value, json};

use super::super::message::{Request, Said};
use super::super::port::Socket;
use super::state::State;

/// A socket that remembers what is sent.
#[derive(Debug, Default)]
struct Recorder {
    id: u64,
    said: Mutex<Vec<String>>,
}

#[async_trait]
impl Socket for Recorder {
    fn id(&self) -> u64 {
        self.id
    }

    fn send(&self, text: &str) {
        self.said.lock().unwrap().push(text.to_owned());
    }

    async fn send_patiently(&self, text: &str) -> bool {
        self.send(text);
        true
    }

    fn close(&self, code: u16, _: &str) {
        panic!("closed with {code}");
    }
}

/// What a page knows, as `qwebchannel.js` would.
#[derive(Debug)]
struct Page {
    socket: Arc<Recorder>,
    hears: BTreeSet<i64>,
    asked: BTreeSet<u64>,
    value: Option<Value>,
}

/// What a program would do behind the relay.
#[derive(Debug, Default)]
struct Program {
    is_there: bool,
    value: u64,
    /// Whether it has not told of its value.
    is_holding: bool,
    connected: BTreeMap<i64, u64>,
    calls: Vec<Value>,
}

#[derive(Debug, Default)]
struct World {
    relay: State,
    program: Program,
    pages: BTreeMap<u64, Page>,
    last: u64,
}

impl World {
    fn page_says(&mut self, page: u64, message: &Value) {
        let request = Request::parse(&message.to_string()).unwrap();
        let told = self.relay.page_asks(page, request).unwrap();
        self.program_hears(told);
    }

    fn program_says(&mut self, message: &Value) {
        let said = Said::parse(&message.to_string()).unwrap();
        let told = self.relay.publisher_says(said).unwrap();
        self.program_hears(told);
    }

    fn program_hears(&mut self, told: impl IntoIterator<Item = String>) {
        for text in told {
            let message: Value = serde_json::from_str(&text).unwrap();
            assert!(self.program.is_there, "told of {message} while it is away");
            let signal = || message["signal"].as_i64().unwrap();
            match message["type"].as_u64().unwrap() {
                4 => {}
                7 => *self.program.connected.entry(signal()).or_default() += 1,
                8 => {
                    let count = self.program.connected.remove(&signal());
                    assert_eq!(count, Some(1), "{message}");
                }
                _ => self.program.calls.push(message),
            }
        }
    }

    /// The program answers a call that it got.
    fn answer(&mut self, place: usize) {
        if self.program.calls.is_empty() {
            return;
        }
        let call = self.program.calls.remove(place % self.program.calls.len());
        let data = match call["type"] == 3 {
            true => json!({"a": {
                "methods": [["f", 1]],
                "signals": [["destroyed", 0], ["s5", 5], ["s6", 6]],
                "properties": [[0, "value", [1, 3], self.program.value]],
            }}),
            false => call["args"].clone(),
        };
        self.program_says(&json!({"type": 10, "id": call["id"], "data": data}));
    }

    /// The program tells of its value.
    fn tell(&mut self) {
        self.program.is_holding = false;
        let value = self.program.value;
        self.program_says(&json!({"type": 2, "data": [
            {"object": "a", "signals": {"3": []}, "properties": {"0": value}},
        ]}));
    }

    fn act(&mut self, what: u8, which: u8) {
        let page = self.pages.keys().copied().nth(usize::from(which) % 4);
        let index = 5 + i64::from(which / 64 % 2);
        match (what % 12, page) {
            (0, _) if self.pages.len() < 4 => self.enter(),
            (1, Some(page)) if which > 200 => {
                self.pages.remove(&page);
                let told = self.relay.page_left(page);
                self.program_hears(told);
            }
            (2, Some(page)) => {
                let message = json!({"type": 7, "object": "a", "signal": index});
                if self.relay.pages[&page].is_inited() {
                    self.pages.get_mut(&page).unwrap().hears.insert(index);
                }
                self.page_says(page, &message);
            }
            (3, Some(page)) => {
                self.pages.get_mut(&page).unwrap().hears.remove(&index);
                self.page_says(page, &json!({"type": 8, "object": "a", "signal": index}));
            }
            (4 | 5, Some(page)) => {
                self.last += 1;
                let id = self.last;
                self.pages.get_mut(&page).unwrap().asked.insert(id);
                self.page_says(
                    page,
                    &json!({"type": 6, "id": id, "object": "a", "method": "f", "args": [page, id]}),
                );
            }
            (6 | 7, _) => self.answer(usize::from(which)),
            (8, _) if self.program.is_there => {
                self.program_says(&json!({"type": 1, "object": "a", "signal": index}));
            }
            (9, _) if self.program.is_there => {
                self.program.value += 1;
                self.program.is_holding = true;
                if which > 100 {
                    self.tell();
                }
            }
            (10, _) if self.program.is_there && which > 150 => {
                // As it was before, or as it is now.
                let value = self.program.value.saturating_sub(u64::from(which % 2));
                self.program = Program {
                    value,
                    ..Program::default()
                };
                self.relay.publisher_left(0);
            }
            (10, _) if !self.program.is_there => {
                self.program.is_there = true;
                let told = self.relay.publisher_came(Arc::new(Recorder::default()));
                self.program_hears([told]);
            }
            (11, Some(page)) => self.page_says(page, &json!({"type": 4})),
            _ => {}
        }
        self.listen();
    }

    fn enter(&mut self) {
        self.last += 1;
        let socket = Arc::new(Recorder {
            id: self.last,
            said: Mutex::default(),
        });
        let page = super::Page::new(Arc::clone(&socket) as Arc<dyn Socket>);
        self.relay.pages.insert(self.last, page);
        let page = Page {
            socket,
            hears: BTreeSet::new(),
            asked: BTreeSet::from([0]),
            value: None,
        };
        self.pages.insert(self.last, page);
        self.page_says(self.last, &json!({"type": 3, "id": 0}));
    }

    /// Each page takes what it was sent.
    fn listen(&mut self) {
        for (number, page) in &mut self.pages {
            for text in page.socket.said.lock().unwrap().drain(..) {
                let message: Value = serde_json::from_str(&text).unwrap();
                match message["type"].as_u64().unwrap() {
                    1 => {
                        let signal = message["signal"].as_i64().unwrap();
                        assert!(page.hears.contains(&signal), "{message}");
                    }
                    2 => {
                        let changed = message["data"].as_array().unwrap().iter();
                        for changed in changed.filter(|changed| changed["object"] == "a") {
                            page.value = Some(changed["properties"]["0"].clone());
                        }
                    }
                    _ => {
                        let id = message["id"].as_u64().unwrap();
                        assert!(page.asked.remove(&id), "not asked: {message}");
                        let data = &message["data"];
                        if id == 0 {
                            page.value = Some(data["a"]["properties"][0][3].clone());
                        } else if !data.is_null() {
                            assert_eq!(*data, json!([number, id]));
                        }
                    }
                }
            }
        }
    }

    /// Everything that is under way comes to its end.
    fn settle(&mut self) {
        if !self.program.is_there {
            self.act(10, 0);
        }
        while !self.program.calls.is_empty() {
            self.answer(0);
            self.listen();
        }
        if self.program.is_holding {
            self.tell();
        }
        let pages: Vec<u64> = self.pages.keys().copied().collect();
        for page in pages {
            for _ in 0..2 {
                self.page_says(page, &json!({"type": 4}));
                self.listen();
            }
        }
        let wanted: BTreeSet<i64> = self
            .pages
            .values()
            .flat_map(|page| page.hears.clone())
            .collect();
        let connected: BTreeSet<i64> = self.program.connected.keys().copied().collect();
        assert_eq!(connected, wanted);
        for (number, page) in &self.pages {
            assert_eq!(page.value, Some(json!(self.program.value)), "page {number}");
            assert!(
                page.asked.is_empty(),
                "page {number} waits for {:?}",
                page.asked
            );
        }
    }
}

#[test]
fn pages_and_a_program_in_any_order() {
    check!()
        .with_type::<Vec<(u8, u8)>>()
        .with_iterations(3000)
        .for_each(|acts| {
            let mut world = World::default();
            world.enter();
            for (what, which) in acts {
                world.act(*what, *which);
            }
            world.settle();
        });
}
