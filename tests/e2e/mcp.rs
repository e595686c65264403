//! The Model Context Protocol, as an editing agent has it: a foreign client of it, real Qt clients.

use std::io::Write as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::client::QtClient;
use crate::picture::Picture;
use crate::runtime::{Runtime, in_each_runtime, is_missing, on_path};
use crate::support::{Running, Setup, TestServer};

in_each_runtime!(
    an_agent_edits_waits_looks_and_clicks,
    a_broken_edit_is_read_and_mended,
    what_is_typed_and_dragged_arrives,
    the_entry_is_set_and_documents_are_loaded_anew,
);

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/mcp_client.py");
const QMLSERVE: &str = env!("CARGO_BIN_EXE_qmlserve");

/// A program that speaks the protocol.
struct Agent {
    running: Running,
    stdin: ChildStdin,
    /// What it was told as it began.
    told: Value,
}

impl Agent {
    /// One that starts `qmlserve mcp` in the folder around the tree.
    fn by_stdio(server: &TestServer, arguments: &[&str]) -> Option<Self> {
        let start = [&["auto", "stdio", QMLSERVE, "mcp"], arguments].concat();
        Self::start(&start, server.folder.around())
    }

    /// One that speaks to the server itself.
    fn by_http(server: &TestServer, mode: &str, token: Option<&str>) -> Option<Self> {
        let url = format!("http://{}/@qmlserve/mcp", server.address);
        let mut arguments = vec![mode, "http", &url];
        arguments.extend(token);
        Self::start(&arguments, server.folder.around())
    }

    fn start(arguments: &[&str], around: &Path) -> Option<Self> {
        let python = python()?;
        let mut command = Command::new(python);
        command
            .arg(SCRIPT)
            .args(arguments)
            .current_dir(around)
            .env("XDG_DATA_HOME", around.join("data-home"))
            .stdin(Stdio::piped());
        let (running, stdin) = Running::spawn_reading(&mut command);
        let told = serde_json::from_str(&running.line()).unwrap();
        Some(Self {
            running,
            stdin: stdin.unwrap(),
            told,
        })
    }

    #[track_caller]
    fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.stdin, "{request}").unwrap();
        serde_json::from_str(&self.running.line()).unwrap()
    }

    /// All that a tool answers.
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.ask(&json!({"tool": tool, "arguments": arguments}))
    }

    /// What it found out.
    #[track_caller]
    fn tool(&mut self, tool: &str, arguments: Value) -> Value {
        let mut answer = self.call(tool, arguments);
        assert_eq!(answer["isError"], false, "{tool}: {answer}");
        answer["structuredContent"].take()
    }

    /// Why it came to nothing.
    #[track_caller]
    fn refusal(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments);
        assert_eq!(answer["isError"], true, "{tool}: {answer}");
        answer["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// What the one client shows.
    #[track_caller]
    fn picture(&mut self) -> Picture {
        let answer = self.call("get_picture", json!({}));
        let image = &answer["content"][0];
        assert_eq!(image["type"], "image", "{answer}");
        assert_eq!(image["mimeType"], "image/png");
        let bytes = BASE64_STANDARD.decode(image["data"].as_str().unwrap());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes.unwrap()).unwrap();
        Picture::read(file.path())
    }

    /// The one item that is called so.
    #[track_caller]
    fn item(&mut self, name: &str) -> Value {
        let found = self.tool("read_items", json!({"find": name}));
        let [item] = found["items"].as_array().unwrap().as_slice() else {
            panic!("{name}: {found}");
        };
        item.clone()
    }
}

/// A Python that has the SDK.
fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let named = std::env::var("QMLSERVE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = Command::new(on_path(Path::new(&named))?);
        command.args(["-c", "import mcp"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let is_there = command.status().is_ok_and(|status| status.success());
        is_there.then_some(named)
    });
    if found.is_none() {
        is_missing(
            "the Python SDK of MCP",
            "pip install mcp",
            "QMLSERVE_PYTHON",
        );
    }
    found.as_deref()
}

const FORM: &str = "import QtQuick 2.12
import QtQuick.Controls 2.12
Rectangle {
    width: 320; height: 240; color: '#204060'
    Column {
        x: 20; y: 20; spacing: 4
        Button { text: 'Save'; onClicked: status.text = 'saved ' + field.text }
        TextField { id: field; objectName: 'name'; placeholderText: 'Your name' }
        CheckBox { text: 'Agree' }
        Slider { objectName: 'volume'; width: 200; from: 0; to: 10; value: 0 }
        Text { id: status; objectName: 'status'; text: 'nothing yet' }
        Text { visible: false; text: 'a secret' }
    }
}
";

/// A server with a client that shows this, and an agent that has seen that.
fn open(runtime: Runtime, document: &str) -> Option<(TestServer, QtClient, Agent)> {
    python()?;
    let server = TestServer::start(&[("main.qml", document)]);
    let client = QtClient::remote(runtime, &server.announced);
    let mut agent = Agent::by_stdio(&server, &[])?;
    until_shown(&mut agent);
    Some((server, client, agent))
}

/// Waits until one client is there, and shows the newest state.
#[track_caller]
fn until_shown(agent: &mut Agent) {
    for _ in 0..400 {
        let shown = agent.tool("wait_until_shown", json!({"seconds": 20}));
        if shown["shown"]
            .as_array()
            .is_some_and(|shown| shown.len() == 1)
        {
            assert_eq!(shown["shown_everywhere"], true, "{shown}");
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no client shows it");
}

fn an_agent_edits_waits_looks_and_clicks(runtime: Runtime) {
    let Some((server, _client, mut agent)) = open(runtime, FORM) else {
        return;
    };
    assert!(
        agent.told["instructions"]
            .as_str()
            .unwrap()
            .contains("wait_until_shown")
    );
    let clients = agent.tool("list_clients", json!({}));
    let client = &clients["clients"][0];
    assert_eq!(client["shows"], "the newest state", "{clients}");
    assert_eq!(
        client["input"], "can be clicked and typed into",
        "{clients}"
    );

    let before = agent.picture();
    assert_eq!((before.width, before.height), (320, 240));
    assert_eq!(before.at(310, 230), [0x20, 0x40, 0x60]);
    let saved = std::time::Instant::now();
    server.write("main.qml", FORM.replace("#204060", "#604020"));
    let shown = agent.tool("wait_until_shown", json!({}));
    eprintln!(
        "{}: an edit is known to be shown after {:?}",
        runtime.name(),
        saved.elapsed()
    );
    assert_eq!(shown["shown_everywhere"], true, "{shown}");
    assert_eq!(shown["version"], server.version());
    let looked = std::time::Instant::now();
    let after = agent.picture();
    eprintln!("{}: a picture takes {:?}", runtime.name(), looked.elapsed());
    assert_eq!(after.at(310, 230), [0x60, 0x40, 0x20]);

    let looked = std::time::Instant::now();
    let items = agent.tool("read_items", json!({}));
    eprintln!("{}: the items take {:?}", runtime.name(), looked.elapsed());
    let root = &items["items"][0];
    assert_eq!(
        (&root["width"], &root["color"]),
        (&json!(320), &json!("#604020")),
        "{items}"
    );
    let text = items.to_string();
    assert!(
        text.contains("nothing yet") && text.contains("Your name"),
        "{text}"
    );
    assert!(
        !text.contains("a secret") && !text.contains("http://"),
        "{text}"
    );
    let hidden = agent.tool("read_items", json!({"hidden": true, "find": "a secret"}));
    assert_eq!(hidden["items"][0]["visible"], false, "{hidden}");
    let few = agent.tool("read_items", json!({"most": 3, "depth": 9}));
    assert!(few["left_out"].as_u64().unwrap() > 3, "{few}");

    assert_eq!(agent.item("Agree")["checked"], false);
    agent.tool("click", json!({"item": "Agree"}));
    assert_eq!(agent.item("Agree")["checked"], true);
    let checked = agent.item("Agree");
    let place = |name: &str, length: &str| {
        checked[name].as_f64().unwrap() + checked[length].as_f64().unwrap() / 2.0
    };
    agent.tool(
        "click",
        json!({"x": place("x", "width"), "y": place("y", "height")}),
    );
    assert_eq!(agent.item("Agree")["checked"], false);
}

fn what_is_typed_and_dragged_arrives(runtime: Runtime) {
    let Some((_server, _client, mut agent)) = open(runtime, FORM) else {
        return;
    };
    agent.tool("type_text", json!({"item": "name", "text": "Ada ☃"}));
    let field = agent.item("name");
    assert_eq!(
        (&field["text"], &field["focus"]),
        (&json!("Ada ☃"), &json!(true))
    );
    agent.tool("click", json!({"item": "Save"}));
    assert_eq!(agent.item("status")["text"], "saved Ada ☃");
    agent.tool("click", json!({"item": "name"}));
    agent.tool("type_text", json!({"keys": ["Ctrl+A", "Backspace"]}));
    assert_eq!(agent.item("name")["text"], Value::Null);

    let slider = agent.item("volume");
    let number = |name: &str| slider[name].as_f64().unwrap();
    let y = number("y") + number("height") / 2.0;
    let from = json!({"x": number("x") + 8.0, "y": y});
    let to = json!({"x": number("x") + number("width") - 2.0, "y": y});
    agent.tool("drag", json!({"from": from, "to": to}));
    assert_eq!(agent.item("volume")["value"], 10, "{slider}");

    let refused = agent.refusal("type_text", json!({"keys": ["Hyper+Q"]}));
    assert!(refused.contains("no key"), "{refused}");
    let refused = agent.refusal("click", json!({"item": "Cancel"}));
    assert!(
        refused.contains("no visible item") && refused.contains("read_items"),
        "{refused}"
    );
    let refused = agent.refusal("click", json!({"x": 3}));
    assert!(refused.contains("either x and y, or item"), "{refused}");
}

fn a_broken_edit_is_read_and_mended(runtime: Runtime) {
    let Some((server, _client, mut agent)) = open(runtime, FORM) else {
        return;
    };
    server.write("main.qml", FORM.replace("spacing: 4", "spaceing: 4"));
    let shown = agent.tool("wait_until_shown", json!({}));
    assert_eq!(shown["shown_everywhere"], false, "{shown}");
    assert_eq!(shown["failed"].as_array().unwrap().len(), 1, "{shown}");
    let problem = &shown["problems"][0];
    assert_eq!(
        (&problem["file"], &problem["line"]),
        (&json!("main.qml"), &json!(6)),
        "{shown}"
    );
    assert!(
        problem["message"].as_str().unwrap().contains("spaceing"),
        "{shown}"
    );
    let documents = agent.tool("list_documents", json!({"state": "broken"}));
    assert_eq!(documents["documents"][0]["path"], "main.qml", "{documents}");
    // What was good is still there to be used.
    agent.tool("click", json!({"item": "Save"}));

    server.write("main.qml", FORM.replace("spacing: 4", "spacing: 5"));
    let shown = agent.tool("wait_until_shown", json!({}));
    assert_eq!(shown["shown_everywhere"], true, "{shown}");
    assert_eq!(shown["problems"], json!([]), "{shown}");
}

fn the_entry_is_set_and_documents_are_loaded_anew(runtime: Runtime) {
    let Some((server, _client, mut agent)) = open(runtime, FORM) else {
        return;
    };
    agent.tool("type_text", json!({"item": "name", "text": "Ada"}));
    agent.tool("reload", json!({}));
    assert_eq!(agent.item("name")["text"], "Ada");
    agent.tool("reload", json!({"reset": true}));
    assert_eq!(agent.item("name")["text"], Value::Null);

    let other = "import QtQuick 2.12\nText { text: 'another page' }\n";
    server.write("pages/Other.qml", other);
    let refused = agent.refusal("set_entry", json!({"document": "pages/Othr.qml"}));
    assert!(refused.contains("pages/Other.qml is"), "{refused}");
    let shown = agent.tool("set_entry", json!({"document": "pages/Other.qml"}));
    assert_eq!(shown["shown_everywhere"], true, "{shown}");
    assert_eq!(shown["shown"][0]["document"], "pages/Other.qml", "{shown}");
    let items = agent.tool("read_items", json!({}));
    assert_eq!(items["items"][0]["text"], "another page", "{items}");
    let documents = agent.tool("list_documents", json!({}));
    assert_eq!(documents["entry"], "pages/Other.qml");
    let unused = agent.tool("list_documents", json!({"state": "unused"}));
    let paths = unused["documents"].as_array().unwrap().iter();
    assert!(paths.map(|one| &one["path"]).eq(["main.qml"]), "{unused}");
}

/// By HTTP, in both lives of the protocol, and only with the token.
#[test]
fn the_server_itself_is_asked_with_its_token() {
    const TOKEN: &str = "opensesame1";
    if python().is_none() {
        return;
    }
    let setup = Setup::new()
        .file("main.qml", FORM)
        .env("QMLSERVE_TOKEN", TOKEN);
    let server = setup.start();
    for (mode, newer) in [("auto", true), ("legacy", false)] {
        let mut agent = Agent::by_http(&server, mode, Some(TOKEN)).unwrap();
        assert_eq!(
            agent.told["protocol"].as_str() >= Some("2026"),
            newer,
            "{}",
            agent.told
        );
        let tools = agent.ask(&json!({"list": true}));
        assert!(tools["tools"].as_array().unwrap().len() > 10, "{tools}");
        let documents = agent.tool("list_documents", json!({}));
        assert_eq!(documents["documents"][0]["path"], "main.qml", "{documents}");
        let refused = agent.refusal("get_picture", json!({}));
        assert!(refused.contains("no client is connected"), "{refused}");
    }
    for wrong in [None, Some("opensesame2")] {
        let stranger = Agent::by_http(&server, "auto", wrong).unwrap();
        assert!(stranger.told["raised"].is_string(), "{}", stranger.told);
    }

    // It finds the URL with the token by the folder, and takes it as an argument.
    let mut agent = Agent::by_stdio(&server, &[]).unwrap();
    agent.tool("list_documents", json!({}));
    let mut agent = Agent::by_stdio(&server, &[&server.announced]).unwrap();
    agent.tool("list_documents", json!({}));
    let without = format!("http://{}", server.address);
    let mut agent = Agent::by_stdio(&server, &[&without]).unwrap();
    let refused = agent.refusal("list_documents", json!({}));
    assert!(
        refused.contains("token") && !refused.contains(TOKEN),
        "{refused}"
    );
}

/// A server that came after the agent, with a certificate of its own.
#[test]
fn a_server_is_found_once_it_runs_over_tls() {
    if python().is_none() {
        return;
    }
    let setup = Setup::new().file("main.qml", FORM).tls();
    let around = setup.folder().around().to_owned();
    let mut agent = Agent::start(&["auto", "stdio", QMLSERVE, "mcp"], &around).unwrap();
    let refused = agent.refusal("list_documents", json!({}));
    assert!(
        refused.contains("no qmlserve server runs for") && refused.contains("start one"),
        "{refused}"
    );
    let mut server = setup.start();
    let documents = agent.tool("list_documents", json!({}));
    assert_eq!(documents["documents"][0]["path"], "main.qml");
    server.kill();
    let refused = agent.refusal("list_documents", json!({}));
    assert!(refused.contains("no qmlserve server runs for"), "{refused}");
}
