//! Types that C++ or Python gives to QML documents, as their sources describe them: what a header
//! declares, what a program registers, what a build has written down in `.qmltypes`. Pure over the
//! contents of files; decides nothing about what stands in for such a type.

mod cpp;
mod module;
mod python;
mod qmltypes;
mod types;

use crate::path::TreePath;
use crate::project::{Finding, Place};

pub(in crate::project) use cpp::plain as plain_cpp;
pub(crate) use module::{DeclaredModule, declared_modules, is_build_file, module_of};
pub(crate) use types::{Exposed, NativeType, Natives, assemble};

/// Files larger than this are not read: parsing takes a second for some megabytes, and nobody
/// writes such a header by hand.
const LARGEST: usize = 2 << 20;

/// What one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// The classes that QML could see.
    pub(crate) classes: Vec<Class>,
    /// Under which names documents get them.
    pub(crate) registrations: Vec<Registration>,
    /// What a person should know.
    pub(crate) findings: Vec<Finding>,
}

/// A module, as a registration names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModuleName {
    /// The dotted name.
    pub(crate) uri: String,
    /// The major version.
    pub(crate) major: u32,
}

/// That a class is a type of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registration {
    /// The class, without namespaces.
    pub(crate) class: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// The module; `None` if that is for the build to say.
    pub(crate) module: Option<ModuleName>,
    /// The name in documents; `None` for a type that is only met as the value of a property.
    pub(crate) name: Option<String>,
    /// Whether there is one object of it, which documents find by the name.
    pub(crate) singleton: bool,
}

/// What a class is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ClassKind {
    /// A `QObject`.
    #[default]
    Object,
    /// A value (`Q_GADGET`), which documents cannot create.
    Value,
    /// A namespace with enumerations.
    Namespace,
}

/// A class with what QML sees of it, without what it inherits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Class {
    /// Its name, without namespaces.
    pub(crate) name: String,
    /// Where it is declared.
    pub(crate) line: u32,
    /// What it is.
    pub(crate) kind: ClassKind,
    /// Its base classes, without namespaces.
    pub(crate) bases: Vec<String>,
    /// Its properties.
    pub(crate) properties: Vec<Property>,
    /// Its methods, overloads included.
    pub(crate) methods: Vec<Method>,
    /// Its signals.
    pub(crate) signals: Vec<Method>,
    /// Its enumerations.
    pub(crate) enums: Vec<Enum>,
    /// The property that takes the objects inside its braces.
    pub(crate) default_property: Option<String>,
}

/// A property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Property {
    /// Its name.
    pub(crate) name: String,
    /// Its type, in the language of the source.
    pub(crate) type_name: String,
    /// The value that it begins with, as QML, if it is a literal.
    pub(crate) initial: Option<String>,
    /// The method that reads it.
    pub(crate) read: Option<String>,
    /// The method that writes it.
    pub(crate) write: Option<String>,
    /// The signal that tells of changes.
    pub(crate) notify: Option<String>,
}

/// A method or a signal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Method {
    /// Its name.
    pub(crate) name: String,
    /// The type that it returns, in the language of the source; empty for none.
    pub(crate) type_name: String,
    /// The names and types of its parameters; a name may be empty.
    pub(crate) parameters: Vec<(String, String)>,
}

/// An enumeration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Enum {
    /// Its name.
    pub(crate) name: String,
    /// Its values, in their order.
    pub(crate) values: Vec<(String, i64)>,
}

/// Whether the file at `path` may describe types, by its name.
pub(crate) fn is_source(path: &TreePath) -> bool {
    language(path).is_some()
}

#[derive(Clone, Copy)]
enum Language {
    Cpp,
    Python,
    QmlTypes,
}

fn language(path: &TreePath) -> Option<Language> {
    let (_, suffix) = path.name().rsplit_once('.')?;
    match suffix {
        "h" | "hh" | "hpp" | "hxx" | "cpp" | "cc" | "cxx" | "mm" => Some(Language::Cpp),
        "py" => Some(Language::Python),
        "qmltypes" => Some(Language::QmlTypes),
        _ => None,
    }
}

/// What the file at `path` says of types. What cannot be read is told in the findings, and the
/// rest counts.
pub(crate) fn read(path: &TreePath, text: &str) -> Sheet {
    let Some(language) = language(path) else {
        return Sheet::default();
    };
    if text.len() > LARGEST {
        let size = text.len() >> 20;
        return Sheet::of_finding(
            path,
            0,
            format!(
                "it has {size} MiB, too much to look for types in; those that QML sees have to stand in a smaller file"
            ),
        );
    }
    match language {
        Language::Cpp => cpp::read(path, text),
        Language::Python => python::read(path, text),
        Language::QmlTypes => qmltypes::read(path, text),
    }
}

impl Sheet {
    fn of_finding(path: &TreePath, line: u32, message: impl Into<String>) -> Self {
        let mut sheet = Self::default();
        sheet.finding(path, line, message);
        sheet
    }

    fn finding(&mut self, path: &TreePath, line: u32, message: impl Into<String>) {
        self.findings.push(Finding {
            place: Place {
                path: path.clone(),
                line,
            },
            message: message.into(),
        });
    }
}

/// `Foo` of `ns::Foo`, or of `ns.Foo`.
fn without_scope(name: &str) -> &str {
    let name = name.rsplit("::").next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name).trim()
}
