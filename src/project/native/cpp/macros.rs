//! What Qt's macros inside a class say of it.

use std::collections::BTreeMap;

use super::super::{Class, ClassKind, Property, Registration, Sheet, without_scope};
use super::mask::{Mark, Said};
use super::tokens::string;
use crate::project::Place;

/// Words of `Q_PROPERTY` behind the name.
const ATTRIBUTES: &[&str] = &[
    "READ",
    "WRITE",
    "MEMBER",
    "RESET",
    "NOTIFY",
    "REVISION",
    "DESIGNABLE",
    "SCRIPTABLE",
    "STORED",
    "USER",
    "CONSTANT",
    "FINAL",
    "REQUIRED",
    "BINDABLE",
];

/// Whether a class in which this is said concerns QML.
pub(super) fn makes_type(said: &Said) -> bool {
    matches!(said, Said::Macro(name, _) if name.starts_with("QML_")
        || matches!(name.as_str(), "Q_OBJECT" | "Q_GADGET" | "Q_GADGET_EXPORT" | "Q_NAMESPACE" | "Q_NAMESPACE_EXPORT"))
}

/// Puts what the macros of a class say into it, and its registration into `sheet`.
///
/// # Errors
/// What cannot be stood in for.
pub(super) fn apply(
    marks: &[Mark],
    class: &mut Class,
    place: Place,
    sheet: &mut Sheet,
) -> Result<(), String> {
    let mut registration = Registration {
        class: class.name.clone(),
        place,
        module: None,
        name: None,
        singleton: false,
    };
    let mut is_registered = false;
    let mut unsupported = None;
    for mark in marks {
        let Said::Macro(name, args) = &mark.said else {
            continue;
        };
        match name.as_str() {
            "Q_GADGET" | "Q_GADGET_EXPORT" => class.kind = ClassKind::Value,
            "Q_CLASSINFO" => {
                if let Some(("DefaultProperty", value)) = class_info(args) {
                    class.default_property = Some(value.to_owned());
                }
            }
            "QML_ELEMENT" => {
                is_registered = true;
                let name = registration.name.take();
                registration.name = name.or_else(|| Some(class.name.clone()));
            }
            "QML_NAMED_ELEMENT" => {
                is_registered = true;
                registration.name = Some(args.clone());
            }
            "QML_ANONYMOUS" => is_registered = true,
            "QML_SINGLETON" => registration.singleton = true,
            "QML_FOREIGN" => without_scope(args).clone_into(&mut registration.class),
            "QML_VALUE_TYPE" => {
                unsupported = Some(format!(
                    "{args} is a value type, which no document can stand in for; properties of it hold plain objects"
                ));
            }
            "QML_ATTACHED" => {
                unsupported = Some(format!(
                    "{} has attached properties, which only C++ can give",
                    class.name
                ));
            }
            _ => {}
        }
    }
    if is_registered {
        sheet.registrations.push(registration);
    }
    unsupported.map_or(Ok(()), Err)
}

/// `"DefaultProperty", "items"`
fn class_info(args: &str) -> Option<(&str, &str)> {
    let (key, value) = args.split_once(',')?;
    Some((string(key.trim())?, string(value.trim())?))
}

/// Reads `QString name READ name WRITE setName NOTIFY nameChanged`. `initial` has what fields begin
/// with; a property has the field that it names, or that is called after it.
pub(super) fn property(args: &str, initial: &BTreeMap<String, String>) -> Option<Property> {
    let spaced = args.replace('*', "* ").replace('&', " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    // Neither the type nor the name can be one of them.
    let is_attribute = |word: &&str| ATTRIBUTES.contains(word);
    let end = words.iter().skip(2).position(is_attribute);
    let (declared, attributes) = words.split_at(end.map_or(words.len(), |at| at + 2));
    let (name, type_name) = declared.split_last()?;
    let value = |key: &str| {
        let mut pairs = attributes.windows(2);
        let found = pairs.find_map(|pair| match pair {
            [word, value] if *word == key => Some((*value).to_owned()),
            _ => None,
        });
        found.filter(|value| !ATTRIBUTES.contains(&value.as_str()))
    };
    let mut fields = vec![format!("m_{name}"), format!("_{name}"), format!("{name}_")];
    fields.extend(value("MEMBER"));
    Some(Property {
        name: (*name).to_owned(),
        type_name: type_name.join(" ").replace(" *", "*"),
        initial: fields.iter().find_map(|field| initial.get(field).cloned()),
        read: value("READ"),
        write: value("WRITE"),
        notify: value("NOTIFY"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_has_its_type_and_its_methods() {
        for (args, name, type_name, write, notify) in [
            ("int a READ a", "a", "int", None, None),
            (
                "QString name READ name WRITE setName NOTIFY nameChanged FINAL",
                "name",
                "QString",
                Some("setName"),
                Some("nameChanged"),
            ),
            ("Foo *foo MEMBER m_foo CONSTANT", "foo", "Foo*", None, None),
            (
                "QQmlListProperty<Foo> items READ items",
                "items",
                "QQmlListProperty<Foo>",
                None,
                None,
            ),
            (
                "QMap<QString, int> map\n READ map",
                "map",
                "QMap<QString, int>",
                None,
                None,
            ),
            ("const QObject* o READ o", "o", "const QObject*", None, None),
        ] {
            let property = property(args, &BTreeMap::new()).unwrap();
            assert_eq!(property.name, name, "{args}");
            assert_eq!(property.type_name, type_name, "{args}");
            assert_eq!(property.write.as_deref(), write, "{args}");
            assert_eq!(property.notify.as_deref(), notify, "{args}");
        }
        assert_eq!(property("", &BTreeMap::new()), None);
    }
}
