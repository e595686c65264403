//! Resource files.

use super::*;

#[test]
fn files_are_found_by_prefix_and_alias() {
    let project = Tree::new([
        (
            "res/app.qrc",
            r#"<!DOCTYPE RCC><RCC version="1.0">
            <qresource><file>main.qml</file><file>../shared/Logo.svg</file></qresource>
            <qresource prefix="/icons/"><file alias="open.svg">img/open-2.svg</file></qresource>
            <qresource prefix="text" lang="fr"><file alias="a.txt">a_fr.txt</file></qresource>
            <qresource prefix="text"><file>a.txt</file><file>img</file></qresource>
            </RCC>"#,
        ),
        ("res/main.qml", ""),
        ("res/a.txt", ""),
        ("res/a_fr.txt", ""),
        ("res/img/open-2.svg", ""),
        ("res/img/deep/b.png", ""),
        ("shared/Logo.svg", ""),
    ])
    .project();
    for (path, file) in [
        ("/main.qml", Some("res/main.qml")),
        ("/shared/Logo.svg", Some("shared/Logo.svg")),
        ("/icons/open.svg", Some("res/img/open-2.svg")),
        ("/icons/img/open-2.svg", None),
        ("/text/a.txt", Some("res/a.txt")),
        ("/text/img/b.png", Some("res/img/deep/b.png")),
    ] {
        assert_eq!(resource(&project, path).as_deref(), file, "{path}");
    }
    assert!(project.findings.is_empty(), "{:?}", findings(&project));
    assert!(project.qmldirs.is_empty());
}

#[test]
fn documents_of_one_resource_directory_see_each_other() {
    let project = Tree::new([
        (
            "app.qrc",
            r#"<RCC><qresource prefix="/">
            <file alias="main.qml">ui/main.qml</file>
            <file alias="Button.qml">controls/MyButton.qml</file>
            <file>plain/Only.qml</file>
            </qresource></RCC>"#,
        ),
        ("ui/main.qml", ""),
        ("ui/Local.qml", ""),
        ("controls/MyButton.qml", ""),
        ("plain/Only.qml", ""),
    ])
    .project();
    assert_eq!(
        list(&project, "ui"),
        "Button ../controls/MyButton.qml\nLocal Local.qml\n"
    );
    assert_eq!(
        list(&project, "controls"),
        "Button MyButton.qml\nMyButton MyButton.qml\n"
    );
    assert_eq!(project.qmldirs.len(), 2);
}

#[test]
fn what_is_wrong_in_a_resource_file_is_told() {
    let project = Tree::new([
        (
            "sub/a.qrc",
            "<RCC><qresource>\n<file>gone.png</file>\n<file>../../etc/passwd</file>\n\
             <file>here.png</file></qresource></RCC>",
        ),
        ("sub/here.png", ""),
        ("b.qrc", "<RCC><qresource>\n<file>x</qresource></RCC>"),
    ])
    .project();
    let findings = findings(&project);
    let [broken, gone, outside] = findings.as_slice() else {
        panic!("{findings:#?}");
    };
    assert!(
        broken.starts_with("b.qrc:2: this is not a resource file"),
        "{broken}"
    );
    assert!(
        gone.starts_with("sub/a.qrc:2: sub/gone.png is not there"),
        "{gone}"
    );
    assert!(
        outside.starts_with("sub/a.qrc:3: ../../etc/passwd is outside"),
        "{outside}"
    );
    assert_eq!(
        resource(&project, "/here.png").as_deref(),
        Some("sub/here.png")
    );
}
