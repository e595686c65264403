//! Entries, context names, import paths, build folders, and other project files.

use super::*;

fn entries(project: &Project) -> Vec<String> {
    let text = |entry: &crate::project::Entry| {
        format!(
            "{} {}:{}",
            entry.document, entry.named.path, entry.named.line
        )
    };
    project.entries.iter().map(text).collect()
}

#[test]
fn the_entry_is_what_the_program_loads() {
    let project = Tree::new([
        (
            "CMakeLists.txt",
            "qt_add_executable(app src/main.cpp)\n\
             qt_add_qml_module(app URI My.App RESOURCE_PREFIX / QML_FILES ui/Main.qml ui/Other.qml)",
        ),
        ("ui/Main.qml", ""),
        ("ui/Other.qml", ""),
        (
            "src/main.cpp",
            "int main() {\nengine.loadFromModule(\"My.App\", \"Main\");\n\
             engine.rootContext()->setContextProperty(\"backend\", &b);\n\
             engine.addImportPath(\"qrc:/imports\"); }",
        ),
        ("res.qrc", "<RCC><qresource><file>imports/A/B.qml</file></qresource></RCC>"),
        ("imports/A/B.qml", ""),
        ("tests/main.cpp", "int main() { v.setSource(QUrl(\"qrc:/My/App/ui/Other.qml\")); }"),
        ("tools/main.cpp", "int main() {\n\nv.setSource(QUrl(\"qrc:/nowhere.qml\")); }"),
        ("tools/other.cpp", "int main() { e.loadFromModule(\"None\", \"Main\"); }"),
    ])
    .project();
    assert_eq!(
        entries(&project),
        [
            "ui/Main.qml src/main.cpp:2",
            "ui/Other.qml tests/main.cpp:1"
        ]
    );
    let [backend] = project.context.as_slice() else {
        panic!("{:?}", project.context);
    };
    assert_eq!((backend.name.as_str(), backend.given.line), ("backend", 3));
    assert_eq!(project.import_roots, [TreePath::parse("imports").unwrap()]);
    let findings = findings(&project);
    let [nowhere, none] = findings.as_slice() else {
        panic!("{findings:#?}");
    };
    assert!(nowhere.starts_with("tools/main.cpp:3: qrc:/nowhere.qml is in no resources"));
    assert!(none.starts_with("tools/other.cpp:1: the module None"));
}

#[test]
fn a_python_program_loads_files_beside_it() {
    let project = Tree::new([
        (
            "pyproject.toml",
            "[tool.pyside6-project]\nfiles = [\"app/main.py\", \"gone.qml\", \"app/main.qml\"]",
        ),
        (
            "app/main.py",
            "engine.load(Path(__file__).parent / \"view.qml\")",
        ),
        ("app/view.qml", ""),
        ("app/main.qml", ""),
        ("other/pyproject.toml", "[project]\nname = \"x\""),
        ("b.pyproject", "{\"files\": [\"b/Main.qml\"]}"),
        ("b/Main.qml", ""),
        ("c.pyproject", "{"),
    ])
    .project();
    assert_eq!(
        entries(&project),
        [
            "app/view.qml app/main.py:1",
            "b/Main.qml b.pyproject:0",
            "app/main.qml pyproject.toml:0"
        ]
    );
    let findings = findings(&project);
    assert!(findings[0].starts_with("c.pyproject:0: this project file cannot be read"));
    assert!(findings[1].starts_with("pyproject.toml:0: there is no gone.qml"));
    assert_eq!(findings.len(), 2, "{findings:#?}");
}

#[test]
fn a_qmlproject_says_where_things_are() {
    let project = Tree::new([
        (
            "ui/App.qmlproject",
            "import QmlProject 1.1\nProject {\n mainFile: \"content/App.qml\"\n \
             mainUiFile: \"content/Screen.ui.qml\"\n importPaths: [ \"imports\", \"asset_imports\" ]\n \
             mockImports: [\"mocks\"]\n QmlFiles { directory: \"content\" }\n}",
        ),
        ("ui/content/App.qml", ""),
        ("bad.qmlproject", "Project {\n mainFile: \"gone.qml\"\n}"),
    ])
    .project();
    assert_eq!(
        entries(&project),
        ["ui/content/App.qml ui/App.qmlproject:3"]
    );
    let path = |text| TreePath::parse(text).unwrap();
    assert_eq!(
        project.import_roots,
        [path("ui/imports"), path("ui/asset_imports")]
    );
    assert_eq!(project.mock_roots, [path("ui/mocks")]);
    assert_eq!(
        findings(&project),
        ["bad.qmlproject:2: there is no gone.qml to start with; mend mainFile, or make the file"]
    );
}

#[test]
fn a_build_folder_says_what_could_not_be_evaluated() {
    let generated = "module My.Lib\nlinktarget libplugin\noptional plugin libplugin\n\
                     classname My_LibPlugin\ntypeinfo lib.qmltypes\nimport QtQuick auto\n\
                     prefer :/qt/qml/My/Lib/\nTile 1.0 Tile.qml\nTile 2.0 Tile.qml\n\
                     singleton Theme 1.0 sub/Theme.qml\ninternal Part Part.qml\nGone 1.0 Gone.qml\n";
    let files = [
        ("CMakeLists.txt", "add_subdirectory(lib)"),
        ("lib/CMakeLists.txt", "their_own_module(lib)"),
        ("lib/Tile.qml", ""),
        ("lib/sub/Theme.qml", ""),
        ("lib/Part.qml", ""),
        ("build/CMakeCache.txt", ""),
        ("build/lib/qmldir", generated),
        ("build/lib/Tile.qml", ""),
        (
            "build/sub.qrc",
            "<RCC><qresource><file>x</file></qresource></RCC>",
        ),
    ];
    let project = Tree::new(files).project();
    assert_eq!(findings(&project), [""; 0]);
    assert_eq!(project.build_dirs, [TreePath::parse("build").unwrap()]);
    assert_eq!(
        list(&project, "lib"),
        "module My.Lib\nimport QtQuick auto\ninternal Part Part.qml\nTile 1.0 Tile.qml\n\
         Tile 2.0 Tile.qml\nsingleton Theme 1.0 sub/Theme.qml\n"
    );
    assert_eq!(
        resource(&project, "/qt/qml/My/Lib/sub/Theme.qml").as_deref(),
        Some("lib/sub/Theme.qml")
    );

    // What is declared goes before what was built once.
    let declared = (
        "lib/CMakeLists.txt",
        "qt_add_qml_module(lib URI My.Lib QML_FILES Part.qml)",
    );
    let project = Tree::new(files.into_iter().chain([declared])).project();
    assert_eq!(
        list(&project, "lib"),
        "module My.Lib\nPart 254.0 Part.qml\n"
    );
}
