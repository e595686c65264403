//! Notifications: what a stream is told, when it ends, and what gateways hear.

use serde_json::{Value, json};

use crate::api::{Api, CONFIG, encoded, on_every_database};
use crate::client::Socket;

#[track_caller]
fn open(api: &Api<'_>, filter: &Value) -> Socket {
    let (status, stream) = api.get(&format!("/v1/stream_url?filter={}", encoded(filter)));
    assert_eq!(status, 200, "{stream}");
    let url = stream["expiringUrl"].as_str().unwrap();
    assert!(url.starts_with("ws://"), "{url}");
    Socket::open_uri(api.server, url)
}

#[track_caller]
fn next(socket: &mut Socket) -> Value {
    serde_json::from_str(&socket.text()).unwrap()
}

#[test]
fn a_stream_tells_what_its_filter_takes() {
    on_every_database(CONFIG, |server| {
        let ann = Api::user(server, "ann");
        let all = json!({"data": {"objectType": "objects.todos"}});
        let mut all = open(&ann, &all);
        let created = json!({"data": {"objectType": "objects.todos"}, "event": "create"});
        let mut created = open(&ann, &created);
        let id = ann.create("/v1/objects/todos", &json!({"title": "milk"}));
        ann.create("/v1/objects/others", &json!({"title": "not this"}));
        let path = format!("/v1/objects/todos/{id}");
        ann.call("PUT", &path, &json!({"done": true}));
        ann.call("DELETE", &path, &Value::Null);
        let last = ann.create("/v1/objects/todos", &json!({"title": "bread"}));

        for (event, id) in [
            ("create", &id),
            ("update", &id),
            ("delete", &id),
            ("create", &last),
        ] {
            let told = next(&mut all);
            assert_eq!(told["event"], event, "{told}");
            assert_eq!(&told["data"]["id"], id, "{told}");
            assert_eq!(told["origin"]["apiRequestId"], "abc", "{told}");
        }
        assert_eq!(next(&mut created)["data"]["title"], "milk");
        assert_eq!(next(&mut created)["data"]["title"], "bread");
    });
}

#[test]
fn whoever_may_not_read_it_any_more_is_told_that_it_is_gone_and_nothing_else() {
    on_every_database(CONFIG, |server| {
        let (ann, ben) = (Api::user(server, "ann"), Api::user(server, "ben"));
        let mut of_ben = open(&ben, &json!({}));
        let id = ann.create("/v1/objects/todos", &json!({"title": "secret"}));
        let access = format!("/v1/objects/todos/{id}/access");
        let reads = json!({"read": [{"id": ben.id, "objectType": "users"}]});
        assert_eq!(ann.call("PUT", &access, &reads).0, 200);
        assert_eq!(ann.call("DELETE", &access, &reads).0, 200);
        ann.call(
            "PUT",
            &format!("/v1/objects/todos/{id}"),
            &json!({"title": "more"}),
        );
        let told = next(&mut of_ben);
        assert_eq!(
            (&told["event"], &told["data"]["title"]),
            (&json!("create"), &json!("secret"))
        );
        let told = next(&mut of_ben);
        let hidden = json!({"id": id, "objectType": "objects.todos"});
        assert_eq!((&told["event"], &told["data"]), (&json!("delete"), &hidden));
        // Its own next one follows at once.
        ben.create("/v1/objects/todos", &json!({"title": "own"}));
        assert_eq!(next(&mut of_ben)["data"]["title"], "own");
    });
}

#[test]
fn members_of_a_group_are_told_of_what_they_see_by_it_and_beyond_a_bound_to_read_again() {
    on_every_database(CONFIG, |server| {
        let (ann, ben) = (Api::user(server, "ann"), Api::user(server, "ben"));
        let eve = Api::user(server, "eve");
        let group = ann.create("/v1/usergroups", &json!({"name": "readers"}));
        let list = ann.create("/v1/objects/lists", &json!({"title": "list"}));
        let access = format!("/v1/objects/lists/{list}/access");
        let reads = json!({"read": [{"id": group, "objectType": "usergroups"}]});
        assert_eq!(ann.call("PUT", &access, &reads).0, 200);
        let list = json!({"id": list, "objectType": "objects.lists"});
        let note = |n: usize| json!({"title": n, "list": list});
        let first = ann.create("/v1/objects/notes", &note(0));
        // Whatever a filter takes, `reload` is for it.
        let of_notes = json!({"data": {"objectType": "objects.notes"}});
        let mut of_ben = open(&ben, &of_notes);
        let mut of_eve = open(&eve, &json!({}));
        let members = format!("/v1/usergroups/{group}/members");
        let member = json!({"id": ben.id});
        assert_eq!(ann.call("POST", &members, &member).0, 200);
        let told = next(&mut of_ben);
        assert_eq!(
            (&told["event"], &told["data"]["id"]),
            (&json!("create"), &json!(first))
        );
        assert_eq!(ann.call("DELETE", &members, &member).0, 200);
        let hidden = json!({"id": first, "objectType": "objects.notes"});
        let told = next(&mut of_ben);
        assert_eq!((&told["event"], &told["data"]), (&json!("delete"), &hidden));

        for n in 1..=500 {
            ann.create("/v1/objects/notes", &note(n));
        }
        assert_eq!(ann.call("POST", &members, &member).0, 200);
        let told = next(&mut of_ben);
        assert_eq!(
            (&told["event"], &told["data"]),
            (&json!("reload"), &json!({}))
        );
        assert_eq!(ben.list("/v1/objects/notes?limit=1000").len(), 501);
        // So is it where the rights change that all of them inherit.
        assert_eq!(ann.call("DELETE", &access, &reads).0, 200);
        assert_eq!(next(&mut of_ben)["event"], "reload");
        // Nobody else was told of any of it.
        eve.create("/v1/objects/todos", &json!({"title": "own"}));
        assert_eq!(next(&mut of_eve)["data"]["title"], "own");
    });
}

#[test]
fn a_stream_is_over_with_the_login() {
    on_every_database(CONFIG, |server| {
        let ann = Api::user(server, "ann");
        let login = ann.log_in("ann", "ann's");
        let second = Api::nobody(server).with(login["access_token"].as_str().unwrap());
        let mut stream = open(&second, &json!({}));
        let token = login["access_token"].as_str().unwrap();
        assert_eq!(
            ann.form("/v1/auth/oauth2/revoke", &format!("token={token}"))
                .0,
            200
        );
        let mut open_to_all = open(&Api::admin(server), &json!({}));
        ann.create("/v1/objects/todos", &json!({"title": "after"}));
        assert_eq!(next(&mut open_to_all)["data"]["title"], "after");
        // All that was to come has come.
        stream.inner.get_ref().set_nonblocking(true).unwrap();
        assert!(stream.inner.read().is_err(), "it was told of something");
    });
}

#[test]
fn a_gateway_hears_of_changes() {
    on_every_database(CONFIG, |server| {
        let uri = server.get("/v1/gateways/changes/websocket_uri").json();
        let mut everybody = Socket::open_uri(server, uri["uri"].as_str().unwrap());
        let ann = Api::user(server, "ann");
        let tags = json!({"tags": [format!("users.{}", ann.id)]});
        let (_, socket) = ann.call("POST", "/v1/gateways/changes/sockets", &tags);
        let mut of_ann = Socket::open_uri(server, socket["uri"].as_str().unwrap());
        ann.create("/v1/objects/todos", &json!({"title": "own"}));
        Api::nobody(server).create("/v1/objects/todos", &json!({"title": "open"}));
        for title in ["own", "open"] {
            let told = next(&mut of_ann);
            assert_eq!(told["object"]["title"], title, "{told}");
            assert_eq!(told["meta"]["backendId"], "main");
            assert_eq!(told["meta"]["eventName"], "create");
        }
        assert_eq!(next(&mut everybody)["object"]["title"], "open");
    });
}

#[test]
fn no_request_gets_at_the_sockets_of_streams() {
    let server = crate::api::start(CONFIG, Some(":memory:"));
    for path in [
        "/v1/gateways/@streams/websocket_uri",
        "/v1/gateways/%40streams/sockets",
    ] {
        let status = server.get(path).status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    let body = br#"{"data":"x","receivers":{"sockets":["*"],"tags":[]}}"#;
    let sent = server.request("POST", "/v1/gateways/@streams/messages", &[], body);
    assert!((400..500).contains(&sent.status), "{}", sent.status);
}
