//! All sources put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cmake::{self, script::Script};
use super::listing::Listings;
use super::source::{Kind, Source};
use super::{Files, Finding, Place, Project, ResourceSet, Resources};
use crate::path::TreePath;

impl Project {
    /// Puts together what `sources` say, by their paths, of a tree with these files.
    pub(crate) fn assemble(sources: &BTreeMap<TreePath, Arc<Source>>, files: &dyn Files) -> Self {
        let mut project = Self::default();
        for (path, source) in sources {
            let dir = path.parent();
            // A build in the sources themselves does not take them away.
            let is_sources = dir.is_root() || sources.contains_key(&dir.with("CMakeLists.txt"));
            if matches!(source.0, Kind::BuildDir) && !is_sources {
                project.build_dirs.push(dir);
            }
        }
        let files = &Sources {
            files,
            build_dirs: &project.build_dirs,
        };
        let of_sources = || sources.iter().filter(|(path, _)| !files.is_built(path));

        let mut scripts: BTreeMap<TreePath, &Script> = BTreeMap::new();
        let mut resources: Vec<ResourceSet> = Vec::new();
        let mut findings = Vec::new();
        for (path, source) in of_sources() {
            match &source.0 {
                Kind::Cmake(script) => drop(scripts.insert(path.clone(), script)),
                Kind::Qrc(qrc) => resources.push(qrc.resources(path, files, &mut findings)),
                Kind::TooLarge => findings.push(Finding {
                    place: Place {
                        path: path.clone(),
                        line: 0,
                    },
                    message: "this file is too large to be read for what it says of the project"
                        .into(),
                }),
                Kind::BuildDir => {}
            }
        }
        let declared = cmake::evaluate(&scripts, files);
        findings.extend(declared.findings);
        resources.extend(declared.resources);

        let mut listings = Listings::default();
        listings.add_modules(&declared.modules, files);
        listings.add_resources(&resources, files);
        let listed = listings.finish();
        findings.extend(listed.findings);
        findings.sort();
        findings.dedup();

        let of_modules = declared.modules.into_iter().map(|module| ResourceSet {
            declared: module.declared,
            files: module.resources,
        });
        resources.extend(of_modules);
        project.modules = listed.modules;
        project.qmldirs = listed.qmldirs;
        project.resources = Resources::new(resources);
        project.findings = findings;
        project
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
