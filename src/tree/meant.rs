//! What may have been meant by the name of a type that nobody has.

use std::collections::BTreeSet;

use super::snapshot::Snapshot;
use crate::path::TreePath;
use crate::qml::document::ImportTarget;
use crate::qml::known;
use crate::qml::qmldir;

/// How much alike two names have to be, from 0 to 1.
const ALIKE: f64 = 0.7;

/// Longest name that is compared with others: anybody may send one.
const LONGEST: usize = 100;

impl Snapshot {
    /// What helps where the document at `path` uses the type `name`, and there is none.
    pub fn meant(&self, path: &TreePath, name: &str) -> Option<String> {
        if name.is_empty() || name.len() > LONGEST {
            return None;
        }
        let dir = path.parent();
        let documents = self.files().filter_map(|(file, _)| {
            let of_type = qmldir::type_name(file.name())?.to_owned();
            Some((of_type, file))
        });
        let documents: Vec<_> = documents.collect();
        let elsewhere = documents
            .iter()
            .filter(|(of_type, file)| of_type == name && file.parent() != dir)
            .min_by_key(|(_, file)| file.components().count());
        if let Some((_, file)) = elsewhere {
            let folder = dir.url_relative_to(&file.parent());
            return Some(format!("{file} is in another folder: import \"{folder}\""));
        }
        let document = self.file(path).and_then(|file| file.document());
        let imports = |module: &str| {
            let mut imports = document.iter().flat_map(|document| &document.imports);
            imports
                .any(|import| matches!(&import.target, ImportTarget::Module(uri) if uri == module))
        };
        if let Some(module) = known::module_of(name).filter(|module| !imports(module)) {
            return Some(format!("it is a type of Qt's: import {module}"));
        }
        let used = self.files().filter(|(file, _)| file != path);
        let used: Vec<_> = used
            .filter_map(|(_, file)| file.document().cloned())
            .collect();
        let used = used
            .iter()
            .flat_map(|document| document.references.names.iter());
        let names: BTreeSet<&str> = documents
            .iter()
            .map(|(of_type, _)| of_type.as_str())
            .chain(used.map(AsRef::as_ref))
            .chain(known::usual())
            .filter(|other| *other != name && other.len() <= LONGEST)
            .collect();
        let scored = names.into_iter().map(|other| {
            let score = strsim::normalized_damerau_levenshtein(name, other);
            (score, other)
        });
        let (score, nearest) = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
        (score > ALIKE).then(|| format!("did you mean {nearest}?"))
    }
}
