//! `--attach --in-place`: a program that somebody started is patched, and they are told when it has
//! to be started again. The server's end is nothing to it.

use std::path::Path;
use std::process::Command;

use crate::attach_program::free_port;
use crate::client::QtClient;
use crate::in_place::{ALL, FACTS, documents, script};
use crate::runtime::{Runtime, is_missing, without_screen};
use crate::support::{Folder, Setup, Signal, TestServer, wait_until};
use crate::tree::edit;

/// The programs of these tests, started by hand.
struct ByHand {
    port: u16,
    /// What it is told besides the debug port.
    args: Vec<String>,
}

impl ByHand {
    fn new(args: Vec<String>) -> Self {
        let port = free_port();
        Self { port, args }
    }

    fn serve(&self, folder: Folder, flags: &[&str]) -> TestServer {
        let target = format!("127.0.0.1:{}", self.port);
        let setup = Setup::on(folder).args(&["--attach", &target, "--in-place"]);
        setup.args(flags).start()
    }

    /// The program, and its process as it prints it. It waits until it is attached to.
    fn start(&self) -> (QtClient, String) {
        let mut command = without_screen(Runtime::Newest.program().unwrap());
        command
            .arg(script())
            .args(&self.args)
            .arg(format!(
                "-qmljsdebugger=port:{},host:127.0.0.1,block,services:QmlPreview,DebugMessages",
                self.port
            ))
            .env("QMLPREVIEW_HOTRELOAD", "1");
        let client = QtClient::start("the program", command);
        let line = client.wait_for("SHOWS ");
        let pid = line.split(' ').nth(1).unwrap().to_owned();
        (client, pid)
    }
}

/// What a process shows that has kept everything, with one of the first facts in another way.
fn state(pid: &str, fact: &str, instead: &str) -> String {
    format!("{pid} {} | {ALL}", FACTS.replacen(fact, instead, 1))
}

fn wait_until_patched(server: &TestServer, times: usize) {
    wait_until(
        &format!("a program is patched in place for the {times}. time"),
        || server.stderr(),
        || server.stderr().matches("is patched in place").count() == times,
    );
}

/// A program that shows the served files.
fn on_disk() -> (Folder, ByHand) {
    let folder = documents();
    let document = folder.on_disk("main.qml").to_str().unwrap().to_owned();
    (folder, ByHand::new(vec![document]))
}

/// A literal and a function arrive, with all state, and what cannot be patched is said. Returns
/// what it shows then, and its process.
fn is_patched_until_it_cannot(server: &TestServer, by_hand: &ByHand) -> (String, String) {
    let (mut client, pid) = by_hand.start();
    client.wait_to_show(0, &state(&pid, "one", "one"));
    wait_until_patched(server, 1);
    edit(&server.folder, "main.qml", "\"one\"", "\"two\"");
    client.wait_to_show(0, &state(&pid, "one", "two"));
    edit(&server.folder, "Card.qml", "return 42", "return 6 * 9");
    let both = state(&pid, "one", "two").replacen("card 42", "card 54", 1);
    client.wait_to_show(0, &both);

    edit(&server.folder, "main.qml", "0 + 5", "0 + 6");
    server.logged(&format!(
        "127.0.0.1:{} shows an older state until it is started again: ",
        by_hand.port
    ));
    assert_eq!(client.ask("state"), both, "it goes on as it is");

    (both, pid)
}

/// It shows all that was saved, also what could not be patched, and is patched as before.
fn is_patched_when_started_again(server: &TestServer, by_hand: &ByHand, old: &str, pid: &str) {
    let (client, again) = by_hand.start();
    assert_ne!(again, pid);
    let shown = old
        .replacen(pid, &again, 1)
        .replacen("5 heard", "6 heard", 1);
    client.wait_to_show(0, &shown);
    wait_until_patched(server, 2);
    edit(&server.folder, "main.qml", "\"two\"", "\"three\"");
    client.wait_to_show(0, &shown.replacen("two", "three", 1));
}

#[test]
fn a_program_with_its_documents_on_disk_is_patched_until_it_has_to_be_started_again() {
    if !Runtime::Newest.is_available() {
        return;
    }
    let (folder, by_hand) = on_disk();
    let server = by_hand.serve(folder, &[]);
    server.logged("start it with QMLPREVIEW_HOTRELOAD=1 in its environment");
    let (old, pid) = is_patched_until_it_cannot(&server, &by_hand);
    is_patched_when_started_again(&server, &by_hand, &old, &pid);
}

#[test]
fn a_program_with_its_documents_in_resources_is_patched() {
    if !Runtime::Newest.is_available() {
        return;
    }
    let folder = documents();
    let Some(resources) = compiled(&folder) else {
        return;
    };
    let by_hand = ByHand::new(vec!["qrc:/app/main.qml".to_owned(), resources]);
    let server = by_hand.serve(folder, &["--resources", "/app=."]);
    let (old, pid) = is_patched_until_it_cannot(&server, &by_hand);
    is_patched_when_started_again(&server, &by_hand, &old, &pid);
}

/// The documents as resources below `/app`, by PySide6's compiler beside its Python.
fn compiled(folder: &Folder) -> Option<String> {
    let rcc = Runtime::Newest.program()?.with_file_name("pyside6-rcc");
    if !rcc.exists() {
        is_missing(
            "pyside6-rcc",
            "pip install PySide6-Essentials",
            "QMLSERVE_PYTHON",
        );
        return None;
    }
    let names = std::fs::read_dir(folder.on_disk("")).unwrap().map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        format!("<file alias=\"{name}\">tree/{name}</file>")
    });
    let files: String = names.collect();
    let list = format!("<RCC><qresource prefix=\"/app\">{files}</qresource></RCC>");
    let (source, made) = (Path::new("app.qrc"), folder.around().join("app.rcc"));
    std::fs::write(folder.around().join(source), list).unwrap();
    let mut command = Command::new(rcc);
    command.current_dir(folder.around());
    command.arg("--binary").arg(source).arg("-o").arg(&made);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(made.to_str().unwrap().to_owned())
}

#[test]
fn the_servers_end_leaves_the_program_running_and_answering() {
    if !Runtime::Newest.is_available() {
        return;
    }
    let (folder, by_hand) = on_disk();
    let mut server = by_hand.serve(folder, &[]);
    let (mut client, pid) = by_hand.start();
    wait_until_patched(&server, 1);
    edit(&server.folder, "main.qml", "\"one\"", "\"two\"");
    let shown = state(&pid, "one", "two");
    client.wait_to_show(0, &shown);
    let (code, _) = server.stop(Signal::Terminate);
    assert_eq!(code, Some(0), "{}", server.stderr());
    assert_eq!(client.ask("state"), shown);
    assert!(client.is_running());
}
