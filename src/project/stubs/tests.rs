use super::*;
use crate::project::native::{self, ModuleName};
use crate::qml::syntax::Syntax;

/// The stand-ins for a tree of sources, all of whose types belong to `My.App` unless they say
/// otherwise.
fn stubs(sources: &[(&str, &str)]) -> BTreeMap<String, String> {
    let (natives, stubs) = written(sources);
    assert!(natives.findings.is_empty(), "{:?}", natives.findings);
    let files = stubs.files.into_iter();
    files
        .map(|stub| (stub.path.to_string(), stub.text))
        .collect()
}

fn written(sources: &[(&str, &str)]) -> (Natives, Stubs) {
    let parsed = |path: &str| TreePath::parse(path).unwrap();
    let sheets = sources
        .iter()
        .map(|(path, text)| (parsed(path), native::read(&parsed(path), text)));
    let app = |_: &TreePath| {
        Some(ModuleName {
            uri: "My.App".into(),
            major: 1,
        })
    };
    let natives = native::assemble(&sheets.collect(), &app);
    let documents = sources.iter().filter(|(path, _)| path.ends_with(".qml"));
    let documents = documents.map(|(path, text)| (parsed(path), (*text).to_owned()));
    let survey = Survey::of(
        &Documents {
            texts: &documents.collect(),
            modules: &BTreeSet::from(["My.App".to_owned()]),
            own_module: &|_| Some("My.App".to_owned()),
        },
        &natives,
    );
    let stubs = write(&natives, &survey);
    for stub in &stubs.files {
        let is_document = stub.path.name() != QMLDIR;
        let has_error = is_document && Syntax::of_document(&stub.text).unwrap().has_error();
        assert!(!has_error, "{}: {}", stub.path, stub.text);
    }
    (natives, stubs)
}

/// A document without the comment at its top.
fn body(text: &str) -> &str {
    text.split_once("import QtQuick 2.12\n").unwrap().1.trim()
}

#[test]
fn a_class_becomes_a_document_with_its_members() {
    let header = r#"
class Backend : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_SINGLETON
    Q_PROPERTY(QString name READ name WRITE setName NOTIFY nameChanged)
    Q_PROPERTY(int level MEMBER m_level NOTIFY updated)
    Q_PROPERTY(Mode mode READ mode)
    Q_PROPERTY(Spot spot READ spot)
    Q_PROPERTY(QString default READ d)
public:
    enum Mode { Idle, Busy = 4, lower, Off = -1 };
    Q_ENUM(Mode)
    Q_INVOKABLE void setName(const QString &name);
    Q_INVOKABLE QString name() const;
    Q_INVOKABLE QString getName() const;
    Q_INVOKABLE bool save(const QUrl &file);
    Q_INVOKABLE bool save(const QUrl &file, int delete);
    Q_INVOKABLE void updated(int);
signals:
    void nameChanged();
    void updated();
    void failed(const QString &, Backend *by, const QString &by);
    void destroyed();
private:
    int m_level = 3;
};
struct Spot { Q_GADGET Q_PROPERTY(int x MEMBER x) Q_PROPERTY(QString text MEMBER text)
    int x = 2; };
"#;
    let (natives, stubs) = written(&[("src/backend.h", header)]);
    let [document, qmldir] = &stubs.files[..] else {
        panic!("{:?}", stubs.files);
    };
    assert_eq!(document.path.as_str(), "My/App/Backend.qml");
    assert_eq!(
        body(&document.text),
        r#"QtObject {
    enum Mode {
        Idle,
        Busy = 4,
        Off = 2147483646 // -1 in the program; QML takes no such number
    }

    property string name: ""
    property int level: 3
    property int mode: 0
    property var spot: ({ x: 2, text: "" })

    signal updated()
    signal failed(string arg0, var by, string arg2)
    onLevelChanged: updated()

    function setName(value) { name = value }
    function getName() { return "" }
    function save(file, arg1) { return false }
}"#
    );
    assert!(
        document
            .text
            .starts_with("// Written by `qmlserve stubs` from src/backend.h:2.\n")
    );
    assert!(document.text.contains("\npragma Singleton\n"));
    assert!(
        qmldir
            .text
            .ends_with("\nmodule My.App\nsingleton Backend 1.0 Backend.qml\n")
    );
    assert_eq!(natives.findings, []);
    let found: Vec<_> = stubs
        .findings
        .iter()
        .map(|finding| &*finding.message)
        .collect();
    assert_eq!(
        found,
        ["default of Backend cannot be a name in a document: it is left out"]
    );
}

#[test]
fn the_root_is_what_the_class_derives_from() {
    for (base, expected, member) in [
        ("QObject", "QtObject {", "property int count: 0"),
        ("QQuickPaintedItem", "Item {", "property int count: 0"),
        ("QAbstractListModel", "ListModel {", ""),
        ("QSortFilterProxyModel", "ListModel {", ""),
    ] {
        let header = format!(
            "class A : public {base} {{ Q_OBJECT QML_ELEMENT\nQ_PROPERTY(int count READ count) Q_PROPERTY(QString objectName READ o) }};"
        );
        let files = stubs(&[("a.h", &header)]);
        let text = body(&files["My/App/A.qml"]);
        assert!(text.starts_with(expected), "{text}");
        let inside: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("    "))
            .collect();
        assert_eq!(inside.join("").trim(), member, "{text}");
    }
}

#[test]
fn objects_lead_on_and_never_in_a_circle() {
    let files = stubs(&[(
        "a.h",
        "class A : public QObject { Q_OBJECT QML_ELEMENT QML_SINGLETON\nQ_PROPERTY(B *b READ b) Q_PROPERTY(QQmlListProperty<B> all READ all)\nQ_CLASSINFO(\"DefaultProperty\", \"all\") };
         class B : public QObject { Q_OBJECT\nQ_PROPERTY(B *next READ next) Q_PROPERTY(C *c READ c) Q_PROPERTY(A *a READ a)\nQ_INVOKABLE C *make(); };
         class C : public QObject { Q_OBJECT QML_ELEMENT\nQ_PROPERTY(QObject *o READ o) };",
    )]);
    let lines = |path: &str| -> Vec<String> {
        let lines = files[path]
            .lines()
            .filter_map(|line| line.strip_prefix("    "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(
        lines("My/App/A.qml"),
        ["property B b: B {}", "default property list<QtObject> all"]
    );
    assert_eq!(
        lines("My/App/B.qml"),
        [
            "property var next: null",
            "property C c: C {}",
            "property var a: null",
            "function make() { return null }"
        ]
    );
    assert!(files["My/App/qmldir"].contains("internal B B.qml"));
}

#[test]
fn what_nobody_has_is_read_off_its_use() {
    let document = r#"import QtQuick 2.15
import Lost.Module 2.1
import Lost.Other 3.4 as O
import My.App 1.0
Item {
    Gauge { id: gauge; value: 3; font.bold: true; ticks.step: 1; onReached: gauge.reset(1); Text { text: Mode.On } }
    Component.onCompleted: { O.Tools.run(2, 3); Backend.more = 1; O.Late.x.y = 2 }
    Button {}
    Own {}
    A.Part { O.Look.tone: 2; O.Look.pen.width: 1; O.Look.onGone: {}; actions: [ Item {} ] }
    A.Own {}
}"#;
    let document = &document.replace(
        "import My.App 1.0",
        "import My.App 1.0\nimport My.App 1.0 as A",
    );
    let files = stubs(&[
        ("Main.qml", document),
        ("Own.qml", "import QtQuick 2.15\nItem {}"),
        (
            "main.cpp",
            "qmlRegisterSingletonInstance(\"My.App\", 1, 0, \"Backend\", new Backend);",
        ),
        ("b.h", "class Backend : public Framework { Q_OBJECT };"),
    ]);
    let paths: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "Lost/Module/Gauge.qml",
            "Lost/Module/Mode.qml",
            "Lost/Module/qmldir",
            "Lost/Other/Late.qml",
            "Lost/Other/Look.qml",
            "Lost/Other/Tools.qml",
            "Lost/Other/qmldir",
            "My/App/Backend.qml",
            "My/App/Part.qml",
            "My/App/qmldir",
        ]
    );
    assert_eq!(
        body(&files["Lost/Other/Look.qml"]),
        "QtObject {\n    component PenGroup: QtObject {\n        property var width\n    }\n    property PenGroup pen: PenGroup {}\n    property var tone: 2\n}"
    );
    assert!(files["Lost/Other/qmldir"].contains("singleton Look 3.0 Look.qml"));
    assert_eq!(
        body(&files["My/App/Part.qml"]),
        "Item {\n    property list<QtObject> actions\n}"
    );
    assert_eq!(
        body(&files["Lost/Module/Gauge.qml"]),
        "Item {\n    property font font\n    signal reached()\n    function reset(arg0) {}\n    component TicksGroup: QtObject {\n        property var step\n    }\n    property TicksGroup ticks: TicksGroup {}\n    property var value: 3\n}"
    );
    assert_eq!(
        body(&files["Lost/Module/Mode.qml"]),
        "QtObject {\n    enum Used { On }\n}"
    );
    assert!(files["Lost/Other/qmldir"].contains("singleton Tools 3.0 Tools.qml"));
    assert_eq!(
        body(&files["My/App/Backend.qml"]),
        "QtObject {\n    property var more: undefined\n}"
    );
}

#[test]
fn the_context_has_a_value_for_each_name() {
    let names = ["backend", "title"].map(|name| crate::project::ContextName {
        name: name.to_owned(),
        given: Place {
            path: TreePath::parse("main.cpp").unwrap(),
            line: 7,
        },
    });
    let text =
        "import QtQuick 2.0\nText { text: title + backend.name; onTextChanged: backend.save() }";
    let documents = BTreeMap::from([(TreePath::main(), text.to_owned())]);
    let survey = Survey::of(
        &Documents {
            texts: &documents,
            modules: &BTreeSet::new(),
            own_module: &|_| None,
        },
        &Natives::default(),
    );
    let mut stubs = Stubs::default();
    let json = stubs.context(&names, &survey).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"backend": {"name": ""}, "title": ""})
    );
    assert_eq!(stubs.findings[0].place.line, 7);
    assert_eq!(stubs.context(&[], &survey), None);
}

#[test]
fn what_qt_does_not_take_is_not_written() {
    let header = r#"
class A : public Framework { Q_OBJECT QML_ELEMENT
    Q_PROPERTY(bool transient READ t)
    Q_PROPERTY(B *held READ held)
    Q_PROPERTY(Timer *timer READ timer)
    Q_PROPERTY(Far *far READ far)
    Q_CLASSINFO("DefaultProperty", "held")
public:
    Q_INVOKABLE void eval(QString text);
signals:
    void imageChanged();
};
class B : public QObject { Q_OBJECT QML_ELEMENT };
class Timer : public QObject { Q_OBJECT QML_ELEMENT };
class Far : public QObject { Q_OBJECT Q_PROPERTY(int x READ x) };
class Elsewhere : public QObject { Q_OBJECT Q_PROPERTY(Far *far READ far) };
"#;
    let files = stubs(&[
        ("a.h", header),
        (
            "main.cpp",
            "qmlRegisterType<Elsewhere>(\"Other\", 1, 0, \"Elsewhere\");",
        ),
        ("Main.qml", "import My.App 1.0\nA { image: 1 }"),
    ]);
    assert_eq!(
        body(&files["My/App/A.qml"]),
        "QtObject {\n    default property var held\n    property var timer: null\n    property Far far: Far {}\n\n    property var image: 1\n}"
    );
    assert!(files["Other/Elsewhere.qml"].contains("property Far far: Far {}"));
    assert!(files["Other/qmldir"].contains("internal Far Far.qml"));
}
