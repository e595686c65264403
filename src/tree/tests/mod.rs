//! Trees whose project is written by hand.

mod compiled_in;
mod entries;
mod faults;
mod lists;
mod stand_ins;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use super::ModulePlaces;
use super::debounce::Batch;
use super::declared::Declared;
use super::register::Register;
use super::root::Root;
use super::scan::Scanner;
use super::snapshot::{Draft, Snapshot};
use super::version::{Token, Version};
use super::{profile::Profile, render};
use crate::path::TreePath;
use crate::project::{Module, Place, Project, ResourceSet, Resources};
use crate::qml::qmldir;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

/// A folder, its register and its newest state.
struct Tree {
    dir: tempfile::TempDir,
    places: Arc<ModulePlaces>,
    register: Register,
    newest: Option<Arc<Snapshot>>,
}

impl Tree {
    fn of(files: &[(&str, &str)], project: Project) -> Self {
        let mut tree = Self {
            dir: tempfile::tempdir().unwrap(),
            places: Arc::default(),
            register: Register::default(),
            newest: None,
        };
        for (path, text) in files {
            tree.write(path, text);
        }
        tree.publish(project);
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.dir.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Reads the folder anew, and says that the project is this.
    fn publish(&mut self, project: Project) {
        let root = Arc::new(Root::open(self.dir.path(), &[], &[]).unwrap());
        let mut draft = Draft::new(&self.places);
        let everything = Batch {
            everything: true,
            ..Batch::default()
        };
        let mut scanner = Scanner::new(root, false);
        scanner.look(&everything, &mut draft, Instant::now(), &mut |_| {});
        let declared = Arc::new(Declared::new(project));
        let newest = self.newest.take();
        let snapshot = draft.finish_as(declared, |snapshot| {
            self.register.assign(snapshot, newest.as_deref())
        });
        self.newest = Some(snapshot);
    }

    fn newest(&self) -> &Snapshot {
        self.newest.as_ref().unwrap()
    }

    fn generation(&self, document: &str) -> Version {
        let generations = self.newest().generations();
        generations.document(&path(document)).unwrap()
    }

    fn token(&self, document: &str) -> Token {
        Token {
            version: self.generation(document),
            profile: Profile::default(),
        }
    }

    /// A document as clients get it, with `@` in place of each token.
    fn served(&self, document: &str) -> String {
        let (snapshot, document) = (self.newest(), path(document));
        let token = self.token(document.as_str());
        let file = snapshot.file(&document).unwrap();
        let bytes = render::document(snapshot, &token, &document, file, &|_| false, "").unwrap();
        without_tokens(&bytes)
    }
}

fn without_tokens(bytes: &[u8]) -> String {
    let text = str::from_utf8(bytes).unwrap();
    let mut parts = text.split('@');
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        out += "@";
        out += if digits == 16 { &part[16..] } else { part };
    }
    out
}

/// A project of modules, each with its directory and list, and of one set of resources.
fn project(modules: &[(&str, &str, &str)], resources: &[(&str, &str)]) -> Project {
    let declared = Place {
        path: path("CMakeLists.txt"),
        line: 1,
    };
    let lists = modules.iter().map(|(_, dir, list)| {
        let list = qmldir::parse(list);
        assert_eq!(list.problems, []);
        (path(dir), Arc::new(list))
    });
    let files = resources
        .iter()
        .map(|(name, file)| ((*name).to_owned(), path(file)));
    Project {
        modules: modules
            .iter()
            .filter(|(uri, ..)| !uri.is_empty())
            .map(|(uri, dir, _)| Module {
                uri: (*uri).into(),
                dir: path(dir),
                declared: declared.clone(),
                files: Vec::new(),
                native: false,
            })
            .collect(),
        qmldirs: lists.collect::<BTreeMap<_, _>>(),
        resources: Resources::new(vec![ResourceSet {
            declared,
            files: files.collect(),
        }]),
        ..Project::default()
    }
}
