//! Pictures and fonts that documents name by literals are there when `Component.onCompleted` runs,
//! as they are of local files, and so are enumerations of types that nothing makes an object of.

use std::fs;
use std::path::Path;

use crate::client::QtClient;
use crate::runtime::{Runtime, in_each_runtime, is_missing};
use crate::support::{Setup, TestServer};

in_each_runtime!(
    pictures_and_fonts_are_there_at_once,
    a_picture_that_cannot_be_shown_holds_nothing_up,
    enumerations_of_types_are_there_that_are_only_named,
);

/// A font of a size that is loaded ahead.
const FONT: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    let pixels = vec![0; (width * height) as usize];
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

fn main_qml(images: &str, found: &str) -> String {
    format!(
        "import QtQuick 2.12\nimport \"sub\"\nItem {{\nwidth: 100; height: 100\n{images}\nComponent.onCompleted: console.log(\"FOUND\", {found})\n}}\n"
    )
}

fn client(runtime: Runtime, server: &TestServer) -> QtClient {
    QtClient::open(runtime, &server.url("/@qmlserve/live.qml"))
}

fn pictures_and_fonts_are_there_at_once(runtime: Runtime) {
    if !Path::new(FONT).exists() {
        return is_missing(
            "DejaVu Sans Mono",
            "apt-get install fonts-dejavu-core",
            "nothing",
        );
    }
    let images = r#"
        Image { id: plain; source: "img/a.png" }
        Image { id: wide; source: "img/a.png"; sourceSize.width: 20 }
        Image { id: fit; source: "img/a.png"; sourceSize: Qt.size(20, 20); fillMode: Image.PreserveAspectFit }
        Image { id: crop; source: "img/a b.png"; fillMode: Image.PreserveAspectCrop }
        Image { id: compiled; source: "qrc:/icons/c.png" }
        BorderImage { id: border; source: "img/a.png" }
        FontLoader { id: font; source: "mono.ttf" }
        Part { id: part }"#;
    let found = "plain.status, plain.implicitWidth, wide.status, wide.implicitWidth, fit.status, \
                 fit.implicitWidth, crop.status, compiled.implicitWidth, border.status, font.status, font.name, part.inner.status, \
                 part.inner.implicitWidth";
    let server = Setup::new()
        .file("main.qml", main_qml(images, found))
        .file(
            "sub/Part.qml",
            "import QtQuick 2.12\nItem { property alias inner: image; Image { id: image; source: \"../img/b.png\" } }\n",
        )
        .file("img/a.png", png(40, 30))
        .file("img/a b.png", png(10, 10))
        .file("icons.qrc", "<RCC><qresource prefix=\"/icons\"><file alias=\"c.png\">img/b.png</file></qresource></RCC>")
        .file("img/b.png", png(7, 7))
        .file("mono.ttf", fs::read(FONT).unwrap())
        .start();

    let client = client(runtime, &server);

    let line = client.wait_for("FOUND");
    assert!(
        line.ends_with("FOUND 1 40 1 20 1 27 1 7 1 1 DejaVu Sans Mono 1 7"),
        "{line}"
    );

    // Another picture under the same name, and another document beside unchanged ones.
    let mark = client.mark();
    server.write("img/a.png", png(80, 60));
    let line = client.wait_for_since(mark, "FOUND");
    assert!(
        line.ends_with("FOUND 1 80 1 20 1 27 1 7 1 1 DejaVu Sans Mono 1 7"),
        "{line}"
    );

    let mark = client.mark();
    server.write("img/c.png", png(9, 9));
    let part = "import QtQuick 2.12\nItem { property alias inner: image; Image { id: image; source: \"../img/c.png\" } }\n";
    server.write("sub/Part.qml", part);
    let line = client.wait_for_since(mark, "FOUND");
    assert!(
        line.ends_with("FOUND 1 80 1 20 1 27 1 7 1 1 DejaVu Sans Mono 1 9"),
        "{line}"
    );
}

fn a_picture_that_cannot_be_shown_holds_nothing_up(runtime: Runtime) {
    let images = "Image { id: broken; source: \"broken.png\" }\nImage { id: lost; source: \"lost.png\" }\nImage { id: good; source: \"a.png\" }\nPart {}";
    let server = Setup::new()
        .file(
            "main.qml",
            main_qml(
                images,
                "broken.status !== 1, lost.status !== 1, good.implicitWidth",
            ),
        )
        .file("sub/Part.qml", "import QtQuick 2.12\nItem {}\n")
        .file("broken.png", "no picture")
        .file("a.png", png(5, 5))
        .start();

    let client = client(runtime, &server);

    let line = client.wait_for("FOUND");
    assert!(line.ends_with("FOUND true true 5"), "{line}");
}

fn enumerations_of_types_are_there_that_are_only_named(runtime: Runtime) {
    let kind = |values: &str| {
        format!("import QtQuick 2.12\nItem {{ enum Value {{ {values} }}\nPiece {{}} }}\n")
    };
    let text = "function text() { return Kind.Value.B }\n";
    let server = Setup::new()
        .file(
            "main.qml",
            main_qml(
                "property int bound: Kind.Value.B\nPart { id: part }",
                "bound, part.value, Kinds.Kind.Value.B, Kinds.Mod.Value.B, Script.text()",
            )
            .replace(
                "Item {",
                "import \"kinds\" as Kinds\nimport My.Mod 1.0 as Kinds\nimport \"kinds\"\nimport \"js/text.js\" as Script\nItem {",
            ),
        )
        .file("js/text.js", text)
        .file(
            "sub/Part.qml",
            "import QtQuick 2.12\nimport \"../kinds\"\nItem { property int value: Kind.Value.B }\n",
        )
        .file("kinds/Kind.qml", kind("A, B"))
        .file("kinds/Piece.qml", "import QtQuick 2.12\nItem {}\n")
        .file("My/Mod/qmldir", "module My.Mod\nMod 1.0 Mod.qml\nPiece 1.0 Piece.qml\n")
        .file("My/Mod/Mod.qml", kind("A, B"))
        .file("My/Mod/Piece.qml", "import QtQuick 2.12\nItem {}\n")
        .start();

    let client = client(runtime, &server);

    let line = client.wait_for("FOUND");
    assert!(line.ends_with("FOUND 1 1 1 1 1"), "{line}");

    let mark = client.mark();
    server.write("kinds/Kind.qml", kind("A, C, B"));
    let line = client.wait_for_since(mark, "FOUND");
    assert!(line.ends_with("FOUND 2 2 2 1 2"), "{line}");

    // One that is in error is nobody's who does not name it in time, and is told of where it is
    // named.
    let mark = client.mark();
    server.write(
        "kinds/Kind.qml",
        kind("A, C, D, B").replace("Piece", "Gone"),
    );
    client.wait_for_since(mark, "TypeError");
    let mark = client.mark();
    server.write("kinds/Kind.qml", kind("A, C, D, B"));
    let line = client.wait_for_since(mark, "FOUND");
    assert!(line.ends_with("FOUND 3 3 3 1 3"), "{line}");
}
