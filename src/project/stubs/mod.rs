//! Stand-ins for the types that only C++ or Python gives: from what is known of them, and from how
//! documents use their names, to QML documents and their qmldirs. Pure; a first version, for a
//! person to go on with.

mod base;
mod context;
mod document;
mod names;
mod objects;
mod survey;
mod uses;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use super::native::{Class, Exposed, NativeType, Natives};
use super::{Finding, Place};
use crate::path::{QMLDIR, TreePath};
use crate::qml::qmldir::type_name;
use base::Base;
use document::Sources;
use objects::Objects;
use uses::Usage;

pub(crate) use survey::{Documents, Survey};

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stub {
    /// Its path below the folder of stand-ins.
    pub(crate) path: TreePath,
    /// What is in it.
    pub(crate) text: String,
}

/// What was written, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stubs {
    /// The files, in the order of their paths.
    pub(crate) files: Vec<Stub>,
    /// What a person should know.
    pub(crate) findings: Vec<Finding>,
}

/// Writes stand-ins for `natives`, and for the types that documents use of modules which nobody
/// has.
pub(crate) fn write(natives: &Natives, survey: &Survey) -> Stubs {
    let mut stubs = Stubs::default();
    let sources = Sources {
        natives,
        objects: Objects::of(natives),
    };
    let mut modules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for native in &natives.types {
        known.insert((&*native.uri, &*native.name));
        let usage = survey.types.get(&(native.uri.clone(), native.name.clone()));
        let mut base = Base::of(&native.foreign_bases);
        let is_declared = native.class.line > 0;
        // What derives from Qt's own has members that no source of the program tells.
        let is_whole = is_declared && native.foreign_bases.iter().all(|class| class == "QObject");
        if !is_declared {
            base = of_usage(native.exposed, usage);
        }
        let usage = usage.filter(|_| !is_whole);
        let origin = format!("{}:{}", native.place.path, native.place.line);
        stubs.document(&sources, native, usage, base, &origin, &mut modules, survey);
    }
    let used: Vec<_> = survey.types.iter().collect();
    let unknown = used
        .iter()
        .filter(|((uri, name), _)| !known.contains(&(uri, name)));
    let unknown: Vec<_> = unknown
        .map(|((uri, name), usage)| (of_use(uri, name, usage), *usage))
        .collect();
    for (native, usage) in &unknown {
        let base = of_usage(native.exposed, Some(usage));
        let origin = format!("its use in {}:{}", native.place.path, native.place.line);
        stubs.document(
            &sources,
            native,
            Some(usage),
            base,
            &origin,
            &mut modules,
            survey,
        );
    }
    stubs.qmldirs(modules);
    stubs.files.sort_by(|a, b| a.path.cmp(&b.path));
    stubs
}

/// A type of which nothing is known but that it is used.
fn of_use(uri: &str, name: &str, usage: &Usage) -> NativeType {
    NativeType {
        uri: uri.to_owned(),
        majors: BTreeSet::new(),
        name: name.to_owned(),
        exposed: if usage.created || usage.members.is_empty() {
            Exposed::Creatable
        } else {
            Exposed::Singleton
        },
        place: usage.place.clone().unwrap_or(Place {
            path: TreePath::root(),
            line: 0,
        }),
        class: Class::default(),
        foreign_bases: Vec::new(),
    }
}

/// What something is created as, if nobody says: an `Item` may stand almost anywhere.
fn of_usage(exposed: Exposed, usage: Option<&Usage>) -> Base {
    match exposed {
        Exposed::Creatable if usage.is_some_and(|usage| usage.created) => Base::Item,
        _ => Base::Object,
    }
}

impl Stubs {
    #[expect(clippy::too_many_arguments, reason = "two callers, one shape")]
    fn document<'a>(
        &mut self,
        sources: &Sources<'_>,
        native: &'a NativeType,
        usage: Option<&Usage>,
        base: Base,
        origin: &str,
        modules: &mut BTreeMap<&'a str, Vec<String>>,
        survey: &Survey,
    ) {
        let place = &native.place;
        let mut finding = |message: String| {
            self.findings.push(Finding {
                place: place.clone(),
                message,
            });
        };
        let file = format!("{}.qml", native.name);
        if type_name(&file).is_none() || native.name == base.name() {
            return finding(format!("{} cannot be the name of a document", native.name));
        }
        let Some(path) = place_of(&native.uri, &file) else {
            return finding(format!("{} cannot be the name of a module", native.uri));
        };
        let (text, left_out) = document::write(sources, native, usage, base, origin);
        for name in left_out {
            finding(format!(
                "{name} of {} cannot be a name in a document: it is left out",
                native.name
            ));
        }
        self.files.push(Stub { path, text });
        let lines = modules.entry(&native.uri).or_default();
        if native.exposed == Exposed::Internal {
            return lines.push(format!("internal {} {file}", native.name));
        }
        let word = if native.exposed == Exposed::Singleton {
            "singleton "
        } else {
            ""
        };
        let imported = survey.majors.get(&native.uri).into_iter().flatten();
        let mut majors: BTreeSet<u32> = imported.chain(&native.majors).copied().collect();
        if majors.is_empty() {
            majors.insert(1);
        }
        for major in majors {
            lines.push(format!("{word}{} {major}.0 {file}", native.name));
        }
    }

    fn qmldirs(&mut self, modules: BTreeMap<&str, Vec<String>>) {
        for (uri, lines) in modules {
            let Some(path) = place_of(uri, QMLDIR) else {
                continue;
            };
            let text = format!(
                "# Written by `qmlserve stubs`. It is yours to edit: an existing file is kept.\nmodule {uri}\n{}\n",
                lines.join("\n")
            );
            self.files.push(Stub { path, text });
        }
    }
}

/// `My/Module/FILE` for `My.Module`.
fn place_of(uri: &str, file: &str) -> Option<TreePath> {
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let is_module = uri.split('.').all(is_part);
    let path = format!("{}/{file}", uri.replace('.', "/"));
    TreePath::parse(&path).ok().filter(|_| is_module)
}

#[cfg(test)]
mod tests;
