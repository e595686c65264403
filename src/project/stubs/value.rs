//! Types of C++ and Python in QML: what a property is declared as, and what it begins with.

/// A type in QML, and a value of it to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// `string`, `var`, …
    pub(super) of_type: &'static str,
    /// An expression; empty where the type has a beginning of its own.
    pub(super) initial: String,
}

/// What a type of the source is, without `const`, references and scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plain<'a> {
    /// The name, without the arguments of a template.
    pub(super) name: &'a str,
    /// Whether it is a pointer.
    pub(super) is_pointer: bool,
}

impl<'a> Plain<'a> {
    /// Takes a type apart: `const ns::Foo *`, `QList<int>&`.
    pub(super) fn of(type_name: &'a str) -> Self {
        let text = type_name.trim();
        let text = text.strip_prefix("const ").unwrap_or(text);
        let text = text.trim_end_matches(['&', ' ']);
        let text = text.strip_suffix("const").unwrap_or(text).trim_end();
        let name = text.trim_end_matches(['*', ' ']);
        let is_pointer = name.len() < text.len();
        let name = name.split('<').next().unwrap_or(name).trim();
        let name = name
            .strip_prefix("struct ")
            .or(name.strip_prefix("class "))
            .unwrap_or(name);
        // `Qt::Alignment` is a number, and its scope says so.
        let name = if name.starts_with("Qt::") {
            name
        } else {
            name.rsplit("::").next().unwrap_or(name)
        };
        Self { name, is_pointer }
    }
}

/// The value for a type that Qt knows; `None` for a class or an enumeration of the program.
pub(super) fn of_qt(plain: Plain<'_>) -> Option<Value> {
    let value = |of_type, initial: &str| {
        Some(Value {
            of_type,
            initial: initial.to_owned(),
        })
    };
    match plain.name {
        _ if plain.is_pointer => of_pointer(plain.name),
        "bool" => value("bool", "false"),
        "int" | "uint" | "unsigned" | "unsigned int" | "short" | "ushort" | "char" | "uchar"
        | "qint8" | "qint16" | "qint32" | "quint8" | "quint16" | "quint32" | "int8_t"
        | "int16_t" | "int32_t" | "uint8_t" | "uint16_t" | "uint32_t" => value("int", "0"),
        // What is larger than 32 bits is no `int` in QML.
        "double" | "float" | "qreal" | "qint64" | "quint64" | "qlonglong" | "qulonglong"
        | "qsizetype" | "long" | "long long" | "unsigned long" | "size_t" | "int64_t"
        | "uint64_t" | "ulong" => value("real", "0"),
        "QString" | "QStringView" | "QChar" | "QLatin1String" | "QByteArray" | "QUuid"
        | "string" | "QKeySequence" => value("string", "\"\""),
        "QUrl" => value("url", "\"\""),
        "QColor" => value("color", "\"black\""),
        "QDate" | "QDateTime" | "QTime" => value("date", "new Date()"),
        "QPoint" | "QPointF" => value("point", "Qt.point(0, 0)"),
        "QSize" | "QSizeF" => value("size", "Qt.size(0, 0)"),
        "QRect" | "QRectF" => value("rect", "Qt.rect(0, 0, 0, 0)"),
        "QFont" => value("font", ""),
        "QVector2D" => value("vector2d", "Qt.vector2d(0, 0)"),
        "QVector3D" => value("vector3d", "Qt.vector3d(0, 0, 0)"),
        "QVector4D" => value("vector4d", "Qt.vector4d(0, 0, 0, 0)"),
        "QQuaternion" => value("quaternion", "Qt.quaternion(1, 0, 0, 0)"),
        "QMatrix4x4" => value("matrix4x4", "Qt.matrix4x4()"),
        "QVariant"
        | "QJSValue"
        | "QJsonValue"
        | "QModelIndex"
        | "QPersistentModelIndex"
        | "auto" => value("var", "undefined"),
        "QVariantList" | "QStringList" | "QList" | "QVector" | "QSet" | "QJsonArray"
        | "QModelIndexList" | "QByteArrayList" | "vector" | "array" | "initializer_list" => {
            value("var", "[]")
        }
        "QVariantMap" | "QVariantHash" | "QMap" | "QHash" | "QMultiMap" | "QJsonObject" | "map"
        | "unordered_map" | "QJsonDocument" => value("var", "({})"),
        "QQmlListProperty" => value("list<QtObject>", ""),
        name if name.starts_with("Qt::") => value("int", "0"),
        _ => None,
    }
}

/// The value for a pointer to a class of Qt's.
fn of_pointer(name: &str) -> Option<Value> {
    let initial = if is_model(name) {
        "ListModel {}"
    } else if name.starts_with('Q') {
        "null"
    } else {
        return None;
    };
    Some(Value {
        of_type: if name == "QQmlComponent" {
            "Component"
        } else {
            "var"
        },
        initial: initial.to_owned(),
    })
}

/// Whether a class of Qt's is a model, for which a `ListModel` stands in.
pub(super) fn is_model(name: &str) -> bool {
    let is_qt = name.starts_with('Q');
    is_qt && (name.ends_with("Model")) && name != "QItemSelectionModel"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_in_qml_and_a_value() {
        for (source, of_type, initial) in [
            ("bool", "bool", "false"),
            ("const quint8 &", "int", "0"),
            ("qint64", "real", "0"),
            ("qreal", "real", "0"),
            ("QString", "string", "\"\""),
            ("const QString&", "string", "\"\""),
            ("std::string", "string", "\"\""),
            ("QUrl", "url", "\"\""),
            ("QColor", "color", "\"black\""),
            ("QDateTime", "date", "new Date()"),
            ("QPointF", "point", "Qt.point(0, 0)"),
            ("QSize", "size", "Qt.size(0, 0)"),
            ("QRectF", "rect", "Qt.rect(0, 0, 0, 0)"),
            ("QFont", "font", ""),
            ("QVector3D", "vector3d", "Qt.vector3d(0, 0, 0)"),
            ("QMatrix4x4", "matrix4x4", "Qt.matrix4x4()"),
            ("QVariant", "var", "undefined"),
            ("QVariantList", "var", "[]"),
            ("QList<Foo *>", "var", "[]"),
            ("std::vector<int>", "var", "[]"),
            ("QMap<QString, int>", "var", "({})"),
            ("QVariantMap", "var", "({})"),
            ("QQmlListProperty<ns::Foo>", "list<QtObject>", ""),
            ("QQmlComponent *", "Component", "null"),
            ("QAbstractListModel *", "var", "ListModel {}"),
            ("QSortFilterProxyModel*", "var", "ListModel {}"),
            ("QObject *", "var", "null"),
            ("QQuickItem*", "var", "null"),
            ("Qt::Alignment", "int", "0"),
        ] {
            let value = of_qt(Plain::of(source)).unwrap_or_else(|| panic!("{source}"));
            assert_eq!(
                (value.of_type, &*value.initial),
                (of_type, initial),
                "{source}"
            );
        }
        for source in ["Foo", "ns::Foo *", "const Foo &", "Mode", ""] {
            assert_eq!(of_qt(Plain::of(source)), None, "{source}");
        }
        let plain = Plain::of("const ns::Foo *");
        assert_eq!((plain.name, plain.is_pointer), ("Foo", true));
    }
}
