//! Ten thousand operations by five users, beside a model of who may do what: nobody ever reads,
//! counts, finds, is shown or is told of what is not theirs, and everybody of all that is.
//!
//! `QMLSERVE_ENGINIO_OPERATIONS` is another number of operations.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tungstenite::Message;

use crate::api::{Api, CONFIG, encoded, start};
use crate::client::Socket;
use crate::model::{Model, Object, RIGHTS, Subject, USERS};
use crate::postgres::Cluster;
use crate::support::{Random, TestServer, wait_until};

const WORDS: [&str; 4] = ["milk", "bread", "salt", "water"];

/// A run: the server, who asks it, and the model.
struct Run<'s> {
    users: Vec<Api<'s>>,
    groups: Vec<String>,
    model: Model,
    random: Random,
}

impl Run<'_> {
    fn some_object(&mut self, is_wanted: impl Fn(&Object) -> bool) -> Option<Object> {
        let objects: Vec<&Object> = self.model.objects.iter().filter(|o| is_wanted(o)).collect();
        let index = (!objects.is_empty()).then(|| self.random.below(objects.len()))?;
        Some(objects[index].clone())
    }

    /// This user, or half of the time one who has a right to an object.
    fn somebody(&mut self, user: usize, object: &Object, right: usize) -> usize {
        let may = (0..=USERS).filter(|user| self.model.may(*user, object, right));
        let may: Vec<usize> = may.collect();
        match may.is_empty() || self.random.below(2) == 0 {
            true => user,
            false => may[self.random.below(may.len())],
        }
    }

    /// Most often a list.
    fn some_parent(&mut self) -> Option<Object> {
        let kind = if self.random.below(4) == 0 {
            "notes"
        } else {
            "lists"
        };
        self.some_object(|object| object.kind == kind)
    }

    fn some_subject(&mut self) -> Subject {
        match self.random.below(10) {
            0 => Subject::Everybody,
            1 => Subject::LoggedIn,
            2..=4 => Subject::Group(self.random.below(self.groups.len())),
            _ => Subject::User(self.random.below(USERS)),
        }
    }

    fn written(&self, subject: &Subject) -> Value {
        let (id, kind) = match subject {
            Subject::Everybody => ("*", "aclSubject"),
            Subject::LoggedIn => ("users", "aclSubject"),
            Subject::User(user) => (self.users[*user].id.as_str(), "users"),
            Subject::Group(group) => (self.groups[*group].as_str(), "usergroups"),
        };
        json!({"id": id, "objectType": kind})
    }

    fn create(&mut self, user: usize) {
        let (n, word) = (self.random.below(10), self.random.below(WORDS.len()));
        let mut body = json!({"n": n, "text": format!("some {} here", WORDS[word])});
        let parent = match self.random.below(2) {
            0 => None,
            _ => self.some_parent(),
        };
        let kind = if parent.is_some() { "notes" } else { "lists" };
        let expected = match &parent {
            None => 201,
            Some(list) => {
                body["list"] = reference(list);
                match self.model.status(user, &list.id, 1) {
                    200 => 201,
                    other => other,
                }
            }
        };
        let (status, made) = self.users[user].call("POST", &format!("/v1/objects/{kind}"), &body);
        assert_eq!(status, expected, "{body}: {made}");
        if status != 201 {
            return;
        }
        let owner = match user {
            USERS => (0..4).map(|right| (right, Subject::Everybody)).collect(),
            user => (0..4).map(|right| (right, Subject::User(user))).collect(),
        };
        let id = made["id"].as_str().unwrap().to_owned();
        self.model.objects.push(Object {
            id: id.clone(),
            kind,
            parent: parent.map(|list| list.id),
            n,
            word,
            grants: owner,
        });
        let after = self.model.readers(&id);
        self.model.tell("create", &id, &after, &after);
    }

    fn update(&mut self, user: usize) {
        let Some(object) = self.some_object(|_| true) else {
            return;
        };
        let user = self.somebody(user, &object, 1);
        let n = self.random.below(10);
        let path = format!("/v1/objects/{}/{}", object.kind, object.id);
        let (status, told) = match self.random.below(2) {
            0 => self.users[user].call("PUT", &path, &json!({"n": n})),
            _ => {
                let set = json!({"$set": {"n": n}});
                self.users[user].call("PUT", &format!("{path}/atomic"), &set)
            }
        };
        assert_eq!(status, self.model.status(user, &object.id, 1), "{told}");
        if status == 200 {
            assert_eq!(told["n"], n);
            let found = self.model.objects.iter_mut().find(|o| o.id == object.id);
            found.unwrap().n = n;
            let readers = self.model.readers(&object.id);
            self.model.tell("update", &object.id, &readers, &readers);
        }
    }

    fn delete(&mut self, user: usize) {
        let Some(object) = self.some_object(|_| true) else {
            return;
        };
        let user = self.somebody(user, &object, 2);
        let path = format!("/v1/objects/{}/{}", object.kind, object.id);
        let (status, told) = self.users[user].call("DELETE", &path, &Value::Null);
        assert_eq!(status, self.model.status(user, &object.id, 2), "{told}");
        if status == 200 {
            let gone = self.model.with_below(&object.id);
            let readers = gone.iter().map(|id| (id.clone(), self.model.readers(id)));
            for (id, readers) in readers.collect::<Vec<_>>() {
                self.model.tell("delete", &id, &readers, &readers);
            }
            self.model
                .objects
                .retain(|object| !gone.contains(&object.id));
        }
    }

    /// Puts a note somewhere else, whose rights it has from then on.
    fn relocate(&mut self, user: usize) {
        let Some(note) = self.some_object(|object| object.kind == "notes") else {
            return;
        };
        let user = self.somebody(user, &note, 3);
        let parent = match self.random.below(5) {
            0 => None,
            _ => self.some_parent(),
        };
        let body = json!({"list": parent.as_ref().map_or(Value::Null, reference)});
        let path = format!("/v1/objects/notes/{}", note.id);
        let (status, told) = self.users[user].call("PUT", &path, &body);
        let parent = parent.map(|parent| parent.id);
        let mut expected = self.model.status(user, &note.id, 1);
        if expected == 200 && parent != note.parent {
            expected = self.model.status(user, &note.id, 3);
            if let Some(parent) = parent.as_ref().filter(|_| expected == 200) {
                expected = self.model.status(user, parent, 1);
            }
        }
        assert_eq!(status, expected, "{told}");
        if status == 200 {
            let before = self.model.sights();
            let readers = self.model.readers(&note.id);
            let found = self.model.objects.iter_mut().find(|o| o.id == note.id);
            found.unwrap().parent = parent;
            let after = self.model.readers(&note.id);
            self.model.tell("update", &note.id, &readers, &after);
            self.model.tell_sights(&before, &note.id);
        }
    }

    fn grant(&mut self, user: usize) {
        let Some(object) = self.some_object(|_| true) else {
            return;
        };
        let user = self.somebody(user, &object, 3);
        let (right, subject) = (self.random.below(4), self.some_subject());
        let method = ["PUT", "DELETE", "POST"][self.random.below(3)];
        let list = json!({RIGHTS[right]: [self.written(&subject)]});
        let path = format!("/v1/objects/{}/{}/access", object.kind, object.id);
        let (status, told) = self.users[user].call(method, &path, &list);
        assert_eq!(status, self.model.status(user, &object.id, 3), "{told}");
        if status == 200 {
            let before = self.model.sights();
            let found = self.model.objects.iter_mut().find(|o| o.id == object.id);
            let grants = &mut found.unwrap().grants;
            if method == "POST" {
                grants.clear();
            }
            match method {
                "DELETE" => grants.remove(&(right, subject)),
                _ => grants.insert((right, subject)),
            };
            let count = grants.len();
            let listed: usize = RIGHTS
                .iter()
                .map(|r| told[r].as_array().unwrap().len())
                .sum();
            assert_eq!(listed, count, "{told}");
            self.model.tell_sights(&before, "");
        }
    }

    /// A group goes, and another one comes.
    fn replace_group(&mut self, user: usize) {
        let group = self.random.below(self.groups.len());
        let path = format!("/v1/usergroups/{}", self.groups[group]);
        let (status, told) = self.users[user].call("DELETE", &path, &Value::Null);
        let expected = match user {
            0 => 200,
            USERS => 404,
            _ => 403,
        };
        assert_eq!(status, expected, "{told}");
        if status == 200 {
            let before = self.model.sights();
            self.model.groups[group].clear();
            for object in &mut self.model.objects {
                object
                    .grants
                    .retain(|(_, subject)| *subject != Subject::Group(group));
            }
            self.model.tell_sights(&before, "");
            self.groups[group] = self.users[0].create("/v1/usergroups", &json!({"name": "next"}));
        }
    }

    /// Every group is of the first user, who alone changes it.
    fn regroup(&mut self, user: usize) {
        let (group, member) = (
            self.random.below(self.groups.len()),
            self.random.below(USERS),
        );
        let path = format!("/v1/usergroups/{}/members", self.groups[group]);
        let body = json!({"id": self.users[member].id});
        let joins = self.random.below(2) == 0;
        let method = if joins { "POST" } else { "DELETE" };
        let (status, told) = self.users[user].call(method, &path, &body);
        let expected = match user {
            0 => 200,
            USERS => 404,
            user if !joins && user == member => 200,
            _ => 403,
        };
        assert_eq!(status, expected, "{told}");
        if status == 200 {
            let before = self.model.sights();
            let members = &mut self.model.groups[group];
            let _ = if joins {
                members.insert(member)
            } else {
                members.remove(&member)
            };
            self.model.tell_sights(&before, "");
        }
    }

    fn look(&mut self, user: usize) {
        let kind = ["lists", "notes"][self.random.below(2)];
        let ids = |list: &[Value]| {
            let ids = list
                .iter()
                .map(|object| object["id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };
        let (least, word) = (self.random.below(10), self.random.below(WORDS.len()));
        let q = encoded(&json!({"n": {"$gte": least}}));
        let path = format!("/v1/objects/{kind}?limit=1000");
        let api = &self.users[user];
        let of_kind = |object: &Object| object.kind == kind;
        match self.random.below(5) {
            0 => {
                let found = api.list(&format!("{path}&q={q}"));
                let expected = self.model.ids(user, |o| of_kind(o) && o.n >= least);
                assert_eq!(ids(&found), expected);
            }
            1 => {
                let (_, counted) = api.get(&format!("{path}&q={q}&count="));
                let expected = self.model.ids(user, |o| of_kind(o) && o.n >= least);
                assert_eq!(counted["count"], expected.len());
            }
            2 => {
                let search = encoded(&json!({"phrase": WORDS[word]}));
                let types = "objectTypes[]=objects.lists&objectTypes[]=objects.notes";
                let found = api.list(&format!("/v1/search?{types}&search={search}&limit=1000"));
                assert_eq!(ids(&found), self.model.ids(user, |o| o.word == word));
            }
            3 => {
                let include = encoded(&json!({"list": {}}));
                let found = api.list(&format!("/v1/objects/notes?limit=1000&include={include}"));
                assert_eq!(ids(&found), self.model.ids(user, |o| o.kind == "notes"));
                for note in found.iter().filter(|note| !note["list"].is_null()) {
                    let list = note["list"]["id"].as_str().unwrap();
                    let list = self.model.find(list).unwrap();
                    let is_shown = note["list"].get("text").is_some();
                    assert_eq!(is_shown, self.model.may(user, list, 0), "{note}");
                }
            }
            _ => {
                let Some(object) = self.some_object(|_| true) else {
                    return;
                };
                let path = format!("/v1/objects/{}/{}", object.kind, object.id);
                let (status, told) = self.users[user].get(&path);
                assert_eq!(status, self.model.status(user, &object.id, 0), "{told}");
            }
        }
    }

    fn step(&mut self) {
        let user = self.random.below(USERS + 1);
        let is_full = self.model.objects.len() > 60;
        match self.random.below(100) {
            0..20 if !is_full => self.create(user),
            0..20 => self.delete(user),
            20..30 => self.update(user),
            30..36 => self.delete(user),
            36..52 => self.grant(user),
            52..56 => self.regroup(user),
            56 => self.replace_group(user % 2),
            57..61 => self.relocate(user),
            _ => self.look(user),
        }
    }
}

fn reference(object: &Object) -> Value {
    json!({"id": object.id, "objectType": format!("objects.{}", object.kind)})
}

/// What a socket is told: event, id, and whether with all properties.
type Told = Arc<Mutex<Vec<(String, String, bool)>>>;

fn listen(api: &Api<'_>) -> Told {
    let (status, stream) = api.get("/v1/stream_url");
    assert_eq!(status, 200, "{stream}");
    let mut socket = Socket::open_uri(api.server, stream["expiringUrl"].as_str().unwrap());
    socket.inner.get_ref().set_read_timeout(None).unwrap();
    let told = Told::default();
    let shared = Arc::clone(&told);
    thread::spawn(move || {
        while let Ok(message) = socket.inner.read() {
            let Message::Text(text) = message else {
                continue;
            };
            let message: Value = serde_json::from_str(text.as_str()).unwrap();
            let data = &message["data"];
            if data["objectType"].as_str().unwrap().starts_with("objects.") {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let is_whole = data.get("text").is_some();
                let told = (text(&message["event"]), text(&data["id"]), is_whole);
                shared.lock().unwrap().push(told);
            }
        }
    });
    told
}

fn run(server: &TestServer, operations: usize, seed: u64) {
    let mut users: Vec<Api<'_>> = (0..USERS)
        .map(|n| Api::user(server, &format!("u{n}")))
        .collect();
    users.push(Api::nobody(server));
    let groups =
        ["a", "b", "c"].map(|name| users[0].create("/v1/usergroups", &json!({"name": name})));
    let told: Vec<Told> = users.iter().map(listen).collect();
    let model = Model {
        groups: vec![BTreeSet::new(); groups.len()],
        told: vec![Vec::new(); USERS + 1],
        ..Model::default()
    };
    let mut run = Run {
        users,
        groups: groups.to_vec(),
        model,
        random: Random::new(seed),
    };
    for _ in 0..operations {
        run.step();
    }
    for (user, told) in told.iter().enumerate() {
        let expected = &run.model.told[user];
        let state = || {
            format!(
                "user {user}: {} of {}",
                told.lock().unwrap().len(),
                expected.len()
            )
        };
        wait_until("everything is told", state, || {
            told.lock().unwrap().len() >= expected.len()
        });
        let counted = |told: &[(String, String, bool)]| {
            let mut counts = HashMap::new();
            told.iter()
                .for_each(|told| *counts.entry(told.clone()).or_insert(0) += 1);
            counts
        };
        assert_eq!(
            counted(&told.lock().unwrap()),
            counted(expected),
            "user {user}"
        );
        let told = expected.len();
        assert!(
            told > operations / 50,
            "user {user} was told of {told} changes alone"
        );
    }
}

fn operations(standard: usize) -> usize {
    let given = std::env::var("QMLSERVE_ENGINIO_OPERATIONS").ok();
    given
        .and_then(|given| given.parse().ok())
        .unwrap_or(standard)
}

#[test]
fn nobody_learns_of_what_is_not_theirs() {
    run(&start(CONFIG, Some(":memory:")), operations(10_000), 1);
}

#[test]
fn nobody_learns_of_it_in_postgresql_either() {
    if let Some(cluster) = Cluster::shared() {
        let server = start(CONFIG, Some(&cluster.new_database()));
        run(&server, operations(1000).min(1000), 2);
    }
}
