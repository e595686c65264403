//! All sources put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::build::Generated;
use super::cmake::{self, script::Script};
use super::listing::Listings;
use super::program::{Program, Resolver};
use super::pyside::PySide;
use super::qmlproject::QmlProject;
use super::qrc::Qrc;
use super::source::{Kind, Source};
use super::{Entry, Files, Finding, Place, Project, ResourceSet, Resources};
use crate::path::TreePath;

impl Project {
    /// Puts together what `sources` say, by their paths, of a tree with these files.
    pub(crate) fn assemble(sources: &BTreeMap<TreePath, Arc<Source>>, files: &dyn Files) -> Self {
        let build_dirs = build_dirs(sources);
        let files = &Sources {
            files,
            build_dirs: &build_dirs,
        };
        let sorted = Sorted::new(sources, files);
        let mut findings = sorted.findings;

        let declared = cmake::evaluate(&sorted.scripts, files);
        findings.extend(declared.findings);
        let mut resources: Vec<ResourceSet> = Vec::new();
        for (path, qrc) in sorted.qrcs {
            resources.push(qrc.resources(path, files, &mut findings));
        }
        resources.extend(declared.resources);

        let mut modules = declared.modules;
        for (path, generated, build_dir) in built(sources, &build_dirs) {
            if !modules.iter().any(|known| generated.is_of(&known.uri)) {
                modules.extend(generated.module(path, build_dir, files));
            }
        }

        let mut listings = Listings::default();
        listings.add_modules(&modules, files);
        listings.add_resources(&resources, files);
        let listed = listings.finish();
        findings.extend(listed.findings);

        let of_modules = modules.into_iter().map(|module| ResourceSet {
            declared: module.declared,
            files: module.resources,
        });
        resources.extend(of_modules);
        let mut project = Self {
            modules: listed.modules,
            qmldirs: listed.qmldirs,
            resources: Resources::new(resources),
            findings,
            ..Self::default()
        };
        for (path, qmlproject) in sorted.qmlprojects {
            project.add_qmlproject(path, qmlproject, files);
        }
        let resolver = Resolver {
            modules: &project.modules,
            resources: &project.resources,
            files,
        };
        let resolved = resolver.resolve(sorted.programs);
        project.findings.extend(resolved.findings);
        project.context = resolved.context;
        for dir in resolved.import_roots {
            add_new(&mut project.import_roots, dir);
        }
        for entry in resolved.entries {
            project.add_entry(entry);
        }
        for (path, pyside) in sorted.pysides {
            project.add_pyside(path, pyside, files);
        }
        project.build_dirs = build_dirs;
        project.findings.sort();
        project.findings.dedup();
        project
    }

    fn add_entry(&mut self, entry: Entry) {
        if !self
            .entries
            .iter()
            .any(|known| known.document == entry.document)
        {
            self.entries.push(entry);
        }
    }

    fn add_qmlproject(&mut self, path: &TreePath, of: &QmlProject, files: &dyn Files) {
        let place = |line| Place {
            path: path.clone(),
            line,
        };
        if let Some(line) = of.error {
            self.findings.push(Finding {
                place: place(line),
                message: "this is not QML; what follows it may be missed".into(),
            });
        }
        let dir = path.parent();
        let dirs = |names: &[String]| -> Vec<TreePath> {
            names
                .iter()
                .filter_map(|name| TreePath::parse(&format!("{dir}/{name}")).ok())
                .collect()
        };
        for root in dirs(&of.import_paths) {
            add_new(&mut self.import_roots, root);
        }
        for root in dirs(&of.mock_imports) {
            add_new(&mut self.mock_roots, root);
        }
        let Some((main, line)) = &of.main else {
            return;
        };
        match TreePath::parse(&format!("{dir}/{main}")) {
            Ok(document) if files.has_file(&document) => self.add_entry(Entry {
                document,
                named: place(*line),
            }),
            _ => self.findings.push(Finding {
                place: place(*line),
                message: format!(
                    "there is no {main} to start with; mend mainFile, or make the file"
                ),
            }),
        }
    }

    /// Of the documents that a project of PySide lists, one called `main` is a likely first one.
    fn add_pyside(&mut self, path: &TreePath, pyside: &PySide, files: &dyn Files) {
        let named = Place {
            path: path.clone(),
            line: 0,
        };
        if let Some(error) = &pyside.error {
            self.findings.push(Finding {
                place: named.clone(),
                message: format!("this project file cannot be read: {error}"),
            });
        }
        for name in &pyside.files {
            let file = TreePath::parse(&format!("{}/{name}", path.parent())).ok();
            match file.filter(|file| files.has_file(file)) {
                Some(document) if document.name().eq_ignore_ascii_case("main.qml") => {
                    let named = named.clone();
                    self.add_entry(Entry { document, named });
                }
                Some(_) => {}
                None => self.findings.push(Finding {
                    place: named.clone(),
                    message: format!("there is no {name}; make the file, or take it out here"),
                }),
            }
        }
    }
}

fn add_new(dirs: &mut Vec<TreePath>, dir: TreePath) {
    if !dirs.contains(&dir) {
        dirs.push(dir);
    }
}

/// The directories that a build made. One in the sources themselves does not take them away.
fn build_dirs(sources: &BTreeMap<TreePath, Arc<Source>>) -> Vec<TreePath> {
    let caches = sources
        .iter()
        .filter(|(_, source)| matches!(source.0, Kind::BuildDir));
    let dirs = caches.map(|(path, _)| path.parent());
    dirs.filter(|dir| !dir.is_root() && !sources.contains_key(&dir.with("CMakeLists.txt")))
        .collect()
}

/// The lists that Qt generated, each with the directory of its build.
fn built<'a>(
    sources: &'a BTreeMap<TreePath, Arc<Source>>,
    build_dirs: &'a [TreePath],
) -> impl Iterator<Item = (&'a TreePath, &'a Generated, &'a TreePath)> {
    sources.iter().filter_map(|(path, source)| match &source.0 {
        Kind::Generated(generated) => {
            let dir = build_dirs.iter().find(|dir| path.is_within(dir))?;
            Some((path, generated, dir))
        }
        _ => None,
    })
}

/// The sources by what they are, without those that a build made.
#[derive(Default)]
struct Sorted<'a> {
    scripts: BTreeMap<TreePath, &'a Script>,
    qrcs: Vec<(&'a TreePath, &'a Qrc)>,
    qmlprojects: Vec<(&'a TreePath, &'a QmlProject)>,
    pysides: Vec<(&'a TreePath, &'a PySide)>,
    programs: Vec<(&'a TreePath, &'a Program)>,
    findings: Vec<Finding>,
}

impl<'a> Sorted<'a> {
    fn new(sources: &'a BTreeMap<TreePath, Arc<Source>>, files: &Sources<'_>) -> Self {
        let mut sorted = Self::default();
        for (path, source) in sources.iter().filter(|(path, _)| !files.is_built(path)) {
            match &source.0 {
                Kind::Cmake(script) => drop(sorted.scripts.insert(path.clone(), script)),
                Kind::Qrc(qrc) => sorted.qrcs.push((path, qrc)),
                Kind::QmlProject(of) => sorted.qmlprojects.push((path, of)),
                Kind::PySide(pyside) => sorted.pysides.push((path, pyside)),
                Kind::Program(program) => sorted.programs.push((path, program)),
                Kind::TooLarge => sorted.findings.push(Finding {
                    place: Place {
                        path: path.clone(),
                        line: 0,
                    },
                    message: "this file is too large to be read for what it says of the project"
                        .into(),
                }),
                Kind::BuildDir | Kind::Generated(_) => {}
            }
        }
        sorted
    }
}

/// The files of a tree without what a build made.
struct Sources<'a> {
    files: &'a dyn Files,
    build_dirs: &'a [TreePath],
}

impl Sources<'_> {
    fn is_built(&self, path: &TreePath) -> bool {
        self.build_dirs.iter().any(|dir| path.is_within(dir))
    }
}

impl Files for Sources<'_> {
    fn has_file(&self, path: &TreePath) -> bool {
        !self.is_built(path) && self.files.has_file(path)
    }

    fn files_in(&self, dir: &TreePath, recursive: bool) -> Vec<TreePath> {
        let mut files = self.files.files_in(dir, recursive);
        files.retain(|file| !self.is_built(file));
        files
    }

    fn is_singleton(&self, path: &TreePath) -> bool {
        self.files.is_singleton(path)
    }
}
