//! The law: after any sequence of edits a client that lived through them shows the same as one
//! that is started afresh, on a server that is.
//!
//! The same server would hand both the same URLs, and with them the same mistake.
//!
//! A small tree of components, scripts, a module, a module that only CMake declares, a stand-in, a
//! singleton, images, data, resources, names put together at run time or read from data, and a page
//! that is loaded late is edited at random (`edits`); now and then the server is started anew. The
//! entry prints all that it can see as one line.
//! `QMLSERVE_LAW_SEED` and `QMLSERVE_LAW_EDITS` choose another sequence and a longer one,
//! `QMLSERVE_LAW_GRANULARITY` another scheme of URLs: `observed` switches the analysis of names off.

mod edits;

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use self::edits::{Tree, edit, first};
use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime};
use crate::support::{Random, Setup, TestServer};

in_each_runtime!(who_lived_through_it_sees_what_who_comes_sees);

const SEED: u64 = 20_261_121;
const EDITS: usize = 40;
const DEADLINE: Duration = Duration::from_secs(30);

/// What stands in a state for what is still being loaded.
const PENDING: &str = "…";

fn put(server: &TestServer, from: &Tree, to: &Tree) {
    for path in from.keys().filter(|path| !to.contains_key(*path)) {
        server.folder.remove(path);
    }
    for (path, content) in to {
        if from.get(path) != Some(content) {
            server.write(path, content);
        }
    }
}

/// Waits until the server has exactly this tree, bursts and removals included.
fn wait_for_tree(server: &TestServer, tree: &Tree) {
    let start = Instant::now();
    loop {
        let before = server.version();
        let complete = tree.iter().all(|(path, content)| {
            path.ends_with("qmldir")
                || server.get(&format!("/@{before}/{path}")).body.len() >= content.len().min(1)
        });
        // Longer than any burst is held back.
        thread::sleep(Duration::from_millis(400));
        if complete && server.version() == before {
            return;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "the server does not come to rest"
        );
    }
}

/// What a client that is started now shows in the end, of a server that is; `None` if that is
/// an error.
fn afresh(runtime: Runtime, tree: &Tree, flags: &[&str]) -> Option<String> {
    let fresh = tree.iter().fold(Setup::new(), |setup, (path, content)| {
        setup.file(path, content)
    });
    let server = &fresh.args(flags).start();
    let client = QtClient::open(runtime, &format!("{}/remote.qml", server.announced));
    let start = Instant::now();
    loop {
        if let Some(state) = client
            .states()
            .pop()
            .filter(|state| !state.contains(PENDING))
        {
            return Some(state);
        }
        let version = server.version();
        let failed = |status: &serde_json::Value| {
            status["errors"].as_array().is_some_and(|errors| {
                errors
                    .iter()
                    .any(|error| error["version"] == version.as_str())
            })
        };
        if failed(&server.status()) && client.states().is_empty() {
            return None;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "a fresh client shows nothing: {:?}",
            client.lines()
        );
        thread::sleep(Duration::from_millis(50));
    }
}

fn setting<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    let given = env::var(name).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

fn who_lived_through_it_sees_what_who_comes_sees(runtime: Runtime) {
    let seed = setting("QMLSERVE_LAW_SEED", SEED);
    let mut random = Random::new(seed);
    let mut tree = first(&mut random);
    let granularity = setting("QMLSERVE_LAW_GRANULARITY", "document".to_owned());
    let flags = ["--granularity", granularity.as_str()];
    let mut server = Setup::new().args(&flags).start();
    put(&server, &Tree::new(), &tree);
    wait_for_tree(&server, &tree);
    let lived = QtClient::open(runtime, &format!("{}/remote.qml", server.announced));
    let mut past = vec![tree.clone()];
    let mut history = Vec::new();
    let mut good = 0;
    let mut broken = 0;
    for _ in 0..setting("QMLSERVE_LAW_EDITS", EDITS) {
        // One that has nothing of the server yet would wait for ever: nobody could help it.
        if random.below(8) == 0 && !lived.states().is_empty() {
            server.kill();
            server.restart();
            history.push("restart".into());
        }
        let mut next = tree.clone();
        history.push(edit(&mut random, &mut next, &past));
        put(&server, &tree, &next);
        tree = next;
        wait_for_tree(&server, &tree);
        eprintln!("{}", history[history.len() - 1]);
        match afresh(runtime, &tree, &flags) {
            Some(state) => {
                eprintln!("  {state}");
                past.push(tree.clone());
                good += 1;
                broken = 0;
                let start = Instant::now();
                while lived.states().last() != Some(&state) {
                    assert!(
                        start.elapsed() < DEADLINE,
                        "seed {seed}: after {history:#?}\na fresh client shows\n  {state}\nand the one that lived\n  {:?}",
                        lived.states().last()
                    );
                    thread::sleep(Duration::from_millis(20));
                }
            }
            // Others are edited meanwhile, too.
            None if broken < 2 && random.below(2) == 0 => broken += 1,
            None => {
                // Mend it, or everything that follows is broken as well.
                broken = 0;
                let last = past[past.len() - 1].clone();
                put(&server, &tree, &last);
                tree = last;
                history.push("mend".into());
            }
        }
    }
    assert!(
        good * 3 > history.len(),
        "seed {seed}: too little of it could be shown: {history:#?}"
    );
}
