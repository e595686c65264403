use super::*;

const SOURCE: &str = r#"
from enum import Enum
from PySide6.QtCore import QObject, Property, Signal, Slot, QEnum
from PySide6 import QtQml
QML_IMPORT_NAME = "My.App"
QML_IMPORT_MAJOR_VERSION = 2

@QmlElement
@QmlSingleton
class Backend(QObject):
    @QEnum
    class Mode(Enum):
        Idle = 0
        Busy = 4
        Done = auto()

    nameChanged = Signal()
    failed = Signal(str, int, arguments=["message", "code"])

    def __init__(self):
        super().__init__()

    def _name(self): return ""

    name = Property(str, _name, notify=nameChanged)

    @Property("QVariantList", constant=True)
    def all(self): return []

    @QtCore.Property(int, notify=countChanged)
    def count(self): return 1

    @count.setter
    def count(self, value): pass

    @Slot(str, int, result=bool)
    def save(self, file, mode=3): return True

    @Slot()
    def go(self): pass

    def hidden(self): pass

@QtQml.QmlNamedElement("Other")
class Thing(QAbstractListModel): pass

class Unrelated: pass

qmlRegisterType(Late, "My.Late", 1, 0, "Later")
qmlRegisterSingletonInstance(Thing, QML_IMPORT_NAME, 1, 0, "Only", thing)
qmlRegisterType(Late, uri, 1, 0, "Later")
"#;

#[test]
fn classes_have_what_their_decorators_say() {
    let path = TreePath::parse("app/main.py").unwrap();
    let sheet = read(&path, SOURCE);
    let [backend, thing] = &sheet.classes[..] else {
        panic!("{sheet:?}");
    };
    assert_eq!((&*backend.name, backend.line), ("Backend", 10));
    assert_eq!(thing.bases, ["QAbstractListModel"]);
    let properties: Vec<_> = backend
        .properties
        .iter()
        .map(|property| {
            (
                &*property.name,
                &*property.type_name,
                property.notify.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        properties,
        [
            ("name", "QString", Some("nameChanged")),
            ("all", "QVariantList", None),
            ("count", "int", Some("countChanged")),
        ]
    );
    let pair = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
    assert_eq!(backend.methods.len(), 2);
    assert_eq!(backend.methods[0].type_name, "bool");
    assert_eq!(
        backend.methods[0].parameters,
        [pair("file", "QString"), pair("mode", "int")]
    );
    assert_eq!(
        backend.signals[1].parameters,
        [pair("message", "QString"), pair("code", "int")]
    );
    let values: Vec<_> = backend.enums[0]
        .values
        .iter()
        .map(|(name, value)| (&**name, *value))
        .collect();
    assert_eq!(values, [("Idle", 0), ("Busy", 4), ("Done", 5)]);
    let registered: Vec<_> = sheet
        .registrations
        .iter()
        .map(|known| {
            let module = known.module.as_ref().unwrap();
            (
                &*known.class,
                &*module.uri,
                module.major,
                known.name.as_deref(),
                known.singleton,
            )
        })
        .collect();
    assert_eq!(
        registered,
        [
            ("Backend", "My.App", 2, Some("Backend"), true),
            ("Thing", "My.App", 2, Some("Other"), false),
            ("Late", "My.Late", 1, Some("Later"), false),
            ("Thing", "My.App", 1, Some("Only"), true),
        ]
    );
    assert_eq!(sheet.findings.len(), 1);
    assert_eq!(sheet.findings[0].place.line, 51);
}

#[test]
fn broken_python_gives_what_can_be_read() {
    let path = TreePath::parse("main.py").unwrap();
    for source in [
        "class QObject(",
        "@QmlElement\nclass",
        "@QmlElement class A(QObject):\n  x = Signal(",
        "qmlRegisterType(",
        "QObject = ((",
    ] {
        read(&path, source);
    }
}
