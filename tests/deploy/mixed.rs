//! Clients while one version after the other is pushed: each shows the one or the other, and never
//! something of both.

use std::collections::BTreeMap;
use std::env;
use std::net::SocketAddr;

use url::Url;

use crate::client::QtClient;
use crate::runtime::Runtime;
use crate::support::{DEADLINE, EventStream, Response, Setup, raw, wait_until};
use crate::work::Work;

/// Versions that are pushed, one right after the other.
const VERSIONS: u32 = 12;

/// Listeners that are no Qt.
const LIGHT: usize = 17;

/// The variable that says how many clients of each Qt there are to be; one where it is not set.
const MANY: &str = "QMLSERVE_TEST_CLIENTS";

/// A document, its component, a script, a singleton of a module and a picture, which all say the
/// same number.
fn commit(work: &Work, number: u32) {
    let main = format!(
        "import QtQuick 2.0\nimport \"ui\"\nimport \"script.js\" as Script\nItem {{\n\
         width: 64; height: 64\nproperty int number: {number}\nPart {{ id: part }}\n\
         Image {{ id: picture; source: \"img/picture.png\"; onStatusChanged: tell() }}\n\
         Component.onCompleted: tell()\n\
         function tell() {{\n\
         if (picture.status === Image.Loading || picture.status === Image.Null) return\n\
         var drawn = picture.status === Image.Ready ? picture.sourceSize.width : \"none\"\n\
         console.log(\"SHOWS \" + number + \" \" + part.number + \" \" + part.deep + \" \" \
         + Script.number + \" \" + drawn)\n}}\n}}\n"
    );
    work.write("main.qml", main);
    let part = format!(
        "import QtQuick 2.0\nimport \"deep\"\nItem {{ property int number: {number}; \
         property alias deep: deep.number; Deep {{ id: deep }} }}\n"
    );
    work.write("ui/Part.qml", part);
    let deep = format!("import QtQuick 2.0\nItem {{ property int number: {number} }}\n");
    work.write("ui/deep/Deep.qml", deep);
    work.write("script.js", format!("var number = {number}\n"));
    work.write("img/picture.png", picture(number));
    // What takes time to be written.
    for n in 0..100 {
        work.write(&format!("more/{n}.js"), format!("// {number}\n"));
    }
    work.commit(&number.to_string());
}

/// A picture that is so many pixels wide.
pub fn picture(width: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, 8);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    let pixels = vec![128; width as usize * 8];
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

/// The number of a picture of the tree.
fn width(picture: &[u8]) -> Option<u32> {
    let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info();
    reader.ok().map(|reader| reader.info().width)
}

/// Whether a line has one number alone. A picture that went is not drawn, which is no mixture.
fn is_whole(line: &str) -> bool {
    let mut words = line.split(' ').filter(|word| *word != "none");
    let first = words.next();
    first.is_some() && words.all(|word| Some(word) == first)
}

/// Asks for what an event, or a document, names.
fn get(server: SocketAddr, url: &Url) -> Response {
    let path = url.path();
    raw(
        server,
        format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n").as_bytes(),
    )
}

/// What a listener finds that loads what an event names, as an engine does.
fn loaded(server: SocketAddr, url: &str) -> Option<String> {
    let main = Url::parse(url).unwrap();
    let answer = get(server, &main);
    let text = answer.text();
    let number = text.split("number: ").nth(1)?.split('\n').next()?;
    let ui = text.lines().find(|line| line.contains("ui\""))?;
    let ui = main
        .join(&format!("{}/qmldir", ui.split('"').nth(1)?))
        .unwrap();
    let qmldir = get(server, &ui);
    let qmldir = qmldir.text();
    let part = qmldir.lines().find(|line| line.starts_with("Part "))?;
    let part = get(server, &ui.join(part.rsplit(' ').next()?).unwrap());
    let part = part.text();
    let part = part.split("number: ").nth(1)?.split(';').next()?;
    let picture = get(server, &main.join("img/picture.png").unwrap());
    let drawn = match picture.status {
        200 => width(&picture.body)?.to_string(),
        _ => "none".to_owned(),
    };
    Some(format!("{number} {part} {drawn}"))
}

fn follow(server: SocketAddr, events: EventStream) -> Vec<String> {
    let mut seen = Vec::new();
    let last = format!("{VERSIONS} {VERSIONS} {VERSIONS}");
    while seen.last() != Some(&last) {
        let change = events.change();
        let url = change.url.unwrap();
        let line = loaded(server, &url);
        seen.push(line.unwrap_or_else(|| panic!("{url} leads to nothing whole")));
    }
    seen
}

#[test]
fn no_client_ever_shows_something_of_two_versions() {
    let setup = Setup::new().args(&["--git"]);
    let server = setup.start();
    let work = Work::new(&server);
    commit(&work, 1);
    work.deploy();
    let many = env::var(MANY)
        .ok()
        .and_then(|many| many.parse().ok())
        .unwrap_or(1);
    let runtimes = [Runtime::Qt5, Runtime::Qt6, Runtime::Newest];
    let runtimes = runtimes
        .into_iter()
        .filter(|runtime| runtime.is_available());
    let url = server.url("");
    let clients: Vec<_> = runtimes
        .flat_map(|runtime| std::iter::repeat_n(runtime, many))
        .map(|runtime| QtClient::remote(runtime, &url))
        .collect();
    for client in &clients {
        client.wait_to_show(0, "1 1 1 1 1");
    }
    let streams: Vec<_> = (0..LIGHT).map(|_| server.events()).collect();
    let light = std::thread::scope(|scope| {
        let server = server.address;
        let followed: Vec<_> = streams
            .into_iter()
            .map(|events| scope.spawn(move || follow(server, events)))
            .collect();
        for number in 2..=VERSIONS {
            commit(&work, number);
            let pushed = work.deploy();
            // The last one says who shows it.
            if number == VERSIONS {
                let all = clients.len();
                let expected = format!("{all} of {all} client");
                assert!(
                    all == 0 || pushed.said.contains(&expected),
                    "{}",
                    pushed.said
                );
            }
        }
        let seen = followed.into_iter().flat_map(|one| one.join().unwrap());
        seen.collect::<Vec<_>>()
    });
    let last = format!("{VERSIONS} {VERSIONS} {VERSIONS} {VERSIONS} {VERSIONS}");
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for client in &clients {
        client.wait_to_show(0, &last);
        for state in client.states() {
            *shown.entry(state).or_default() += 1;
        }
    }
    eprintln!(
        "{} Qt clients, {LIGHT} listeners: {shown:?}; {} loaded",
        clients.len(),
        light.len()
    );
    let mixed: Vec<_> = shown
        .keys()
        .chain(&light)
        .filter(|line| !is_whole(line))
        .collect();
    assert!(mixed.is_empty(), "{mixed:?}");
}

#[test]
fn a_picture_of_the_version_before_is_still_there() {
    let server = Setup::new().args(&["--git"]).start();
    let work = Work::new(&server);
    commit(&work, 1);
    work.deploy();
    let before = server.events().change().url.unwrap();
    let picture = format!("{}/img/picture.png", before.rsplit_once('/').unwrap().0);
    for number in 2..=5 {
        commit(&work, number);
        work.deploy();
        let answer = server.get(&picture);
        // Four folders are kept: of the fifth version on, that of the first is gone.
        assert_eq!(width(&answer.body), Some(1), "{number}: {}", answer.status);
        assert_eq!(answer.status, 200);
    }
    commit(&work, 6);
    work.deploy();
    wait_until(
        "the first is gone",
        || format!("{DEADLINE:?}"),
        || server.get(&picture).status == 410,
    );
}
