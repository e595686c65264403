//! The account of backends: who has a token learns what it opens, and nobody else anything.

use serde_json::json;

use crate::api::{Api, start};

const CONFIG: &str = r#"
    [enginio.first]
    id = "541df1c1e5bde554a805b213"
    token = "shared"

    [enginio.second]
    token = "shared"

    [enginio.third]
    token = "its-own"

    [enginio.open]
"#;

#[test]
fn a_token_tells_what_it_opens_and_no_other_key() {
    let server = start(CONFIG, Some(":memory:"));
    for (token, names) in [
        ("shared", vec!["first", "second"]),
        ("its-own", vec!["third"]),
    ] {
        let form = format!("grant_type=password&username=me&password={token}");
        // No backend is named: which there are is what is asked for.
        let nobody = Api::nobody(&server).at("");
        let (status, login) = nobody.form("/v1/account/auth/oauth2/token", &form);
        assert_eq!(
            (status, &login["access_token"]),
            (200, &json!(token)),
            "{login}"
        );
        let api = nobody.with(login["access_token"].as_str().unwrap());
        let (status, told) = api.get("/v1/account/apps");
        assert_eq!(status, 200, "{told}");
        let apps = told["results"].as_array().unwrap();
        let told: Vec<_> = apps
            .iter()
            .map(|app| app["name"].as_str().unwrap())
            .collect();
        assert_eq!(told, names);
        for app in apps {
            let environment = &app["environments"][0];
            assert_eq!(environment["masterKeys"], json!([{"key": token}]));
            let path = format!("/v1/account/apps/{}", app["id"].as_str().unwrap());
            assert_eq!(api.get(&path), (200, app.clone()));
            // What is told opens the backend.
            let id = environment["id"].as_str().unwrap().to_owned();
            let headers = [
                ("Enginio-Backend-Id", id.as_str()),
                ("Enginio-Backend-MasterKey", token),
            ];
            let types = server.request("GET", "/v1/object_types", &headers, b"");
            assert_eq!(types.status, 200, "{}", types.text());
        }
        for other in ["first", "third", "open", "none"] {
            if !names.contains(&other) {
                let (status, refused) = api.get(&format!("/v1/account/apps/{other}"));
                assert_eq!(status, 404, "{refused}");
                assert_eq!(
                    refused["errors"][0]["message"],
                    format!("there is no app {other:?}")
                );
            }
        }
    }
    // Whoever has none learns nothing, not even which names there are.
    for token in ["", "wrong", "SHARED", "open"] {
        let stranger = Api::nobody(&server).with(token);
        for path in [
            "/v1/account/apps",
            "/v1/account/apps/first",
            "/v1/account/apps/none",
        ] {
            let (status, refused) = stranger.get(path);
            assert!([403, 404].contains(&status), "{path}: {refused}");
            let text = refused.to_string();
            assert!(
                !text.contains("shared") && !text.contains("its-own"),
                "{text}"
            );
        }
    }
}

#[test]
fn guesses_at_a_token_are_counted_whatever_the_name() {
    let server = start(CONFIG, Some(":memory:"));
    let nobody = Api::nobody(&server);
    let log_in = |name: usize, password: &str| {
        let form = format!("grant_type=password&username=n{name}&password={password}");
        nobody.form("/v1/account/auth/oauth2/token", &form).0
    };
    let statuses: Vec<u16> = (0..12).map(|n| log_in(n, "wrong")).collect();
    assert_eq!(statuses, [[401; 10].as_slice(), &[429; 2]].concat());
    assert_eq!(
        log_in(0, "shared"),
        429,
        "nor does the right one tell that it is"
    );
    for form in [
        "",
        "grant_type=password",
        "password=shared",
        "grant_type=other&password=shared",
    ] {
        assert_eq!(
            nobody.form("/v1/account/auth/oauth2/token", form).0,
            400,
            "{form}"
        );
    }
}
