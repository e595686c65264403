//! Qt's and KDE's commands for QML modules and resources.
//!
//! They do what Qt's `Qt6QmlMacros.cmake` and `Qt6CoreMacros.cmake` (6.4 and 6.9 were read) and
//! KDE's `ECMQmlModule6.cmake` do; where the two of Qt differ, the newer counts.

use std::collections::BTreeMap;

use super::declared::{Document, Import, ImportKind, Module, TypeEntry};
use super::evaluator::Evaluator;
use super::keywords::Keywords;
use super::paths::component;
use super::script::Command;
use super::value::{absolute, in_tree, is_unknown, items, relative};
use crate::path::TreePath;
use crate::project::{Place, ResourceSet};

/// Options of `qt_add_qml_module`, so that they are not taken for values.
const OPTIONS: &[&str] = &[
    "STATIC",
    "SHARED",
    "DESIGNER_SUPPORTED",
    "FOLLOW_FOREIGN_VERSIONING",
    "AUTO_RESOURCE_PREFIX",
    "NO_PLUGIN",
    "NO_PLUGIN_OPTIONAL",
    "NO_CREATE_PLUGIN_TARGET",
    "NO_GENERATE_PLUGIN_SOURCE",
    "NO_GENERATE_QMLTYPES",
    "NO_GENERATE_QMLDIR",
    "NO_GENERATE_EXTRA_QMLDIRS",
    "NO_LINT",
    "NO_CACHEGEN",
    "NO_RESOURCE_TARGET_PATH",
    "NO_IMPORT_SCAN",
    "NO_QMLDIR_TYPES",
    "ENABLE_TYPE_COMPILER",
    "QT_NO_PLUGIN",
    "GENERATE_PLUGIN_SOURCE",
    "PRIVATE",
];
const SINGLE: &[&str] = &[
    "PLUGIN_TARGET",
    "INSTALLED_PLUGIN_TARGET",
    "OUTPUT_TARGETS",
    "RESOURCE_PREFIX",
    "URI",
    "TARGET_PATH",
    "VERSION",
    "OUTPUT_DIRECTORY",
    "CLASS_NAME",
    "CLASSNAME",
    "TYPEINFO",
    "NAMESPACE",
    "RESOURCE_EXPORT",
    "INSTALL_DIRECTORY",
    "INSTALL_LOCATION",
    "TYPE_COMPILER_NAMESPACE",
    "QMLTC_EXPORT_DIRECTIVE",
    "QMLTC_EXPORT_FILE_NAME",
    "PREFIX",
    "PATH",
    "LANG",
    "BASE",
];
const MULTI: &[&str] = &[
    "SOURCES",
    "QML_FILES",
    "RESOURCES",
    "FILES",
    "OPTIONS",
    "IMPORTS",
    "IMPORT_PATH",
    "OPTIONAL_IMPORTS",
    "DEFAULT_IMPORTS",
    "DEPENDENCIES",
    "PAST_MAJOR_VERSIONS",
];

const IMPORTS: [(&str, ImportKind); 4] = [
    ("IMPORTS", ImportKind::Import),
    ("OPTIONAL_IMPORTS", ImportKind::Optional),
    ("DEFAULT_IMPORTS", ImportKind::Default),
    ("DEPENDENCIES", ImportKind::Depends),
];

/// The version of a module that names none.
const NO_VERSION: &str = "254.254";

impl Evaluator<'_> {
    /// `qt_add_qml_module(target URI … )`
    pub(super) fn add_qml_module(&mut self, command: &Command, arguments: &[String]) {
        let place = self.place(command);
        let parsed = Keywords::parse(arguments, OPTIONS, SINGLE, MULTI);
        let uri = parsed.one("URI").unwrap_or_default().to_owned();
        let (Some(target), false) = (parsed.rest.first(), uri.is_empty()) else {
            return self.tell(
                place,
                "a module needs a target and a URI; it is left out".into(),
            );
        };
        if is_unknown(&uri) {
            let message = format!("the URI `{uri}` is not known here; the module is left out");
            return self.tell(place, message);
        }
        if !is_uri(&uri) {
            let message = format!("`{uri}` is no name of a module, such as My.App; it is left out");
            return self.tell(place, message);
        }
        if self.project.modules.contains_key(target) {
            // Both sides of a condition that is not known.
            return self.add_module_files(command, target, &parsed);
        }
        let native = |target: &super::properties::Target| target.native;
        let module = Module {
            prefix: self.module_prefix(&uri, &parsed),
            dir: in_tree(&self.project.dir).unwrap_or_else(TreePath::root),
            top: self.project.top.clone(),
            declared: place,
            has_qmldir: !parsed.has("NO_GENERATE_QMLDIR"),
            is_whole_everywhere: self.is_new("QTP0004", (6, 8))
                && !parsed.has("NO_GENERATE_EXTRA_QMLDIRS"),
            native: self.project.targets.get(target).is_some_and(native),
            imports: self.module_imports(command, &parsed),
            documents: Vec::new(),
            resources: BTreeMap::new(),
            versions: versions(&parsed),
            uri,
        };
        self.add_target(std::slice::from_ref(target));
        self.project
            .modules
            .insert(target.clone(), self.out.modules.len());
        self.out.modules.push(module);
        self.add_module_files(command, target, &parsed);
    }

    /// `qt_target_qml_sources(target …)`
    pub(super) fn add_qml_sources(&mut self, command: &Command, arguments: &[String]) {
        let parsed = Keywords::parse(arguments, OPTIONS, SINGLE, MULTI);
        if let Some(target) = parsed.rest.first() {
            self.add_module_files(command, target, &parsed);
        }
    }

    /// `ecm_add_qml_module(target URI …)`
    pub(super) fn add_kde_module(&mut self, command: &Command, arguments: &[String]) {
        self.project.set("QT_POLICY_QTP0001", "NEW".into());
        self.add_qml_module(command, arguments);
    }

    /// `ecm_target_qml_sources(target SOURCES … [PATH …] [VERSION …] [PRIVATE])`
    pub(super) fn add_kde_sources(&mut self, command: &Command, arguments: &[String]) {
        let parsed = Keywords::parse(arguments, OPTIONS, SINGLE, MULTI);
        let Some(target) = parsed.rest.first() else {
            return;
        };
        let mut passed_on = vec![target.clone()];
        let mut set = |source: &str, name: &str, value: &str| {
            let words = [source, "PROPERTIES", name, value].map(str::to_owned);
            self.set_source_properties(&words);
        };
        for source in parsed.all("SOURCES") {
            let name = source.rsplit('/').next().unwrap_or(source);
            let alias = parsed.one("PATH").map(|path| format!("{path}/{name}"));
            set(
                source,
                "QT_RESOURCE_ALIAS",
                alias.as_deref().unwrap_or(name),
            );
            if let Some(version) = parsed.one("VERSION") {
                set(source, "QT_QML_SOURCE_VERSIONS", version);
            }
            if parsed.has("PRIVATE") {
                set(source, "QT_QML_INTERNAL_TYPE", "TRUE");
            }
            let set_of_files = match is_document(source) {
                true => "QML_FILES",
                false => "RESOURCES",
            };
            passed_on.extend([set_of_files.to_owned(), source.clone()]);
        }
        self.add_qml_sources(command, &passed_on);
    }

    /// `qt_add_resources(target name PREFIX … BASE … FILES …)`. The other form lists `.qrc` files,
    /// each of which counts by itself.
    pub(super) fn add_resources(&mut self, command: &Command, arguments: &[String]) {
        let parsed = Keywords::parse(arguments, OPTIONS, SINGLE, MULTI);
        let Some(target) = parsed.rest.first() else {
            return;
        };
        let of_target = self.project.targets.get(target);
        let of_target = of_target.and_then(|target| target.resource_prefix.clone());
        let prefix = parsed.one("PREFIX").map(str::to_owned).or(of_target);
        let prefix = canonical(&prefix.unwrap_or_default());
        let base = parsed
            .one("BASE")
            .map(|base| absolute(&self.project.dir, base));
        let mut files = BTreeMap::new();
        for name in parsed.all("FILES") {
            let Some(path) = self.declared_file(command, name) else {
                continue;
            };
            let alias = self.source_property(name, "QT_RESOURCE_ALIAS");
            let alias = alias.unwrap_or_else(|| match &base {
                Some(base) => relative(base, &absolute(&self.project.dir, name)),
                None => self.resource_name(name),
            });
            files.insert(below(&prefix, &alias), path);
        }
        if !files.is_empty() {
            let declared = self.place(command);
            self.out.resources.push(ResourceSet { declared, files });
        }
    }

    fn add_module_files(&mut self, command: &Command, target: &str, parsed: &Keywords) {
        let place = self.place(command);
        let Some(at) = self.project.modules.get(target).copied() else {
            let message = format!(
                "`{target}` is no QML module that is known here; its documents are left out"
            );
            return self.tell(place, message);
        };
        let Some(module) = self.out.modules.get(at) else {
            return;
        };
        let prefix = match parsed.one("PREFIX") {
            Some(prefix) => canonical(prefix),
            None => module.prefix.clone(),
        };
        let has_entries = module.has_qmldir && !parsed.has("NO_QMLDIR_TYPES");
        let defaults = module.versions.clone();
        let mut documents = Vec::new();
        let mut resources = BTreeMap::new();
        for (is_listed, name) in [(true, "QML_FILES"), (false, "RESOURCES")]
            .into_iter()
            .flat_map(|(is_listed, set)| parsed.all(set).iter().map(move |name| (is_listed, name)))
        {
            let Some(path) = self.declared_file(command, name) else {
                continue;
            };
            let alias = self.source_property(name, "QT_RESOURCE_ALIAS");
            let alias = alias.unwrap_or_else(|| self.resource_name(name));
            let resource = below(&prefix, &alias);
            resources.insert(resource.clone(), path.clone());
            if is_listed && is_document(name) {
                documents.push(Document {
                    path,
                    resource,
                    declared: self.argument_place(command, name, &place),
                    entry: has_entries
                        .then(|| self.type_entry(name, &defaults))
                        .flatten(),
                });
            }
        }
        let native = parsed.all("SOURCES").iter().any(|source| is_native(source));
        if let Some(module) = self.out.modules.get_mut(at) {
            module.native |= native;
            module.resources.extend(resources);
            let placed = documents.into_iter().map(|document| {
                let place = document.declared.clone();
                (place, module.add(document))
            });
            let told: Vec<_> = placed.collect();
            for (place, message) in told {
                if let Err(message) = message {
                    self.tell(place, message);
                }
            }
        }
    }

    /// The file that a list of files names; what is wrong with it is told.
    fn declared_file(&mut self, command: &Command, name: &str) -> Option<TreePath> {
        let place = self.argument_place(command, name, &self.place(command));
        let message = match self.tree_path(name) {
            _ if is_unknown(name) => {
                format!("which files `{name}` stands for is not known here; they are left out")
            }
            Some(path) if self.files.has_file(&path) => return Some(path),
            _ if name.starts_with(super::value::BUILD) => {
                let name = component(name, "NAME").unwrap_or_default();
                format!("{name} is made by the build and cannot be shown without it")
            }
            Some(path) => format!("there is no {path}; make the file, or take it out here"),
            None => format!("{name} is outside of the served directory; it is left out"),
        };
        self.tell(place, message);
        None
    }

    /// Where an argument stands; where the whole command does if it is not written there.
    fn argument_place(&self, command: &Command, name: &str, whole: &Place) -> Place {
        let argument = command
            .arguments
            .iter()
            .find(|argument| argument.text == name);
        Place {
            line: argument.map_or(whole.line, |argument| argument.line),
            path: whole.path.clone(),
        }
    }

    /// The resource path of a file that has no alias, below the prefix. `rcc` cleans it and takes
    /// `../` from its beginning.
    fn resource_name(&self, name: &str) -> String {
        if name.starts_with('/') {
            return relative(&self.project.dir, name);
        }
        name.to_owned()
    }

    fn type_entry(&self, name: &str, defaults: &[String]) -> Option<TypeEntry> {
        if self.has_source_property(name, "QT_QML_SKIP_QMLDIR_ENTRY") {
            return None;
        }
        let type_name = self
            .source_property(name, "QT_QML_SOURCE_TYPENAME")
            .or_else(|| component(name, "NAME_WE"))?;
        // To Qt's CMake code, a type called `Off` or `No` is none.
        let is_false = super::condition::constant(&type_name) == Some(false);
        if is_false || !type_name.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let versions = self
            .source_property(name, "QT_QML_SOURCE_VERSIONS")
            .or_else(|| self.source_property(name, "QT_QML_SOURCE_VERSION"));
        Some(TypeEntry {
            name: type_name,
            versions: versions.map_or_else(|| defaults.to_vec(), |versions| items(&versions)),
            singleton: self.has_source_property(name, "QT_QML_SINGLETON_TYPE"),
            internal: self.has_source_property(name, "QT_QML_INTERNAL_TYPE"),
        })
    }

    fn module_prefix(&self, uri: &str, parsed: &Keywords) -> String {
        let path = parsed.one("TARGET_PATH").map(str::to_owned);
        let path = path.unwrap_or_else(|| uri.replace('.', "/"));
        let has_no_path = parsed.has("NO_RESOURCE_TARGET_PATH");
        let prefix = match parsed.one("RESOURCE_PREFIX") {
            Some(prefix) => canonical(prefix),
            None if parsed.has("AUTO_RESOURCE_PREFIX") => "/qt/qml".to_owned(),
            None if !has_no_path && self.is_new("QTP0001", (6, 5)) => "/qt/qml".to_owned(),
            None => "/".to_owned(),
        };
        match has_no_path {
            true => prefix,
            false => below(&prefix, &path),
        }
    }

    fn module_imports(&mut self, command: &Command, parsed: &Keywords) -> Vec<Import> {
        let mut imports = Vec::new();
        for (keyword, kind) in IMPORTS {
            let mut is_target = false;
            for name in parsed.all(keyword) {
                if name == "TARGET" {
                    is_target = true;
                    continue;
                }
                let (name, version) = match name.rsplit_once('/') {
                    Some((name, version)) => (name, Some(version.to_owned())),
                    None => (name.as_str(), None),
                };
                let of_target = self.project.modules.get(name);
                let of_target = of_target.and_then(|at| self.out.modules.get(*at));
                let uri = match std::mem::take(&mut is_target) {
                    true => of_target.map(|module| module.uri.clone()),
                    false => (!is_unknown(name)).then(|| name.to_owned()),
                };
                match uri {
                    Some(uri) => imports.push(Import { kind, uri, version }),
                    None => {
                        let place = self.place(command);
                        let message = format!(
                            "which module `{name}` is, is not known here; this import is left out"
                        );
                        self.tell(place, message);
                    }
                }
            }
        }
        imports
    }
}

/// The versions under which the types of a module stand: the first of its major version, and of
/// those before.
fn versions(parsed: &Keywords) -> Vec<String> {
    let version = parsed.one("VERSION").filter(|version| !is_unknown(version));
    let major = version.unwrap_or(NO_VERSION).split('.').next();
    let past = parsed.all("PAST_MAJOR_VERSIONS").iter().map(String::as_str);
    let majors = major.into_iter().chain(past);
    majors.map(|major| format!("{major}.0")).collect()
}

/// A resource prefix with a slash at its beginning and none at its end.
fn canonical(prefix: &str) -> String {
    format!("/{}", prefix.trim_matches('/'))
}

/// The resource path of `name` below a prefix.
fn below(prefix: &str, name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    [prefix.trim_end_matches('/'), &parts.join("/")].join("/")
}

fn is_uri(uri: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    uri.split('.')
        .all(|part| !part.is_empty() && part.chars().all(is_part))
}

fn is_document(name: &str) -> bool {
    [".qml", ".js", ".mjs"]
        .iter()
        .any(|suffix| name.ends_with(suffix))
}

fn is_native(source: &str) -> bool {
    !is_document(source) && source.contains('.')
}
