//! Which types a document sees, and of which it is certain that nobody has them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::{Fault, Rule};
use crate::path::{QMLDIR, TreePath};
use crate::qml::document::{Document, Import, ImportTarget};
use crate::qml::known::QtModule;
use crate::qml::qmldir::{self, Entry};
use crate::tree::imports::Meaning;
use crate::tree::snapshot::Snapshot;

/// Types that every document has, whatever it imports.
const BUILT_IN: &[&str] = &["Binding", "Component", "Connections", "QtObject", "Timer"];

/// Hints that are looked for at once: each costs a look at all names of the tree.
const MOST_HINTS: usize = 100;

/// The types of a directory, with their files.
type List = BTreeMap<String, TreePath>;

/// Where a document finds types.
enum Source {
    /// A directory, all of whose types are known.
    Directory(Rc<List>),
    /// A module of Qt's, all of whose types are known.
    Qt(QtModule),
    /// Something that may have any type: a program may have given it in C++.
    Open,
}

/// What is found for a name.
enum Found {
    /// The file of the type is not there.
    WithoutFile(TreePath),
    /// It is a type, or nobody can tell.
    Fine,
    /// Nobody has it.
    Nowhere,
}

/// What is looked up again and again.
pub(super) struct Scope<'s> {
    pub(super) snapshot: &'s Snapshot,
    lists: HashMap<TreePath, Rc<List>>,
    /// By directory and name.
    hints: HashMap<(TreePath, String), Option<String>>,
}

impl<'s> Scope<'s> {
    pub(super) fn new(snapshot: &'s Snapshot) -> Self {
        Self {
            snapshot,
            lists: HashMap::new(),
            hints: HashMap::new(),
        }
    }

    /// The types that the document makes objects of although there are none.
    pub(super) fn unknown_types(&mut self, path: &TreePath, document: &Document) -> Vec<Fault> {
        let dir = path.parent();
        let mut plain = vec![self.own(path)];
        let mut qualified: BTreeMap<&str, Vec<Source>> = BTreeMap::new();
        for import in &document.imports {
            let source = self.source(&dir, import);
            match &import.qualifier {
                Some(qualifier) => qualified.entry(qualifier).or_default().push(source),
                None => plain.push(source),
            }
        }
        let own = &document.references.shown.types;
        let mut faults = Vec::new();
        for made in &document.made {
            let found = match made.name.split_once('.') {
                None if own.contains_key(&made.name) || BUILT_IN.contains(&&*made.name) => {
                    Found::Fine
                }
                None => self.find(&plain, &made.name),
                // An inline component of another document, else.
                Some((qualifier, name)) if !name.contains('.') => match qualified.get(qualifier) {
                    Some(sources) => self.find(sources, name),
                    None => Found::Fine,
                },
                Some(_) => Found::Fine,
            };
            let hint = match found {
                Found::Fine => continue,
                Found::WithoutFile(file) => {
                    Some(format!("its file, {file}, is not there; see the qmldir"))
                }
                Found::Nowhere => {
                    let name = made.name.rsplit('.').next().unwrap_or(&made.name);
                    self.hint(path, name)
                }
            };
            faults.push(Fault {
                path: path.clone(),
                line: made.line,
                column: made.column,
                rule: Rule::Type,
                message: format!("{} is not a type", made.name),
                hint,
            });
        }
        faults
    }

    /// What may be meant; the same for all documents of a directory, nearly always.
    fn hint(&mut self, path: &TreePath, name: &str) -> Option<String> {
        let key = (path.parent(), name.to_owned());
        if let Some(known) = self.hints.get(&key) {
            return known.clone();
        }
        if self.hints.len() == MOST_HINTS {
            return None;
        }
        let hint = self.snapshot.meant(path, name);
        self.hints.insert(key, hint.clone());
        hint
    }

    fn find(&self, sources: &[Source], name: &str) -> Found {
        let mut found = Found::Nowhere;
        for source in sources {
            match source {
                Source::Open => return Found::Fine,
                Source::Qt(module) if module.may_have(name) => return Found::Fine,
                Source::Qt(_) => {}
                Source::Directory(list) => match list.get(name) {
                    Some(file) if self.snapshot.file(file).is_some() => return Found::Fine,
                    Some(file) => found = Found::WithoutFile(file.clone()),
                    None => {}
                },
            }
        }
        found
    }

    /// The document's own directory.
    fn own(&mut self, path: &TreePath) -> Source {
        // One that a file selector takes in place of another one sees what that sees.
        if path.components().any(|part| part.starts_with('+')) {
            return Source::Open;
        }
        match self.snapshot.own_modules(path).next() {
            // Its module may have types in C++.
            Some(_) => Source::Open,
            None => self.directory(&path.parent()),
        }
    }

    fn source(&mut self, dir: &TreePath, import: &Import) -> Source {
        match self.snapshot.meaning(dir, import, &|_| false) {
            Meaning::Path { target, .. } if self.snapshot.file(&target).is_some() => {
                match import.qualifier {
                    Some(_) => Source::Open,
                    None => Source::Directory(Rc::default()),
                }
            }
            Meaning::Path { target, .. } => self.directory(&target),
            Meaning::Module { .. } => Source::Open,
            Meaning::Outside => match &import.target {
                ImportTarget::Module(uri) => {
                    let module = QtModule::of(uri, import.version.as_deref());
                    module.map_or(Source::Open, Source::Qt)
                }
                ImportTarget::File(_) => Source::Open,
            },
        }
    }

    fn directory(&mut self, dir: &TreePath) -> Source {
        let snapshot = self.snapshot;
        let is_module = snapshot.declared_list(dir).is_some()
            || has_plugin(snapshot, dir)
            || snapshot
                .dirs
                .get(dir)
                .is_some_and(|dir| dir.module().is_some())
            || snapshot.imported_by(dir).next().is_some();
        if is_module {
            return Source::Open;
        }
        if let Some(list) = self.lists.get(dir) {
            return Source::Directory(Rc::clone(list));
        }
        let list = Rc::new(list(snapshot, dir));
        self.lists.insert(dir.clone(), Rc::clone(&list));
        Source::Directory(list)
    }
}

/// Whether the `qmldir` of a directory names a plugin, which may give it types.
fn has_plugin(snapshot: &Snapshot, dir: &TreePath) -> bool {
    let text = snapshot
        .file(&dir.with(QMLDIR))
        .and_then(|file| file.bytes())
        .map(|bytes| String::from_utf8_lossy(bytes));
    text.is_some_and(|text| {
        let mut words = text.lines().map(str::split_whitespace);
        words.any(|mut words| words.find(|word| *word != "optional") == Some("plugin"))
    })
}

/// The types that a client finds in a directory; none where there is no such directory.
fn list(snapshot: &Snapshot, dir: &TreePath) -> List {
    let merged = snapshot.qmldir(dir).unwrap_or_default();
    let merged = String::from_utf8_lossy(&merged);
    let entries = qmldir::parse(&merged).entries.into_iter();
    let types = entries.filter_map(|entry| match entry {
        Entry::Type { name, file, .. } => Some((name, dir.resolve(&file).ok()?)),
        _ => None,
    });
    types.collect()
}
