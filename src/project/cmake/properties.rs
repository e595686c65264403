//! Properties of sources and targets, and Qt's policies.

use std::collections::HashMap;

use super::control::join;
use super::evaluator::Evaluator;
use super::keywords::Keywords;
use super::value::{absolute, is_unknown, items};

/// A program or library.
#[derive(Debug, Default)]
pub(super) struct Target {
    /// The absolute directory that it is declared in.
    pub(super) dir: String,
    /// Whether it has sources that may bring types.
    pub(super) native: bool,
    /// `QT_RESOURCE_PREFIX`
    pub(super) resource_prefix: Option<String>,
}

/// Properties by the directory that sees them, the absolute path of the source, and their name.
#[derive(Debug, Default)]
pub(super) struct Properties {
    of_source: HashMap<(String, String), HashMap<String, String>>,
}

impl Properties {
    /// The property of a source as `dir` sees it.
    pub(super) fn get(&self, dir: &str, source: &str, name: &str) -> Option<&str> {
        let of_source = self.of_source.get(&(dir.to_owned(), source.to_owned()))?;
        of_source.get(name).map(String::as_str)
    }

    fn set(&mut self, dir: &str, source: &str, name: &str, value: &str) {
        let of_source = (dir.to_owned(), source.to_owned());
        let of_source = self.of_source.entry(of_source).or_default();
        of_source.insert(name.to_owned(), value.to_owned());
    }
}

impl Evaluator<'_> {
    /// `add_executable(target …)` and the like.
    pub(super) fn add_target(&mut self, arguments: &[String]) {
        if let Some((name, sources)) = arguments.split_first() {
            let dir = self.project.dir.clone();
            let target = self.project.targets.entry(name.clone()).or_default();
            target.dir = dir;
            target.native |= brings_types(sources);
        }
    }

    /// `target_sources(target …)`
    pub(super) fn add_sources(&mut self, arguments: &[String]) {
        if let Some((name, sources)) = arguments.split_first()
            && brings_types(sources)
        {
            self.project.targets.entry(name.clone()).or_default().native = true;
            let module = self.project.modules.get(name);
            if let Some(module) = module.and_then(|at| self.out.modules.get_mut(*at)) {
                module.native = true;
            }
        }
    }

    /// `set_source_files_properties(files… PROPERTIES name value…)`
    pub(super) fn set_source_properties(&mut self, arguments: &[String]) {
        let at = arguments.iter().position(|word| word == "PROPERTIES");
        let Some((before, [_, pairs @ ..])) = at.map(|at| arguments.split_at(at)) else {
            return;
        };
        for pair in pairs.chunks(2) {
            if let [name, value] = pair {
                self.set_of_sources(before, name, value);
            }
        }
    }

    /// `set_property(SOURCE files… PROPERTY name values…)`, and that for targets.
    pub(super) fn set_property(&mut self, arguments: &[String]) {
        let at = arguments.iter().position(|word| word == "PROPERTY");
        let Some((before, [_, name, values @ ..])) = at.map(|at| arguments.split_at(at)) else {
            return;
        };
        match before {
            [scope, names @ ..] if scope == "SOURCE" => {
                let names = names.iter().filter(|name| !name.starts_with("APPEND"));
                let names: Vec<_> = names.cloned().collect();
                self.set_of_sources(&names, name, &join(values));
            }
            [scope, names @ ..] if scope == "TARGET" => {
                self.set_of_targets(names, name, &join(values));
            }
            _ => {}
        }
    }

    /// `set_target_properties(targets… PROPERTIES name value…)`
    pub(super) fn set_target_properties(&mut self, arguments: &[String]) {
        let at = arguments.iter().position(|word| word == "PROPERTIES");
        let Some((names, [_, pairs @ ..])) = at.map(|at| arguments.split_at(at)) else {
            return;
        };
        for pair in pairs.chunks(2) {
            if let [name, value] = pair {
                self.set_of_targets(names, name, value);
            }
        }
    }

    fn set_of_targets(&mut self, targets: &[String], name: &str, value: &str) {
        let makes = value.len().saturating_mul(targets.len());
        if name == "QT_RESOURCE_PREFIX" && self.project.work.takes(makes) {
            for target in targets {
                let target = self.project.targets.entry(target.clone()).or_default();
                target.resource_prefix = Some(value.to_owned());
            }
        }
    }

    /// Sets a property of the files in `names`, for this directory or for those that are named
    /// after the files.
    fn set_of_sources(&mut self, names: &[String], name: &str, value: &str) {
        let parsed = Keywords::parse(names, &[], &[], &["DIRECTORY", "TARGET_DIRECTORY"]);
        let mut dirs: Vec<String> = self.absolute_all(parsed.all("DIRECTORY"));
        for target in parsed.all("TARGET_DIRECTORY") {
            let target = self.project.targets.get(target);
            dirs.extend(target.map(|target| target.dir.clone()));
        }
        if dirs.is_empty() {
            dirs.push(self.project.dir.clone());
        }
        let sources = self.absolute_all(&parsed.rest);
        let length: usize = sources
            .iter()
            .map(|source| source.len() + value.len())
            .sum();
        if !self.project.work.takes(length.saturating_mul(dirs.len())) {
            return;
        }
        for source in sources {
            for dir in &dirs {
                self.project.properties.set(dir, &source, name, value);
            }
        }
    }

    /// The property of a source as the current directory sees it, if its value is known and says
    /// something.
    pub(super) fn source_property(&self, source: &str, name: &str) -> Option<String> {
        let dir = &self.project.dir;
        let value = self
            .project
            .properties
            .get(dir, &absolute(dir, source), name)?;
        (!value.is_empty() && !is_unknown(value)).then(|| value.to_owned())
    }

    /// Whether a source has a property that is switched on.
    pub(super) fn has_source_property(&self, source: &str, name: &str) -> bool {
        self.source_property(source, name).is_some_and(|value| {
            !["0", "OFF", "NO", "FALSE", "N"].contains(&value.to_ascii_uppercase().as_str())
        })
    }

    /// `get_source_file_property(out file name)`; other properties are not known.
    pub(super) fn get_property(&mut self, command: &str, arguments: &[String]) {
        let [out, source, .., name] = arguments else {
            return;
        };
        let value = match command {
            "get_source_file_property" => self.source_property(source, name),
            _ => None,
        };
        match value {
            Some(value) => self.project.set(out, value),
            None if command == "get_source_file_property" => {
                self.project.set(out, "NOTFOUND".into());
            }
            None => self.lose(Some(out)),
        }
    }

    /// `qt_policy(SET name NEW)`, `qt_policy(GET name out)`
    pub(super) fn set_policy(&mut self, arguments: &[String]) {
        match arguments {
            [action, policy, value] if action == "SET" => {
                self.project
                    .set(&format!("QT_POLICY_{policy}"), value.clone());
            }
            [action, policy, out] if action == "GET" => {
                let name = format!("QT_POLICY_{policy}");
                let value = self.project.variable(&name).unwrap_or_default().to_owned();
                self.project.set(out, value);
            }
            _ => {}
        }
    }

    /// `qt_standard_project_setup(REQUIRES version)`
    pub(super) fn require_version(&mut self, arguments: &[String]) {
        let parsed = Keywords::parse(arguments, &[], &["REQUIRES", "SUPPORTS_UP_TO"], &[]);
        for keyword in ["REQUIRES", "SUPPORTS_UP_TO"] {
            if let Some(version) = parsed.one(keyword).map(str::to_owned) {
                self.project.set(&format!("QT_POLICY_{keyword}"), version);
            }
        }
    }

    /// Whether Qt's policy of this name is `NEW`: by itself, or by the version of Qt that the
    /// project requires, if that is not older than `since`.
    pub(super) fn is_new(&self, policy: &str, since: (u32, u32)) -> bool {
        if let Some(value) = self.project.variable(&format!("QT_POLICY_{policy}")) {
            return value == "NEW";
        }
        ["REQUIRES", "SUPPORTS_UP_TO"].iter().any(|keyword| {
            let version = self.project.variable(&format!("QT_POLICY_{keyword}"));
            let mut numbers = version.unwrap_or_default().split('.').map(str::parse);
            let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
            (next(), next()) >= since
        })
    }
}

/// Whether there is a source that may bring types: more than the `main` that loads documents.
fn brings_types(sources: &[String]) -> bool {
    sources
        .iter()
        .flat_map(|source| items(source))
        .any(|source| {
            let name = source.rsplit('/').next().unwrap_or(&source);
            let Some((stem, suffix)) = name.rsplit_once('.') else {
                return false;
            };
            let is_source = ["cpp", "cc", "cxx", "mm", "h", "hh", "hpp", "hxx"].contains(&suffix);
            is_source && stem != "main"
        })
}
