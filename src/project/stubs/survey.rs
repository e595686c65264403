//! The uses of all documents together: of which module's type each is.

use std::collections::{BTreeMap, BTreeSet};

use super::known;
use super::uses::{self, DocumentUses, Usage};
use crate::path::TreePath;
use crate::project::native::Natives;
use crate::qml::module::belongs_to_qt;
use crate::qml::qmldir::type_name;

/// What documents use of modules, and of names that stand in none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Types, by module and name.
    pub(super) types: BTreeMap<(String, String), Usage>,
    /// The major versions in which modules are imported.
    pub(super) majors: BTreeMap<String, BTreeSet<u32>>,
    /// Names that the program may give.
    pub(super) names: BTreeMap<String, Usage>,
    /// Documents that do not parse.
    pub(crate) unreadable: Vec<TreePath>,
}

/// A tree of documents, to be asked about what it uses.
pub(crate) struct Documents<'a> {
    /// Their texts.
    pub(crate) texts: &'a BTreeMap<TreePath, String>,
    /// The modules whose documents are in the tree.
    pub(crate) modules: &'a BTreeSet<String>,
    /// The module in which the documents of a directory lie.
    pub(crate) own_module: &'a dyn Fn(&TreePath) -> Option<String>,
}

/// What has its types already.
struct Known<'a> {
    /// The modules whose documents are in the tree.
    modules: &'a BTreeSet<String>,
    /// The types that documents are.
    documents: BTreeSet<&'a str>,
    /// The same with their modules, as far as they are of one.
    of_modules: BTreeSet<(String, &'a str)>,
    /// The types of the program, with their modules.
    native: BTreeSet<(&'a str, &'a str)>,
}

impl Survey {
    /// Looks through all documents for what they use of `natives`, and of modules that nobody has.
    pub(crate) fn of(documents: &Documents<'_>, natives: &Natives) -> Self {
        let all = documents.texts.keys();
        let named = all.filter_map(|path| Some((path, type_name(path.name())?)));
        let known = Known {
            modules: documents.modules,
            documents: named.clone().map(|(_, name)| name).collect(),
            of_modules: named
                .filter_map(|(path, name)| Some(((documents.own_module)(path)?, name)))
                .collect(),
            native: natives
                .types
                .iter()
                .map(|known| (&*known.uri, &*known.name))
                .collect(),
        };
        let mut survey = Self::default();
        for (path, text) in documents.texts {
            let Some(uses) = uses::read(path, text) else {
                survey.unreadable.push(path.clone());
                continue;
            };
            let within = (documents.own_module)(path);
            survey.add(uses, within, &known);
        }
        survey
    }

    fn add(&mut self, uses: DocumentUses, within: Option<String>, known: &Known<'_>) {
        let Known {
            modules, native, ..
        } = known;
        for (uri, major, _) in &uses.modules {
            let majors = self.majors.entry(uri.clone()).or_default();
            majors.extend(*major);
        }
        for (name, usage) in uses.names {
            self.names.entry(name).or_default().merge(usage);
        }
        let has_native = |uri: &str| native.iter().any(|(known, _)| *known == uri);
        let is_foreign =
            |uri: &str| !belongs_to_qt(uri) && (!modules.contains(uri) || has_native(uri));
        let plain = uses
            .modules
            .iter()
            .filter(|(_, _, qualifier)| qualifier.is_none());
        let plain: Vec<&str> = plain.map(|(uri, _, _)| uri.as_str()).collect();
        for (written, usage) in uses.types {
            let found = match written.split_once('.') {
                Some((qualifier, name)) => {
                    let import = uses.modules.iter().find(|(uri, _, of)| {
                        of.as_deref() == Some(qualifier) && !belongs_to_qt(uri)
                    });
                    import
                        .filter(|(uri, _, _)| {
                            // Of a module that the tree has in part, all that no document is.
                            !modules.contains(uri)
                                || native.contains(&(uri, name))
                                || !known.of_modules.contains(&(uri.clone(), name))
                        })
                        .map(|(uri, _, _)| (uri.clone(), name.to_owned()))
                }
                None => plain
                    .iter()
                    .copied()
                    .chain(within.as_deref())
                    .find(|uri| native.contains(&(*uri, &*written)))
                    .or_else(|| only_foreign(&plain, &is_foreign, known, &written))
                    .map(|uri| (uri.to_owned(), written.clone())),
            };
            if let Some(key) = found {
                self.types.entry(key).or_default().merge(usage);
            }
        }
    }
}

/// The module that has a name which nobody declares, if there is no doubt: all others that the
/// document imports are known by all of their types.
fn only_foreign<'a>(
    plain: &[&'a str],
    is_foreign: &dyn Fn(&str) -> bool,
    known: &Known<'_>,
    name: &str,
) -> Option<&'a str> {
    if known.documents.contains(name) || known::is_known(name) {
        return None;
    }
    let mut unknown = plain
        .iter()
        .copied()
        .filter(|uri| !known::is_known_module(uri) && !known.modules.contains(*uri));
    let uri = unknown.next().filter(|uri| is_foreign(uri))?;
    unknown.next().is_none().then_some(uri)
}
