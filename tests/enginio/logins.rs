//! Logins: what ends them, and how often they may be guessed.

use serde_json::json;

use crate::api::{Api, CONFIG, on_every_database, start};

#[test]
fn a_new_password_ends_every_login() {
    on_every_database(CONFIG, |server| {
        let ann = Api::user(server, "ann");
        let before = ann.log_in("ann", "ann's");
        let path = format!("/v1/users/{}", ann.id);
        assert_eq!(
            ann.call("PUT", &path, &json!({"password": "another"})).0,
            200
        );
        assert_eq!(ann.get("/v1/user").0, 401);
        let refresh = before["refresh_token"].as_str().unwrap();
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        assert_eq!(ann.form("/v1/auth/oauth2/token", &form).0, 401);
        assert_eq!(ann.try_log_in("ann", "ann's").0, 401);
        ann.log_in("ann", "another");
    });
}

#[test]
fn whoever_may_change_a_user_does_not_become_them() {
    on_every_database(CONFIG, |server| {
        let (ann, ben) = (Api::user(server, "ann"), Api::user(server, "ben"));
        let path = format!("/v1/users/{}", ann.id);
        let grant = json!({"update": [{"id": ben.id, "objectType": "users"}]});
        assert_eq!(ann.call("PUT", &format!("{path}/access"), &grant).0, 200);
        assert_eq!(ben.call("PUT", &path, &json!({"firstName": "A"})).0, 200);
        assert_eq!(ben.call("PUT", &path, &json!({"password": "mine"})).0, 403);
        ann.log_in("ann", "ann's");
    });
}

#[test]
fn guesses_are_bounded() {
    let server = start(CONFIG, Some(":memory:"));
    let ann = Api::user(&server, "ann");
    let statuses: Vec<u16> = (0..12).map(|_| ann.try_log_in("ann", "guess").0).collect();
    assert_eq!(&statuses[..10], [401; 10]);
    assert_eq!(&statuses[10..], [429; 2]);
    // Not even the right one, until a minute is over.
    let (status, answer) = ann.try_log_in("ann", "ann's");
    assert_eq!(status, 429, "{answer}");
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("minute")
    );
}

#[test]
fn nothing_of_a_password_or_a_token_is_kept_as_it_is() {
    let server = start(CONFIG, None);
    let ann = Api::user(&server, "ann");
    let login = ann.log_in("ann", "ann's");
    let folder = server.folder.around().join(".qmlserve/.tree.enginio");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            all.extend(std::fs::read(path).unwrap());
        }
    }
    let has = |text: &str| {
        all.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(has("$argon2id$"), "that is where it is kept");
    for secret in [
        "ann's",
        login["access_token"].as_str().unwrap(),
        login["refresh_token"].as_str().unwrap(),
    ] {
        assert!(!has(secret), "{secret} is there");
    }
    // Neither do the folder's files belong to anybody else's answers.
    assert!(!ann.get("/v1/users").1.to_string().contains("argon2"));
}

#[test]
fn a_closed_backend_takes_users_from_the_administrator_alone() {
    let server = start(
        "[enginio.main]\nclosed = true\ntoken = \"the-administrator\"\n",
        Some(":memory:"),
    );
    let user = json!({"username": "ann", "password": "x"});
    assert_eq!(Api::nobody(&server).call("POST", "/v1/users", &user).0, 403);
    assert_eq!(Api::admin(&server).call("POST", "/v1/users", &user).0, 201);
    Api::nobody(&server).log_in("ann", "x");
}

#[test]
fn an_id_that_nobody_declared_is_refused() {
    let server = start("[enginio.main]\n", Some(":memory:"));
    let (status, answer) = Api::nobody(&server).at("else").get("/v1/objects/todos");
    assert_eq!(status, 400);
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("\"else\"") && message.contains("Enginio-Backend-Id"),
        "{message}"
    );
    // Without any of them these paths are the tree's.
    let server = start("", Some(":memory:"));
    assert!(
        server
            .get("/v1/objects/todos")
            .json()
            .get("errors")
            .is_none()
    );
}
