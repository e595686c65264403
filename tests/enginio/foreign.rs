//! The talk's own SDK for Node, `qtc`, unchanged: objects, users, files and search. Where it is not
//! installed, that is said, and a failure with CI=true.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::api::{CONFIG, start};
use crate::support::run;

#[test]
#[allow(clippy::print_stderr, reason = "a test that is left out says so")]
fn the_talks_own_sdk() {
    let modules = std::env::var_os("QMLSERVE_NODE_MODULES").map(PathBuf::from);
    let Some(modules) = modules.filter(|modules| modules.join("qtc").exists()) else {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        let message = "no qtc: npm install qtc@0.6.10, and QMLSERVE_NODE_MODULES says where";
        assert!(!ci, "{message}");
        eprintln!("LEFT OUT: {message}");
        return;
    };
    let server = start(CONFIG, Some(":memory:"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/enginio/sdk.js");
    let mut node = Command::new("node");
    node.arg(script)
        .arg(server.port().to_string())
        .env("NODE_PATH", modules)
        .current_dir(server.folder.around());
    let finished = run(&mut node);
    let said = format!("{}\n{}", finished.stdout, finished.stderr);
    assert!(finished.stdout.contains("PASSED"), "{said}");
}
