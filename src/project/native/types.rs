//! From what the single files say to the types that documents see.

use std::collections::{BTreeMap, BTreeSet};

use super::{Class, ClassKind, Method, ModuleName, Registration, Sheet};
use crate::path::TreePath;
use crate::project::{Finding, Place};

/// How documents get at a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposed {
    /// They create objects of it.
    Creatable,
    /// There is one object, under the type's name.
    Singleton,
    /// Only as the value of a property: it has no name in documents.
    Internal,
}

/// A type that documents see, with what it inherits from classes of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NativeType {
    /// The module.
    pub(crate) uri: String,
    /// The major versions of the module in which it is.
    pub(crate) majors: BTreeSet<u32>,
    /// The name in documents; that of the class for an internal one.
    pub(crate) name: String,
    /// How documents get at it.
    pub(crate) exposed: Exposed,
    /// Where it is declared, or registered if the declaration was not found.
    pub(crate) place: Place,
    /// The class, its members followed by those that it inherits.
    pub(crate) class: Class,
    /// The classes that it derives from and that the sources do not declare: Qt's.
    pub(crate) foreign_bases: Vec<String>,
}

/// All that the sources of a project say of types together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Natives {
    /// The types, in the order of modules and names.
    pub(crate) types: Vec<NativeType>,
    /// The classes whose objects are values.
    pub(crate) values: BTreeMap<String, Class>,
    /// The names of enumerations.
    pub(crate) enums: BTreeSet<String>,
    /// What a person should know.
    pub(crate) findings: Vec<Finding>,
}

/// Puts together what the files say. `module_of` tells the module of a type that is registered
/// without one, by the file that registers it.
pub(crate) fn assemble(
    sheets: &BTreeMap<TreePath, Sheet>,
    module_of: &dyn Fn(&TreePath) -> Option<ModuleName>,
) -> Natives {
    let mut natives = Natives::default();
    let classes = classes(sheets);
    for (_, class) in classes.values() {
        let names = class.enums.iter().map(|known| known.name.clone());
        natives.enums.extend(names);
        if class.kind == ClassKind::Value {
            let whole = with_inherited(class, &classes).0;
            natives.values.insert(class.name.clone(), whole);
        }
    }
    let mut types: BTreeMap<(String, String), NativeType> = BTreeMap::new();
    for sheet in sheets.values() {
        natives.findings.extend(sheet.findings.iter().cloned());
        for registration in &sheet.registrations {
            let path = &registration.place.path;
            let Some(module) = registration.module.clone().or_else(|| module_of(path)) else {
                natives.findings.push(without_module(registration));
                continue;
            };
            add(
                &mut types,
                &classes,
                registration,
                module,
                &mut natives.findings,
            );
        }
    }
    add_met(&mut types, &classes);
    natives.types = types.into_values().collect();
    natives.findings.sort();
    natives.findings.dedup();
    natives
}

type Classes<'a> = BTreeMap<&'a str, (&'a TreePath, &'a Class)>;

/// The classes by their names. What a build wrote down is older than the sources.
fn classes(sheets: &BTreeMap<TreePath, Sheet>) -> Classes<'_> {
    let mut classes = Classes::new();
    let is_built = |path: &TreePath| path.name().ends_with(".qmltypes");
    let (built, sources): (Vec<_>, Vec<_>) = sheets.iter().partition(|(path, _)| is_built(path));
    for (path, sheet) in sources.into_iter().chain(built) {
        for class in &sheet.classes {
            classes.entry(&class.name).or_insert((path, class));
        }
    }
    classes
}

fn without_module(registration: &Registration) -> Finding {
    let name = registration.name.as_ref().unwrap_or(&registration.class);
    Finding {
        place: registration.place.clone(),
        message: format!(
            "nothing says to which module {name} belongs: name it with --module, or declare it with qt_add_qml_module"
        ),
    }
}

fn add(
    types: &mut BTreeMap<(String, String), NativeType>,
    classes: &Classes<'_>,
    registration: &Registration,
    module: ModuleName,
    findings: &mut Vec<Finding>,
) {
    let name = registration.name.as_ref().unwrap_or(&registration.class);
    let exposed = match registration.name {
        None => Exposed::Internal,
        Some(_) if registration.singleton => Exposed::Singleton,
        Some(_) => Exposed::Creatable,
    };
    let key = (module.uri.clone(), name.clone());
    if let Some(known) = types.get_mut(&key) {
        known.majors.insert(module.major);
        return;
    }
    let Some((path, class)) = classes.get(registration.class.as_str()) else {
        findings.push(Finding {
            place: registration.place.clone(),
            message: format!(
                "no declaration of {} is found; its stand-in has what documents use of it",
                registration.class
            ),
        });
        let class = Class {
            name: registration.class.clone(),
            ..Class::default()
        };
        let known = NativeType {
            uri: module.uri,
            majors: BTreeSet::from([module.major]),
            name: name.clone(),
            exposed,
            place: registration.place.clone(),
            class,
            foreign_bases: Vec::new(),
        };
        types.insert(key, known);
        return;
    };
    if class.kind == ClassKind::Value && exposed != Exposed::Singleton && class.enums.is_empty() {
        return;
    }
    types.insert(
        key,
        of_class(path, class, classes, module, name.clone(), exposed),
    );
}

fn of_class(
    path: &TreePath,
    class: &Class,
    classes: &Classes<'_>,
    module: ModuleName,
    name: String,
    exposed: Exposed,
) -> NativeType {
    let (whole, foreign_bases) = with_inherited(class, classes);
    NativeType {
        uri: module.uri,
        majors: BTreeSet::from([module.major]),
        name,
        exposed,
        place: Place {
            path: path.clone(),
            line: class.line,
        },
        class: whole,
        foreign_bases,
    }
}

/// Adds the classes that no document can name, but meets as the value of a property or of a call.
fn add_met(types: &mut BTreeMap<(String, String), NativeType>, classes: &Classes<'_>) {
    let mut waiting: Vec<NativeType> = types.values().cloned().collect();
    let registered: BTreeSet<String> = waiting
        .iter()
        .map(|known| known.class.name.clone())
        .collect();
    while let Some(known) = waiting.pop() {
        let properties = known
            .class
            .properties
            .iter()
            .map(|property| &property.type_name);
        let methods = known.class.methods.iter().map(|method| &method.type_name);
        for type_name in properties.chain(methods) {
            let Some(name) = type_name.trim_end().strip_suffix('*') else {
                continue;
            };
            let name = super::without_scope(name.trim_start_matches("const "));
            let key = (known.uri.clone(), name.to_owned());
            let Some((path, class)) = classes.get(name) else {
                continue;
            };
            if registered.contains(name)
                || types.contains_key(&key)
                || class.kind != ClassKind::Object
            {
                continue;
            }
            let major = known.majors.first().copied().unwrap_or(1);
            let module = ModuleName {
                uri: known.uri.clone(),
                major,
            };
            let met = of_class(
                path,
                class,
                classes,
                module,
                name.to_owned(),
                Exposed::Internal,
            );
            types.insert(key, met.clone());
            waiting.push(met);
        }
    }
}

/// The class with the members of those that it derives from, and the bases that nobody declares.
fn with_inherited(class: &Class, classes: &Classes<'_>) -> (Class, Vec<String>) {
    let mut whole = class.clone();
    let mut foreign = Vec::new();
    let mut met = BTreeSet::from([class.name.as_str()]);
    let mut bases: Vec<&str> = class.bases.iter().rev().map(String::as_str).collect();
    while let Some(base) = bases.pop() {
        if !met.insert(base) {
            continue;
        }
        let Some((_, base)) = classes.get(base) else {
            foreign.push(base.to_owned());
            continue;
        };
        let has = |known: &[Method], method: &Method| known.iter().any(|own| own == method);
        for property in &base.properties {
            if whole.properties.iter().all(|own| own.name != property.name) {
                whole.properties.push(property.clone());
            }
        }
        let methods = base
            .methods
            .iter()
            .filter(|method| !has(&whole.methods, method));
        let methods: Vec<_> = methods.cloned().collect();
        whole.methods.extend(methods);
        let signals = base
            .signals
            .iter()
            .filter(|signal| !has(&whole.signals, signal));
        let signals: Vec<_> = signals.cloned().collect();
        whole.signals.extend(signals);
        whole.enums.extend(base.enums.iter().cloned());
        whole.default_property = whole
            .default_property
            .or_else(|| base.default_property.clone());
        bases.extend(base.bases.iter().rev().map(String::as_str));
    }
    (whole, foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn natives(sources: &[(&str, &str)]) -> Natives {
        let sheets = sources.iter().map(|(path, text)| {
            let path = TreePath::parse(path).unwrap();
            let sheet = super::super::read(&path, text);
            (path, sheet)
        });
        let of_build = |path: &TreePath| {
            path.as_str().starts_with("src/").then(|| ModuleName {
                uri: "My.App".into(),
                major: 1,
            })
        };
        assemble(&sheets.collect(), &of_build)
    }

    #[test]
    fn types_have_what_they_inherit_and_what_they_lead_to() {
        let natives = natives(&[
            (
                "src/a.h",
                "class A : public Base { Q_OBJECT QML_ELEMENT\nQ_PROPERTY(Met *met READ met) };",
            ),
            (
                "src/base.h",
                "class Base : public QQuickItem, public Base { Q_OBJECT Q_PROPERTY(int n READ n)\nenum E { X }; Q_ENUM(E) };",
            ),
            (
                "src/met.h",
                "class Met : public QObject { Q_OBJECT Q_PROPERTY(Met *next READ next)\nQ_PROPERTY(A *a READ a) };",
            ),
            (
                "src/main.cpp",
                "qmlRegisterType<A>(\"Old\", 1, 0, \"B\"); qmlRegisterType<A>(\"Old\", 2, 0, \"B\"); qmlRegisterType<Lost>(\"Old\", 1, 0, \"Lost\");",
            ),
            (
                "lib/c.h",
                "class C : public QObject { Q_OBJECT QML_ELEMENT };",
            ),
            ("src/p.h", "struct P { Q_GADGET Q_PROPERTY(int x READ x) };"),
            (
                "build/x.qmltypes",
                "Module { Component { name: \"A\"; exports: [\"My.App/A 1.0\"]; Property { name: \"stale\"; type: \"int\" } } }",
            ),
        ]);
        let types: Vec<_> = natives
            .types
            .iter()
            .map(|known| (&*known.uri, &*known.name, known.exposed, known.majors.len()))
            .collect();
        assert_eq!(
            types,
            [
                ("My.App", "A", Exposed::Creatable, 1),
                ("My.App", "Met", Exposed::Internal, 1),
                ("Old", "B", Exposed::Creatable, 2),
                ("Old", "Lost", Exposed::Creatable, 1),
                ("Old", "Met", Exposed::Internal, 1),
            ]
        );
        let a = &natives.types[0];
        let names: Vec<_> = a
            .class
            .properties
            .iter()
            .map(|property| &*property.name)
            .collect();
        assert_eq!(names, ["met", "n"]);
        assert_eq!(a.foreign_bases, ["QQuickItem"]);
        assert_eq!(a.place.path.as_str(), "src/a.h");
        assert!(natives.enums.contains("E"));
        assert!(natives.values.contains_key("P"));
        let found: Vec<_> = natives
            .findings
            .iter()
            .map(|finding| finding.place.path.as_str())
            .collect();
        assert_eq!(found, ["lib/c.h", "src/main.cpp"]);
    }
}
