//! `--book`: data storage without a word of configuration, for whatever id a client sends.

use std::net::TcpListener;

use serde_json::json;

use crate::api::Api;
use crate::support::{Setup, wait_until};

#[test]
fn an_id_that_nobody_declared_is_taken() {
    // The book's ports are fixed; another test may have them for a moment.
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    wait_until("ports 3000 and 5000 are free", String::new, || {
        is_free(3000) && is_free(5000)
    });
    let server = Setup::new().args(&["--book", "--data=:memory:"]).start();
    let unheard_of = Api::nobody(&server).at("5417e5485a3d8b418a01adb7");
    let id = unheard_of.create("/v1/objects/todos", &json!({"title": "milk"}));
    // All ids are of one backend, and so is none.
    let other = Api::nobody(&server).at("another");
    let path = format!("/v1/objects/todos/{id}");
    assert_eq!(other.get(&path).1["title"], "milk");
    assert_eq!(server.get(&path).json()["title"], "milk");
    let user = json!({"username": "ann", "password": "ann's"});
    assert_eq!(unheard_of.call("POST", "/v1/users", &user).0, 201);
    let login = other.log_in("ann", "ann's");
    let ann = Api::nobody(&server).at("third");
    let ann = ann.with(login["access_token"].as_str().unwrap());
    assert_eq!(ann.get("/v1/user").1["username"], "ann");
    // Nobody has all rights there.
    let administrator = Api::admin(&server);
    assert_eq!(administrator.get("/v1/objects/todos").0, 401);
}

#[test]
fn a_backend_that_is_declared_takes_its_own_id_alone() {
    let server = crate::api::start("[enginio.main]\nid = \"mine\"\n", Some(":memory:"));
    let list = |id| Api::nobody(&server).at(id).get("/v1/objects/todos");
    assert_eq!(list("mine").0, 200);
    let (status, refused) = list("5417e5485a3d8b418a01adb7");
    assert_eq!(status, 400);
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("Enginio-Backend-Id"), "{message}");
    assert_eq!(server.get("/v1/objects/todos").status, 400);
}
