//! Relays, with a publisher that speaks the protocol itself.

use serde_json::{Value, json};

use crate::client::{Socket, configured};
use crate::own::Page;
use crate::support::{TestServer, wait_until};

pub const TOKEN: &str = "a-long-token";
pub const CONFIG: &str = "[channels.home]\ntoken = \"a-long-token\"\n";

/// What the status says of the relay.
#[track_caller]
pub fn relay(server: &TestServer) -> Value {
    server.status()["channels"]["relays"]["home"].clone()
}

/// A program that publishes one object.
pub struct Publisher(pub Page);

fn lamp(on: bool, methods: &[&str]) -> Value {
    let methods: Vec<Value> = methods
        .iter()
        .zip(10..)
        .map(|(name, index)| json!([name, index]))
        .collect();
    json!({
        "methods": methods,
        "signals": [["destroyed", 0], ["broken", 5]],
        "properties": [[0, "on", [1, 3], on], [1, "name", [], "lamp"]],
    })
}

impl Publisher {
    #[track_caller]
    pub fn open(server: &TestServer) -> Self {
        let path = format!("/channel/home?publish={TOKEN}");
        Self(Page {
            socket: Socket::open(server, &path),
            objects: Value::Null,
        })
    }

    /// Answers the question what its objects are.
    #[track_caller]
    pub fn init(&mut self, objects: Value) {
        let asked = self.0.next();
        assert_eq!(asked["type"], 3, "{asked}");
        self.0
            .say(json!({"type": 10, "id": asked["id"], "data": objects}));
        assert_eq!(self.0.next(), json!({"type": 4}));
    }

    /// The next message, which has to be of this type.
    #[track_caller]
    pub fn hears(&mut self, kind: u64) -> Value {
        let message = self.0.next();
        assert_eq!(message["type"], kind, "{message}");
        message
    }
}

/// A publisher with a lamp, and a page that knows it.
fn both(server: &TestServer) -> (Publisher, Page) {
    let mut publisher = Publisher::open(server);
    publisher.init(json!({"lamp": lamp(false, &["toggle"])}));
    let page = another(server, &mut publisher);
    (publisher, page)
}

/// One more page.
fn another(server: &TestServer, publisher: &mut Publisher) -> Page {
    let mut page = Page {
        socket: Socket::open(server, "/channel/home"),
        objects: Value::Null,
    };
    page.say(json!({"type": 3, "id": 0}));
    publisher.init(json!({"lamp": lamp(false, &["toggle"])}));
    page.objects = page.answer(0)["data"].clone();
    page
}

#[test]
fn pages_that_wait_get_one_answer() {
    let server = configured(CONFIG);
    let mut pages: Vec<Socket> = (0..5)
        .map(|_| Socket::open(&server, "/channel/home"))
        .collect();
    for (id, page) in pages.iter_mut().enumerate() {
        page.send(json!({"type": 3, "id": id}).to_string());
    }
    let waiting = || relay(&server)["waiting"] == 5;
    wait_until("all wait", || relay(&server).to_string(), waiting);
    let mut publisher = Publisher::open(&server);
    publisher.init(json!({"lamp": lamp(false, &["toggle"])}));
    for (id, page) in pages.iter_mut().enumerate() {
        let answer: Value = serde_json::from_str(&page.text()).unwrap();
        assert_eq!(answer["id"], id);
        assert_eq!(answer["data"]["lamp"], lamp(false, &["toggle"]));
        assert_eq!(
            answer["data"]["relay"]["properties"],
            json!([[0, "connected", [1, 1], true]])
        );
    }
    let told = relay(&server);
    let expected = json!({"publisher": true, "objects": ["lamp"], "pages": 5, "waiting": 0});
    assert_eq!(told, expected);
}

#[test]
fn calls_of_several_pages_are_told_apart() {
    let server = configured(CONFIG);
    let (mut publisher, mut one) = both(&server);
    let mut two = another(&server, &mut publisher);
    let call =
        |arg: u64| json!({"type": 6, "id": 1, "object": "lamp", "method": "toggle", "args": [arg]});
    one.say(call(1));
    let first = publisher.hears(6);
    two.say(call(2));
    let second = publisher.hears(6);
    assert_ne!(first["id"], second["id"]);
    assert_eq!(
        (&first["args"], &second["args"]),
        (&json!([1]), &json!([2]))
    );
    publisher
        .0
        .say(json!({"type": 10, "id": second["id"], "data": "two"}));
    publisher
        .0
        .say(json!({"type": 10, "id": first["id"], "data": null}));
    publisher
        .0
        .say(json!({"type": 10, "id": first["id"], "data": "again"}));
    assert_eq!(one.next(), json!({"type": 10, "id": 1, "data": null}));
    assert_eq!(two.next(), json!({"type": 10, "id": 1, "data": "two"}));
    // A value is as it was written, and a program that has no answer refuses.
    one.socket
        .send(r#"{"type":6,"id":"x","object":"lamp","method":10,"args":[1.10]}"#);
    let call = publisher.0.socket.text();
    assert!(call.contains("[1.10]"), "{call}");
    let id = serde_json::from_str::<Value>(&call).unwrap()["id"].clone();
    publisher.0.say(json!({"type": 10, "id": id}));
    let refused = one.next();
    assert!(
        refused.get("data").is_none() && refused["error"].is_string(),
        "{refused}"
    );
}

#[test]
fn a_signal_is_asked_for_once_and_given_up_with_the_last_page() {
    let server = configured(CONFIG);
    let (mut publisher, mut one) = both(&server);
    let mut two = another(&server, &mut publisher);
    let connect = json!({"type": 7, "object": "lamp", "signal": 5});
    let disconnect = json!({"type": 8, "object": "lamp", "signal": 5});
    let ring = json!({"type": 1, "object": "lamp", "signal": 5, "args": ["x"]});
    one.say(connect.clone());
    assert_eq!(publisher.0.next(), connect);
    two.say(connect.clone());
    // Twice is once.
    two.say(connect.clone());
    two.call(7, "lamp", "none", json!([]));
    publisher.0.say(ring.clone());
    assert_eq!((one.next(), two.next()), (ring.clone(), ring.clone()));
    one.say(disconnect.clone());
    one.call(7, "lamp", "none", json!([]));
    publisher.0.say(ring.clone());
    assert_eq!(two.next(), ring);
    // One that goes without a word gives it up, too.
    drop(two);
    assert_eq!(publisher.0.next(), disconnect);
    one.call(8, "lamp", "none", json!([]));
    // The end of an object is told to all who know it.
    let end = json!({"type": 1, "object": "lamp", "signal": 0, "args": []});
    publisher.0.say(end.clone());
    assert_eq!(one.next(), end);
    let refused = one.call(9, "lamp", "toggle", json!([]));
    assert!(
        refused["error"].as_str().unwrap().contains("no object"),
        "{refused}"
    );
}

#[test]
fn a_page_that_is_never_idle_holds_nobody_up() {
    let server = configured(CONFIG);
    let (mut publisher, mut quick) = both(&server);
    let mut slow = another(&server, &mut publisher);
    quick.say(json!({"type": 4}));
    for on in [true, false, true] {
        let update = json!({"type": 2, "data": [
            {"object": "lamp", "signals": {"3": [on]}, "properties": {"0": on}},
        ]});
        publisher.0.say(update.clone());
        publisher.hears(4);
        assert_eq!(quick.next(), update);
        quick.say(json!({"type": 4}));
    }
    slow.call(5, "lamp", "none", json!([]));
    slow.say(json!({"type": 4}));
    let update = slow.next();
    assert_eq!(update["data"][0]["properties"], json!({"0": true}));
    // What is set goes to the publisher, with its value as it was written.
    slow.socket
        .send(r#"{"type":9,"object":"lamp","property":0,"value":2.50}"#);
    let set = publisher.0.socket.text();
    assert_eq!(
        set,
        r#"{"type":9,"object":"lamp","property":0,"value":2.50}"#
    );
}

#[test]
fn a_publisher_that_returns_has_its_pages_again() {
    let server = configured(CONFIG);
    let (mut publisher, mut page) = both(&server);
    page.say(json!({"type": 4}));
    page.say(json!({"type": 7, "object": "lamp", "signal": 5}));
    publisher.hears(7);
    page.say(json!({"type": 6, "id": 1, "object": "lamp", "method": "toggle", "args": []}));
    publisher.hears(6);
    drop(publisher);
    let connected =
        |now: bool| json!({"object": "relay", "signals": {"1": [now]}, "properties": {"0": now}});
    assert!(
        page.answer(1)["error"]
            .as_str()
            .unwrap()
            .contains("has left")
    );
    assert_eq!(page.next()["data"], json!([connected(false)]));
    let refused = page.call(2, "lamp", "toggle", json!([]));
    assert!(
        refused["error"].as_str().unwrap().contains("not there"),
        "{refused}"
    );
    page.say(json!({"type": 4}));

    let mut publisher = Publisher::open(&server);
    publisher.init(json!({"lamp": lamp(true, &["toggle"])}));
    assert_eq!(publisher.hears(7)["signal"], 5);
    let lamp_on = json!({"object": "lamp", "signals": {"3": [true]}, "properties": {"0": true}});
    assert_eq!(page.next()["data"], json!([lamp_on, connected(true)]));

    // With other objects, what the page knows is wrong.
    drop(publisher);
    let gone = || relay(&server)["publisher"] == false;
    wait_until("it is gone", || relay(&server).to_string(), gone);
    let mut publisher = Publisher::open(&server);
    let asked = publisher.hears(3);
    let other = json!({"lamp": lamp(true, &["toggle", "dim"])});
    publisher
        .0
        .say(json!({"type": 10, "id": asked["id"], "data": other}));
    let (code, why) = page.socket.closed();
    assert_eq!(u16::from(code), 1012);
    assert!(why.contains("open the channel again"), "{why}");
}

#[test]
fn an_object_that_is_returned_is_that_pages_alone() {
    let server = configured(CONFIG);
    let (mut publisher, mut one) = both(&server);
    let mut two = another(&server, &mut publisher);
    one.say(json!({"type": 6, "id": 1, "object": "lamp", "method": "toggle", "args": []}));
    let id = publisher.hears(6)["id"].clone();
    let bulb = json!({"__QObject*__": true, "id": "{b}", "data": lamp(true, &["end"])});
    publisher
        .0
        .say(json!({"type": 10, "id": id, "data": [bulb]}));
    assert_eq!(one.answer(1)["data"], json!([bulb]));
    one.say(json!({"type": 4}));
    two.say(json!({"type": 4}));
    // It can be used by the page that has it.
    let refused = two.call(2, "{b}", "end", json!([]));
    assert!(refused["error"].is_string(), "{refused}");
    let update = json!({"type": 2, "data": [
        {"object": "{b}", "signals": {"3": [false]}, "properties": {"0": false}},
    ]});
    publisher.0.say(update.clone());
    publisher.hears(4);
    assert_eq!(one.next(), update);
    publisher
        .0
        .say(json!({"type": 1, "object": "{b}", "signal": 0}));
    assert_eq!(one.next()["signal"], 0);
    // The other one has heard nothing of it.
    assert!(two.call(3, "lamp", "none", json!([]))["error"].is_string());
}

#[test]
fn a_page_that_does_not_read_is_closed_and_no_other() {
    let server = configured(&format!("{CONFIG}[websockets]\nqueue = \"256KiB\"\n"));
    let (mut publisher, mut quick) = both(&server);
    let mut slow = another(&server, &mut publisher);
    for page in [&mut quick, &mut slow] {
        page.say(json!({"type": 7, "object": "lamp", "signal": 5}));
        assert!(page.call(1, "lamp", "none", json!([]))["error"].is_string());
    }
    publisher.hears(7);
    // Far more than the system keeps on its way.
    let large = "x".repeat(200_000);
    let signal = json!({"type": 1, "object": "lamp", "signal": 5, "args": [large]});
    for _ in 0..100 {
        publisher.0.say(signal.clone());
        assert_eq!(quick.next(), signal);
    }
    let (code, _) = slow.socket.closed();
    assert_eq!(u16::from(code), 1013);
    let alone = || relay(&server)["pages"] == 1;
    wait_until("it is gone", || relay(&server).to_string(), alone);
}
