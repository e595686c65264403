//! The OpenAPI document, and schemathesis, which asks for everything that it describes.

use std::path::PathBuf;
use std::process::Command;

use crate::place::{Place, on_every_database};

#[test]
fn every_collection_is_described() {
    let server = Place::colors()
        .beside("data/two words.json", "[]")
        .config(
            "[collections.fixed]\nreadonly = true\npath = \"/api/fixed\"\nenvelope = \"none\"\n",
        )
        .start();
    let response = server.get("/@qmlserve/openapi.json");
    assert_eq!(response.header("content-type"), Some("application/json"));
    let document = response.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/colors",
        "/colors/{key}",
        "/colors.xml",
        "/colors/events",
        "/two%20words",
    ] {
        assert!(paths.contains_key(path), "{path}: {:?}", paths.keys());
    }
    assert!(paths["/colors"].get("post").is_some());
    assert!(paths["/api/fixed"].get("post").is_none());
    assert!(paths["/api/fixed/{key}"].get("delete").is_none());
}

/// No answer of the server is an error of its own, or one that the document does not tell of.
#[test]
#[allow(clippy::print_stderr, reason = "a test that is left out says so")]
fn schemathesis_finds_nothing() {
    let Some(program) = schemathesis() else {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(
            !ci,
            "schemathesis is not installed: pip install schemathesis"
        );
        eprintln!(
            "LEFT OUT: no schemathesis; pip install schemathesis, and name it in SCHEMATHESIS"
        );
        return;
    };
    // All checks but positive_data_acceptance: that a name is taken already is told with 422,
    // since Qt 5.15 and 6.4 cannot read a 409.
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,\
                  response_headers_conformance,response_schema_conformance,\
                  negative_data_rejection,use_after_free,ensure_resource_availability,\
                  unsupported_method,missing_required_header,ignored_auth";
    on_every_database(|place| {
        let server = place.start();
        let output = Command::new(&program)
            .args(["run", &server.url("/@qmlserve/openapi.json")])
            // A stream does not end.
            .args(["--exclude-path-regex", "events$"])
            .args(["--checks", checks, "--max-examples", "25", "--seed", "1"])
            .current_dir(server.folder.around())
            .env("PYTHONUTF8", "1")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}\n{errors}");
    });
}

/// The program that SCHEMATHESIS names, or the one on the path.
fn schemathesis() -> Option<PathBuf> {
    let named = std::env::var_os("SCHEMATHESIS").map(PathBuf::from);
    named.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|folder| folder.join("schemathesis"))
            .find(|program| program.exists())
    })
}
