use super::*;
use crate::project::native::{Enum, Method, ModuleName, Property, Registration};

fn sheet(text: &str) -> Sheet {
    read(&TreePath::parse("src/backend.h").unwrap(), text)
}

fn method(name: &str, type_name: &str, parameters: &[(&str, &str)]) -> Method {
    let own = |(name, kind): &(&str, &str)| ((*name).to_owned(), (*kind).to_owned());
    Method {
        name: name.into(),
        type_name: type_name.into(),
        parameters: parameters.iter().map(own).collect(),
    }
}

const HEADER: &str = r#"
#pragma once
#include <QObject>

namespace app {

class Other;

class MYLIB_EXPORT Backend : public QObject, private Hidden<int>
{
    Q_OBJECT
    QML_ELEMENT
    QML_SINGLETON
    Q_PROPERTY(QString name READ name WRITE setName NOTIFY nameChanged FINAL)
    Q_PROPERTY(int count MEMBER m_count NOTIFY countChanged)
    Q_PROPERTY(app::Other *other READ other CONSTANT)
    Q_CLASSINFO("DefaultProperty", "items")

public:
    enum Mode { Idle, Busy = 4, Done, Last = Busy | 1, Minus = -1, Shift = 1 << 3 };
    Q_ENUM(Mode)
    enum class Option : quint8 { None = 0x0, All = 0xff };
    Q_DECLARE_FLAGS(Options, Option)
    Q_FLAG(Options)
    enum Internal { Nothing };

    explicit Backend(QObject *parent = nullptr) : QObject(parent) {}
    ~Backend() override;

    QString name() const { return m_name; }
    void setName(const QString &name);
    Q_INVOKABLE bool save(const QUrl &file, bool force = true);
    Q_INVOKABLE Other *make() const;
    Q_INVOKABLE QVariantList list(int, QList<int> numbers) { return {}; }
    int hidden();

public Q_SLOTS:
    void reload();
    void stop(void);

private slots:
    void onTimeout();

Q_SIGNALS:
    void nameChanged();
    void countChanged(int count);
    void failed(const QString &message, Other *by);

private:
    struct Inner { int a; enum { X }; };
    QString m_name = QStringLiteral("a\"b");
    int m_count{5};
    Q_INVOKABLE void secret();
};

class Plain { public: int x(); };
struct Point { Q_GADGET
    Q_PROPERTY(qreal x MEMBER x)
public: qreal x = 1.5; };
} // namespace app

namespace Modes { Q_NAMESPACE QML_NAMED_ELEMENT(Mode)
  enum class Kind { A, B }; Q_ENUM_NS(Kind) class Decl; }
"#;

#[test]
fn a_class_has_what_moc_sees_of_it() {
    let sheet = sheet(HEADER);
    let names: Vec<_> = sheet.classes.iter().map(|class| &*class.name).collect();
    assert_eq!(names, ["Backend", "Point", "Modes"]);
    let backend = &sheet.classes[0];
    assert_eq!(backend.line, 9);
    assert_eq!(backend.bases, ["QObject", "Hidden"]);
    assert_eq!(backend.default_property.as_deref(), Some("items"));
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(
        backend.properties,
        [
            Property {
                name: "name".into(),
                type_name: "QString".into(),
                initial: own(r#""a\"b""#),
                read: own("name"),
                write: own("setName"),
                notify: own("nameChanged"),
            },
            Property {
                name: "count".into(),
                type_name: "int".into(),
                initial: own("5"),
                notify: own("countChanged"),
                ..Property::default()
            },
            Property {
                name: "other".into(),
                type_name: "app::Other*".into(),
                read: own("other"),
                ..Property::default()
            },
        ]
    );
    assert_eq!(
        backend.methods,
        [
            method("save", "bool", &[("file", "QUrl"), ("force", "bool")]),
            method("make", "Other*", &[]),
            method(
                "list",
                "QVariantList",
                &[("", "int"), ("numbers", "QList<int>")]
            ),
            method("reload", "", &[]),
            method("stop", "", &[]),
            method("secret", "", &[]),
        ]
    );
    assert_eq!(
        backend.signals,
        [
            method("nameChanged", "", &[]),
            method("countChanged", "", &[("count", "int")]),
            method("failed", "", &[("message", "QString"), ("by", "Other*")]),
        ]
    );
    let values = |values: &[(&str, i64)]| -> Vec<(String, i64)> {
        let own = |(name, value): &(&str, i64)| ((*name).to_owned(), *value);
        values.iter().map(own).collect()
    };
    assert_eq!(
        backend.enums,
        [
            Enum {
                name: "Mode".into(),
                values: values(&[
                    ("Idle", 0),
                    ("Busy", 4),
                    ("Done", 5),
                    ("Last", 5),
                    ("Minus", -1),
                    ("Shift", 8),
                ]),
            },
            Enum {
                name: "Option".into(),
                values: values(&[("None", 0), ("All", 255)]),
            },
        ]
    );
    assert_eq!(sheet.classes[1].kind, ClassKind::Value);
    assert_eq!(sheet.classes[1].properties[0].initial, own("1.5"));
    assert_eq!(sheet.classes[2].kind, ClassKind::Namespace);
    assert_eq!(
        sheet.classes[2].enums[0].values,
        values(&[("A", 0), ("B", 1)])
    );
    let registered: Vec<_> = sheet
        .registrations
        .iter()
        .map(|known| (&*known.class, known.name.as_deref(), known.singleton))
        .collect();
    assert_eq!(
        registered,
        [
            ("Backend", Some("Backend"), true),
            ("Modes", Some("Mode"), false)
        ]
    );
    assert!(sheet.findings.is_empty(), "{:?}", sheet.findings);
}

#[test]
fn calls_register_under_the_names_that_they_say() {
    let module = |uri: &str, major| {
        Some(ModuleName {
            uri: uri.into(),
            major,
        })
    };
    for (source, class, uri, major, name, singleton) in [
        (
            "qmlRegisterType<app::Foo>(\"My.Mod\", 2, 1, \"Bar\");",
            "Foo",
            "My.Mod",
            2,
            "Bar",
            false,
        ),
        (
            "qmlRegisterType<Foo, 3>(\"M\", 1, 0, \"Bar\");",
            "Foo",
            "M",
            1,
            "Bar",
            false,
        ),
        (
            "const char *uri = \"My.Mod\"; qmlRegisterType<Foo>(uri, 1, 0, \"Foo\");",
            "Foo",
            "My.Mod",
            1,
            "Foo",
            false,
        ),
        (
            "#define URI \"M\"\nqmlRegisterType<Foo>(URI, MAJOR, MINOR, \"Foo\");",
            "Foo",
            "M",
            1,
            "Foo",
            false,
        ),
        (
            "void registerTypes(const char *uri) { Q_ASSERT(uri == QLatin1String(\"org.my\"));\n qmlRegisterType<Foo>(uri, 1, 0, \"Foo\"); }",
            "Foo",
            "org.my",
            1,
            "Foo",
            false,
        ),
        (
            "qmlRegisterSingletonType<Foo>(\"M\", 1, 0, \"Foo\", [](QQmlEngine *, QJSEngine *) { return new Foo; });",
            "Foo",
            "M",
            1,
            "Foo",
            true,
        ),
        (
            "qmlRegisterUncreatableType<Foo>(\"M\", 1, 0, \"Foo\", \"no\");",
            "Foo",
            "M",
            1,
            "Foo",
            false,
        ),
        (
            "qmlRegisterUncreatableMetaObject(Ns::staticMetaObject, \"M\", 1, 0, \"Ns\", \"no\");",
            "Ns",
            "M",
            1,
            "Ns",
            false,
        ),
        (
            "Backend backend(&app); qmlRegisterSingletonInstance(\"M\", 1, 0, \"Bar\", &backend);",
            "Backend",
            "M",
            1,
            "Bar",
            true,
        ),
        (
            "auto *b = new Backend; qmlRegisterSingletonInstance(\"M\", 1, 0, \"Bar\", b);",
            "Backend",
            "M",
            1,
            "Bar",
            true,
        ),
        (
            "qmlRegisterSingletonInstance(\"M\", 1, 0, \"Bar\", new Backend(this));",
            "Backend",
            "M",
            1,
            "Bar",
            true,
        ),
    ] {
        let sheet = sheet(source);
        let [found] = &sheet.registrations[..] else {
            panic!("{source}: {sheet:?}");
        };
        let expected = Registration {
            class: class.into(),
            place: found.place.clone(),
            module: module(uri, major),
            name: Some(name.into()),
            singleton,
        };
        assert_eq!(*found, expected, "{source}");
    }
    for source in [
        "qmlRegisterType(QUrl(\"qrc:/A.qml\"), \"M\", 1, 0, \"A\");",
        "qmlRegisterType<Foo>();",
        "qmlRegisterType",
        "qmlRegisterType<Foo",
        "qmlRegisterType<Foo>(",
    ] {
        assert_eq!(sheet(source), Sheet::default(), "{source}");
    }
    let unknown = sheet("\nqmlRegisterType<Foo>(uri, 1, 0, \"Foo\");");
    assert_eq!(unknown.registrations, []);
    assert_eq!(unknown.findings[0].place.line, 2);
}

#[test]
fn broken_cpp_gives_what_can_be_read_and_says_so() {
    let broken = sheet(
        "class A : public QObject {\n Q_OBJECT QML_ELEMENT\n Q_PROPERTY(int a READ a)\n int ( ;;; } }\n",
    );
    assert_eq!(broken.classes.len(), 1, "{broken:?}");
    assert_eq!(broken.classes[0].properties.len(), 1);
    assert!(!broken.findings.is_empty());
    for source in [
        "class { Q_OBJECT",
        "Q_OBJECT",
        "class A { Q_OBJECT",
        "Q_PROPERTY(",
        "class Q_OBJECT {};",
        "QML_ELEMENT class",
        "\u{0}Q_OBJECT",
        "enum Q_GADGET { A = };",
    ] {
        let found = sheet(source);
        assert!(found.classes.len() <= 1, "{source}: {found:?}");
    }
    assert_eq!(sheet("class { Q_OBJECT").findings.len(), 1);
}

#[test]
fn a_monstrous_source_is_read_in_bounded_time() {
    let path = TreePath::parse("a.h").unwrap();
    let deep = format!("class A {{ Q_OBJECT {} }};", "{(".repeat(200_000));
    let many = format!(
        "{} class B {{ Q_OBJECT }};",
        "class A { Q_OBJECT int a; };\n".repeat(30_000)
    );
    for text in [deep, many] {
        super::super::read(&path, &text);
    }
    let huge = "class A { Q_OBJECT };\n".repeat(500_000);
    let sheet = super::super::read(&path, &huge);
    assert_eq!(sheet.classes, []);
    assert!(sheet.findings[0].message.contains("10 MiB"), "{sheet:?}");
}
