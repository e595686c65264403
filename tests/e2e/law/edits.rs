//! The tree that the law is tried on, and random edits of it.

use std::collections::BTreeMap;

use crate::picture::png_of;
use crate::support::Random;

/// The state of the tree: contents by path.
pub(super) type Tree = BTreeMap<String, Vec<u8>>;

/// Components, each of which may use those that follow: the path and the type name.
const COMPONENTS: &[(&str, &str)] = &[
    ("A.qml", "A"),
    ("B.qml", "B"),
    ("pages/P.qml", "P"),
    ("pages/Q.qml", "Q"),
    ("sub/C.qml", "C"),
    ("sub/D.qml", "D"),
    ("My/Mod/Tile.qml", "Tile"),
    ("My/Mod/Part.qml", "Part"),
];

const MAIN: &str = r#"import QtQuick 2.12
import "sub"
import "pages"
import My.Mod 1.0
import Cm 1.0
import Backend 1.0
import "lib/x.js" as X
import "lib/m.mjs" as M
import "lib/scope.js" as Scope

Item {
    id: root
    width: 40; height: 40
    property string text: "…"
    readonly property string state_: JSON.stringify({
        a: a.value, b: b.value, c: c.value, tile: tile.value, theme: Theme.value, x: X.value(), m: M.value(), scope: Scope.value(),
        literal: show(literal), computed: show(computed), data: text,
        lazy: lazy.source == "" ? "-" : lazy.status === Image.Loading ? "…" : lazy.status === Image.Ready ? lazy.sourceSize.width : "none",
        widget: widget.value, native: cxx.value, backend: backend.value, context: appName,
        compiled: compiled.status === Image.Loading ? "…" : compiled.status === Image.Ready ? compiled.sourceSize.width : "none",
        resource: show(resource), page: names === null ? "…" : show(page), late: trigger === "" ? "…" : trigger === "0" ? "-" : show(late),
        image: image.status === Image.Loading ? "…" : image.status === Image.Ready ? image.sourceSize.width : "none"
    })
    function show(loader) {
        return loader.status === Loader.Loading ? "…" : loader.item ? loader.item.value : "none"
    }
    onState_Changed: console.log("SHOWS " + state_)
    A { id: a }
    B { id: b }
    C { id: c }
    Tile { id: tile }
    Widget { id: widget }
    Native { id: cxx }
    Backend { id: backend }
    Image { id: compiled; source: "qrc:/r/a.png" }
    Loader { id: resource; source: "qrc:/r/" + X.page() + ".qml" }
    Loader { id: literal; source: "pages/P.qml" }
    Loader { id: computed; source: "pages/" + X.page() + ".qml" }
    Image { id: image; source: "img/a.png" }
    // By names that stand in data, so that nobody can read them off.
    property var names: null
    Image { id: lazy; source: root.names ? root.names.image : "" }
    Loader { id: page; source: root.names ? root.names.page : "" }
    // When it is told to, maybe long after all else: under a path without a version.
    property string trigger: ""
    Loader { id: late; source: root.names && root.trigger === "1" ? root.names.late : "" }
    Timer {
        interval: 100; running: true; repeat: true
        onTriggered: root.get("/" + ["trigger", "txt"].join("."), function(text) { root.trigger = text })
    }
    function get(name, done) {
        var request = new XMLHttpRequest()
        request.onreadystatechange = function() {
            if (request.readyState === XMLHttpRequest.DONE)
                done(request.status === 200 ? request.responseText : "")
        }
        request.open("GET", Qt.resolvedUrl(name))
        request.send()
    }
    Component.onCompleted: {
        get("names.json", function(text) { root.names = JSON.parse(text) })
        var request = new XMLHttpRequest()
        request.onreadystatechange = function() {
            if (request.readyState === XMLHttpRequest.DONE)
                root.text = request.status === 200 ? request.responseText : "none"
        }
        request.open("GET", Qt.resolvedUrl("data.json"))
        request.send()
    }
}
"#;

fn component(random: &mut Random, index: usize) -> Vec<u8> {
    let up = "../".repeat(COMPONENTS[index].0.matches('/').count());
    let following = &COMPONENTS[index + 1..];
    let mut children: Vec<&str> = Vec::new();
    for _ in 0..random.below(3).min(following.len()) {
        children.push(following[random.below(following.len())].1);
    }
    let objects: String = children
        .iter()
        .enumerate()
        .map(|(number, name)| format!("    {name} {{ id: c{number} }}\n"))
        .collect();
    let values: Vec<_> = (0..children.len()).map(|n| format!("c{n}.value")).collect();
    let (root, theme) = match up.as_str() {
        "" => (String::new(), "Theme.value"),
        up if random.below(2) == 0 => (format!("import \"{up}\"\n"), "Theme.value"),
        _ => (String::new(), "\"-\""),
    };
    let (loader, loaded) = loader(random, &up);
    format!(
        "import QtQuick 2.12\n{root}import \"{up}sub\"\nimport \"{up}pages\"\nimport My.Mod 1.0\n\
         import \"{up}lib/y.js\" as Y\n\nItem {{\n    property string value: \"{}\" + Y.value() + {theme} + \
         {loaded} + \"(\" + [{}].join() + \")\"\n{loader}{objects}}}\n",
        random.below(1000),
        values.join(", "),
    )
    .into_bytes()
}

/// Sometimes a Loader of a leaf whose name is known, known in part, or known only to `y.js`; and
/// what it shows.
fn loader(random: &mut Random, up: &str) -> (String, &'static str) {
    let source = match random.below(8) {
        0 => format!("\"{up}leaves/L0.qml\""),
        1 => format!("\"{up}leaves/\" + Y.leaf() + \".qml\""),
        2 => format!("Qt.resolvedUrl(Y.path(\"{up}\"))"),
        _ => return (String::new(), "\"\""),
    };
    let item = "(l.item ? l.item.value : l.status === Loader.Error ? \"none\" : \"…\")";
    (format!("    Loader {{ id: l; source: {source} }}\n"), item)
}

fn script(random: &mut Random) -> Vec<u8> {
    let page = if random.below(2) == 0 { "P" } else { "Q" };
    format!(
        ".import \"y.js\" as Y\nfunction value() {{ return {} + Y.value() }}\nfunction page() {{ return \"{page}\" }}\n",
        random.below(1000)
    )
    .into_bytes()
}

/// What knows the names of the leaves.
fn names(random: &mut Random) -> Vec<u8> {
    let (value, leaf) = (random.below(1000), random.below(LEAVES));
    format!(
        "function value() {{ return {value} }}\nfunction leaf() {{ return \"L{leaf}\" }}\n\
         function path(up) {{ return up + [\"leaves\", leaf()].join(\"/\") + \".qml\" }}\n"
    )
    .into_bytes()
}

/// A script that uses what the document sees that imports it.
fn scope(random: &mut Random) -> Vec<u8> {
    let seen = ["Theme.value", "\"-\""][random.below(2)];
    number(
        random,
        &format!("function value() {{ return {seen} + "),
        " }\n",
    )
}

/// A document that refers to nothing.
fn plain(random: &mut Random, mark: char) -> Vec<u8> {
    number(
        random,
        &format!("import QtQuick 2.12\nItem {{ property string value: \"{mark}"),
        "\" }\n",
    )
}

fn theme(random: &mut Random) -> Vec<u8> {
    number(
        random,
        "pragma Singleton\nimport QtQuick 2.12\nQtObject { property string value: \"t",
        "\" }\n",
    )
}

fn picture(random: &mut Random) -> Vec<u8> {
    let size = u32::try_from(1 + random.below(9)).unwrap();
    png_of(size, [200, 0, 0])
}

/// The names that `main.qml` loads by.
fn files(random: &mut Random) -> Vec<u8> {
    let image = ["img/a.png", "img/b.png", "img/c.png"][random.below(3)];
    let mut view = || ["views/One.qml", "views/Two.qml"][random.below(2)];
    let (page, late) = (view(), view());
    format!(r#"{{ "image": "{image}", "page": "{page}", "late": "{late}" }}"#).into_bytes()
}

/// A document that is loaded by a name that nobody foresees, and uses another one.
fn view(random: &mut Random) -> Vec<u8> {
    let uses = if random.below(2) == 0 {
        "Leaf { id: leaf }"
    } else {
        "D { id: leaf }"
    };
    number(
        random,
        &format!(
            "import QtQuick 2.12\nimport \"../sub\"\nItem {{ {uses}\nproperty string value: leaf.value + \"w"
        ),
        "\" }\n",
    )
}

fn number(random: &mut Random, before: &str, after: &str) -> Vec<u8> {
    format!("{before}{}{after}", random.below(1000)).into_bytes()
}

/// A document of the module that CMake declares, which sees the types of it without an import.
fn gadgets(random: &mut Random) -> Vec<u8> {
    let (object, value) = match random.below(3) {
        0 => ("Gadget { id: inner }", "inner.value"),
        1 => ("Native { id: inner }", "inner.value"),
        _ => ("", "\"-\""),
    };
    let import = ["", "import Cm 1.0\n"][random.below(2)];
    number(
        random,
        &format!(
            "import QtQuick 2.12\n{import}Item {{ {object}\nproperty string value: {value} + \"g"
        ),
        "\" }\n",
    )
}

/// One of its sub-directory.
fn gadget(random: &mut Random) -> Vec<u8> {
    let native = random.below(2) == 0;
    let (object, value) = match native {
        true => ("Native { id: inner }", "inner.value"),
        false => ("Image { id: inner; source: \"qrc:/r/a.png\" }", "\"i\""),
    };
    number(
        random,
        &format!("import QtQuick 2.12\nItem {{ {object}\nproperty string value: {value} + \"G"),
        "\" }\n",
    )
}

/// What is compiled in: an image, and two documents.
fn resources(random: &mut Random) -> Vec<u8> {
    let mut either = |one, other| [one, other][random.below(2)];
    let image = either("img/a.png", "img/b.png");
    let (p, q) = (
        either("leaves/L0.qml", "leaves/L1.qml"),
        either("leaves/L1.qml", "sub/D.qml"),
    );
    format!(
        "<RCC><qresource prefix=\"/r\"><file alias=\"a.png\">{image}</file>\
         <file alias=\"P.qml\">{p}</file><file alias=\"Q.qml\">{q}</file></qresource></RCC>\n"
    )
    .into_bytes()
}

/// What CMake says of the module.
fn cmake(random: &mut Random) -> String {
    let lines = [
        "QML_FILES Widget.qml sub/Gadget.qml",
        "QML_FILES Other.qml sub/Gadget.qml",
        "QML_FILES Widget.qml Other.qml sub/Gadget.qml",
        "QML_FILES Widget.qml",
    ][random.below(4)];
    let widget = match lines.contains("Widget.qml") {
        true => "",
        false => {
            "set_source_files_properties(Other.qml PROPERTIES QT_QML_SOURCE_TYPENAME Widget)\n"
        }
    };
    format!("{widget}qt_add_qml_module(cm URI Cm VERSION 1.0 {lines})\n")
}

/// Writes one file anew.
fn rewrite(random: &mut Random, tree: &mut Tree, which: usize) {
    let (path, content): (&str, Vec<u8>) = match which {
        0 => ("lib/x.js", script(random)),
        1 => ("lib/y.js", names(random)),
        2 => (
            "lib/m.mjs",
            number(random, "export function value() { return ", " }\n"),
        ),
        3 => ("Theme.qml", theme(random)),
        4 => ("data.json", number(random, "[", "]")),
        5 => ("img/a.png", picture(random)),
        6 => ("leaves/L0.qml", plain(random, 'l')),
        7 => ("leaves/L1.qml", plain(random, 'l')),
        8 => ("names.json", files(random)),
        9 => ("trigger.txt", vec![b"01"[random.below(2)]]),
        10 => ("img/b.png", picture(random)),
        11 => ("img/c.png", picture(random)),
        12 => ("views/One.qml", view(random)),
        13 => ("views/Two.qml", view(random)),
        14 => ("views/Leaf.qml", plain(random, 'v')),
        15 => ("cm/Widget.qml", gadgets(random)),
        16 => ("cm/Other.qml", gadgets(random)),
        17 => ("cm/sub/Gadget.qml", gadget(random)),
        18 => ("stubs/Cm/Native.qml", plain(random, 'n')),
        19 => ("stubs/Backend/Backend.qml", plain(random, 'b')),
        20 => ("context.json", number(random, "{ \"appName\": \"", "\" }")),
        21 => ("res.qrc", resources(random)),
        22 => ("lib/scope.js", scope(random)),
        other => {
            let index = (other - OTHERS) % COMPONENTS.len();
            (COMPONENTS[index].0, component(random, index))
        }
    };
    tree.insert(path.to_owned(), content);
}

/// Kinds of files that [`rewrite`] knows.
const KINDS: usize = OTHERS + COMPONENTS.len();

/// Those that are no [`COMPONENTS`].
const OTHERS: usize = 23;

/// Documents that only Loaders show.
const LEAVES: usize = 2;

pub(super) fn first(random: &mut Random) -> Tree {
    let mut tree = Tree::new();
    tree.insert("main.qml".into(), MAIN.into());
    tree.insert("qmldir".into(), b"singleton Theme 1.0 Theme.qml\n".to_vec());
    tree.insert(
        "My/Mod/qmldir".into(),
        b"module My.Mod\nTile 1.0 Tile.qml\nPart 1.0 Part.qml\n".to_vec(),
    );
    let module = "qt_add_qml_module(cm URI Cm VERSION 1.0 QML_FILES Widget.qml sub/Gadget.qml)\n";
    tree.insert("cm/CMakeLists.txt".into(), module.into());
    tree.insert(
        "stubs/Cm/qmldir".into(),
        b"module Cm\nNative 1.0 Native.qml\n".to_vec(),
    );
    tree.insert(
        "stubs/Backend/qmldir".into(),
        b"module Backend\nBackend 1.0 Backend.qml\n".to_vec(),
    );
    for which in 0..KINDS {
        rewrite(random, &mut tree, which);
    }
    tree
}

/// One random edit; says what it is.
pub(super) fn edit(random: &mut Random, tree: &mut Tree, past: &[Tree]) -> String {
    let (path, name) = COMPONENTS[random.below(COMPONENTS.len())];
    match random.below(17) {
        0..=4 => {
            let which = random.below(KINDS);
            rewrite(random, tree, which);
            format!("rewrite {which}")
        }
        5 => {
            for which in 0..KINDS {
                if random.below(2) == 0 {
                    rewrite(random, tree, which);
                }
            }
            "rewrite half of the tree".into()
        }
        6 => {
            tree.remove(path);
            format!("remove {path}")
        }
        7 => {
            tree.insert(
                path.into(),
                b"import QtQuick 2.12\nItem { value: \n".to_vec(),
            );
            format!("break {path}")
        }
        8 => {
            *tree = past[random.below(past.len())].clone();
            "go back".into()
        }
        9 => {
            // The same type in another directory: which of them is meant is the engine's affair.
            let dir = ["", "sub/", "pages/"][random.below(3)];
            let value = plain(random, 's');
            tree.insert(format!("{dir}{name}.qml"), value);
            format!("put {name} into {dir:?}")
        }
        10 => {
            let other = format!("sub/Other{}.qml", random.below(3));
            tree.insert(other.clone(), plain(random, 'o'));
            let file = other.trim_start_matches("sub/");
            tree.insert(
                "sub/qmldir".into(),
                format!("C 1.0 {file}\nD 1.0 D.qml\n").into_bytes(),
            );
            format!("map C to {file} in sub/qmldir")
        }
        11 => {
            let gone = tree.remove("sub/qmldir").is_some();
            format!("remove sub/qmldir: {gone}")
        }
        12 => {
            let to = format!(
                "{}{name}.qml",
                ["", "sub/", "pages/", "My/Mod/"][random.below(4)]
            );
            if let Some(content) = tree.remove(path) {
                tree.insert(to.clone(), content);
            }
            format!("move {path} to {to}")
        }
        13 => {
            let file = ["Theme.qml", "Dark.qml"][random.below(2)];
            tree.insert("Dark.qml".into(), theme(random));
            tree.insert(
                "qmldir".into(),
                format!("singleton Theme 1.0 {file}\n").into(),
            );
            format!("map Theme to {file}")
        }
        14 => {
            let text = cmake(random);
            tree.insert("cm/CMakeLists.txt".into(), text.clone().into());
            format!("say in cm/CMakeLists.txt: {text:?}")
        }
        15 => {
            let lines = [
                "Native 1.0 Native.qml\n",
                "Native 1.0 Native.qml\nWidget 1.0 Native.qml\n",
                "Native 1.0 ../Backend/Backend.qml\n",
            ][random.below(3)];
            tree.insert(
                "stubs/Cm/qmldir".into(),
                format!("module Cm\n{lines}").into(),
            );
            format!("map in stubs/Cm: {lines:?}")
        }
        _ => {
            let lines = [
                "Tile 1.0 Tile.qml\nPart 1.0 Part.qml\n",
                "Tile 1.0 Tile.qml\nTile 1.1 Part.qml\nPart 1.0 Part.qml\n",
                "Tile 1.0 Part.qml\nPart 1.0 Part.qml\n",
                "Tile 1.0 Tile.qml\n",
            ][random.below(4)];
            tree.insert(
                "My/Mod/qmldir".into(),
                format!("module My.Mod\n{lines}").into(),
            );
            format!("map in My/Mod: {lines:?}")
        }
    }
}
