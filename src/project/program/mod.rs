//! What the sources of a program say of its documents: which one it starts with, the names that
//! it gives them, and where it lets the engine look for modules. C++ and Python.
//!
//! Read are calls with literal arguments, or with variables that a literal is assigned to in the
//! same file; nothing is run and no type is known, so that a method is known by its name alone.

mod cpp;
mod python;
mod resolve;

pub(super) use resolve::Resolver;

/// What one source file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::project) struct Program {
    /// The documents that it loads, with the line.
    loads: Vec<(Load, u32)>,
    /// The names that it gives to documents.
    names: Vec<(String, u32)>,
    /// Where it lets the engine look for modules: a directory or a resource directory.
    import_paths: Vec<(String, u32)>,
}

/// A document as a program names it.
#[derive(Debug, PartialEq, Eq)]
enum Load {
    /// `loadFromModule("URI", "Type")`
    Type { uri: String, name: String },
    /// A URL, a resource or a file.
    Url(String),
}

/// What a source must contain to be worth parsing.
const MARKERS: &[&str] = &[
    "loadFromModule",
    "setSource",
    ".load(",
    "->load(",
    "setContextProperty",
    "setContextProperties",
    "setInitialProperties",
    "addImportPath",
    "qrc:",
    "QQuickView",
    "QQuickWidget",
    "QQmlApplicationEngine",
];

/// What a call does, by the name of its function.
enum Call {
    /// The document is a type of a module.
    LoadType,
    /// The document is named by its first argument.
    Load,
    /// The first argument is a name.
    Name,
    /// The argument has names in it.
    Names,
    /// The argument is where modules are.
    ImportPath,
}

impl Call {
    fn of(function: &str) -> Option<Self> {
        Some(match function {
            "loadFromModule" => Self::LoadType,
            "load" | "setSource" | "QQuickView" | "QQuickWidget" | "QQmlApplicationEngine" => {
                Self::Load
            }
            "setContextProperty" => Self::Name,
            "setInitialProperties" | "setContextProperties" => Self::Names,
            "addImportPath" => Self::ImportPath,
            _ => return None,
        })
    }
}

impl Program {
    /// What a C++ source says; `None` if that is nothing.
    pub(in crate::project) fn of_cpp(text: &str) -> Option<Self> {
        may_say_something(text).then(|| cpp::parse(text))?
    }

    /// What a Python source says; `None` if that is nothing.
    pub(in crate::project) fn of_python(text: &str) -> Option<Self> {
        may_say_something(text).then(|| python::parse(text))?
    }

    fn note_name(&mut self, name: String, line: u32) {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        if name.chars().all(is_name) {
            self.names.push((name, line));
        }
    }

    fn is_empty(&self) -> bool {
        self.loads.is_empty() && self.names.is_empty() && self.import_paths.is_empty()
    }

    /// Notes one call whose arguments are these; an argument that is no literal is `None`.
    fn note(&mut self, call: &Call, arguments: Vec<Option<String>>, line: u32) {
        let mut arguments = arguments.into_iter();
        let first = arguments.next().flatten();
        match (call, first, arguments.next().flatten()) {
            (Call::LoadType, Some(uri), Some(name)) => {
                self.loads.push((Load::Type { uri, name }, line));
            }
            (Call::Load, Some(url), _) | (Call::Load, None, Some(url)) if is_document(&url) => {
                self.loads.push((Load::Url(url), line));
            }
            (Call::Name, Some(name), _) => self.note_name(name, line),
            (Call::ImportPath, Some(path), _) => self.import_paths.push((path, line)),
            _ => {}
        }
    }
}

/// Whether a source is worth parsing.
pub(in crate::project) fn may_say_something(text: &str) -> bool {
    MARKERS.iter().any(|marker| text.contains(marker))
}

fn is_document(url: &str) -> bool {
    url.ends_with(".qml")
}
