//! The state of an evaluation, and how it goes from file to file.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::declared::Declared;
use super::properties::{Properties, Target};
use super::script::{Argument, Command, Definition, Script};
use super::value::{self, BUILD, Known, absolute, in_tree, of_tree};
use super::work::Work;
use crate::path::TreePath;
use crate::project::{Files, Finding, Place};

/// Files, functions and macros inside one another.
const DEEPEST: usize = 48;
/// Findings that are told; more help nobody.
const MOST_FINDINGS: usize = 200;

/// Evaluates all CMake files of a tree: each `CMakeLists.txt` that no other one adds is the top
/// of a project.
pub(in crate::project) fn evaluate(
    scripts: &BTreeMap<TreePath, &Script>,
    files: &dyn Files,
) -> Declared {
    let mut evaluator = Evaluator {
        scripts,
        files,
        assigned: scripts
            .values()
            .flat_map(|script| script.assigned.iter().map(String::as_str))
            .collect(),
        out: Declared::default(),
        told: BTreeSet::new(),
        reached: HashSet::new(),
        has_ended: false,
        project: ProjectState::new(&TreePath::root(), Rc::new(Work::new())),
    };
    for (path, script) in scripts {
        for (line, message) in &script.errors {
            let place = Place {
                path: path.clone(),
                line: *line,
            };
            evaluator.tell(place, format!("{message}; the rest of the file is read"));
        }
    }
    // Those nearest to the root first: they are the likeliest to add the others.
    let mut tops: Vec<_> = scripts
        .keys()
        .filter(|path| path.name() == "CMakeLists.txt")
        .collect();
    tops.sort_by_key(|path| path.components().count());
    let mut projects: Vec<ProjectState> = Vec::new();
    for top in tops {
        if evaluator.reached.contains(top) {
            continue;
        }
        // A directory that is only added under other conditions knows what those above it set.
        let has_own = scripts.get(top).is_some_and(|script| script.is_project);
        let above = projects
            .iter()
            .position(|project| !has_own && top.is_within(&project.top));
        match above.map(|above| projects.swap_remove(above)) {
            None => {
                let work = Rc::clone(&evaluator.project.work);
                evaluator.project = ProjectState::new(&top.parent(), work);
                evaluator.run_directory(top);
            }
            Some(above) => {
                evaluator.project = above;
                evaluator.project.scopes.push(HashMap::new());
                evaluator.run_directory(top);
                evaluator.project.scopes.pop();
            }
        }
        let work = Rc::clone(&evaluator.project.work);
        let done = ProjectState::new(&TreePath::root(), work);
        projects.push(std::mem::replace(&mut evaluator.project, done));
        projects.sort_by_key(|project| Reverse(project.top.components().count()));
    }
    evaluator.out.findings.sort();
    evaluator.out
}

pub(super) struct Evaluator<'a> {
    pub(super) scripts: &'a BTreeMap<TreePath, &'a Script>,
    pub(super) files: &'a dyn Files,
    /// Variables that some file of the tree sets. Others may come from anywhere.
    assigned: HashSet<&'a str>,
    pub(super) out: Declared,
    told: BTreeSet<Finding>,
    /// Files that were evaluated.
    reached: HashSet<TreePath>,
    /// Whether there was too much to do.
    has_ended: bool,
    /// What one project, from its top file on, has so far.
    pub(super) project: ProjectState,
}

pub(super) struct ProjectState {
    /// Directories and functions, outermost first. An unset variable hides that of an outer one.
    pub(super) scopes: Vec<HashMap<String, Option<String>>>,
    /// `set(… CACHE …)` and `option`.
    pub(super) cache: HashMap<String, String>,
    pub(super) definitions: HashMap<String, Arc<Definition>>,
    /// The parameters of the macro that is being expanded; none inside of a function.
    pub(super) macros: Vec<HashMap<String, String>>,
    pub(super) targets: HashMap<String, Target>,
    pub(super) properties: Properties,
    /// Modules by target.
    pub(super) modules: HashMap<String, usize>,
    /// The files that are being evaluated, outermost first.
    pub(super) open: Vec<TreePath>,
    pub(super) calls: usize,
    /// How many conditions that are not known enclose the current command.
    pub(super) unknown: u32,
    /// The directory of its topmost file.
    pub(super) top: TreePath,
    /// The absolute directory of the current `CMakeLists.txt`.
    pub(super) dir: String,
    /// Of all projects of the tree.
    pub(super) work: Rc<Work>,
}

impl ProjectState {
    fn new(top: &TreePath, work: Rc<Work>) -> Self {
        let dir = of_tree(top);
        let mut state = Self {
            scopes: vec![HashMap::new()],
            cache: HashMap::new(),
            definitions: HashMap::new(),
            macros: Vec::new(),
            targets: HashMap::new(),
            properties: Properties::default(),
            modules: HashMap::new(),
            open: Vec::new(),
            calls: 0,
            unknown: 0,
            dir: dir.clone(),
            top: top.clone(),
            work,
        };
        let build = build_of(&dir);
        for (name, value) in [
            ("CMAKE_SOURCE_DIR", dir.as_str()),
            ("CMAKE_BINARY_DIR", &build),
            ("PROJECT_SOURCE_DIR", &dir),
            ("PROJECT_BINARY_DIR", &build),
            ("PROJECT_NAME", "Project"),
            ("CMAKE_PROJECT_NAME", "Project"),
            ("CMAKE_VERSION", "3.30.0"),
            ("CMAKE_SYSTEM_NAME", "Linux"),
            ("UNIX", "1"),
            ("LINUX", "1"),
            ("QT_VERSION", "6.12.0"),
            ("QT_VERSION_MAJOR", "6"),
            ("QT_DEFAULT_MAJOR_VERSION", "6"),
            ("QT_MAJOR_VERSION", "6"),
            ("Qt6_VERSION", "6.12.0"),
            ("Qt6Core_VERSION", "6.12.0"),
            ("Qt6_VERSION_MAJOR", "6"),
            ("Qt6_FOUND", "1"),
        ] {
            state.set(name, value.to_owned());
        }
        for name in [
            "WIN32",
            "MSVC",
            "MINGW",
            "APPLE",
            "ANDROID",
            "IOS",
            "EMSCRIPTEN",
            "MACOS",
            "CYGWIN",
            "HAIKU",
            "QNX",
        ] {
            state.set(name, String::new());
        }
        for policy in 1..=5 {
            state.set(&format!("QT_KNOWN_POLICY_QTP000{policy}"), "TRUE".into());
        }
        state.enter(&dir);
        state
    }

    /// Makes `dir` the current directory, in the innermost scope.
    pub(super) fn enter(&mut self, dir: &str) {
        dir.clone_into(&mut self.dir);
        self.set("CMAKE_CURRENT_SOURCE_DIR", dir.to_owned());
        self.set("CMAKE_CURRENT_BINARY_DIR", build_of(dir));
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), Some(value));
        }
    }

    /// What `${name}` is. A value that is read counts as work, and after too much there is none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let macros = self.macros.last();
        if let Some(value) = macros.and_then(|parameters| parameters.get(name)) {
            return self.work.takes_value(value).then_some(value);
        }
        self.variable(name)
    }

    /// As [`Self::get`], without the parameters of macros, which are no variables.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let scoped = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        let value = match scoped {
            Some(value) => value.as_deref(),
            None => self.cache.get(name).map(String::as_str),
        };
        value.filter(|value| self.work.takes_value(value))
    }
}

/// Where a source directory's results go.
fn build_of(dir: &str) -> String {
    let below = dir.strip_prefix(value::SOURCE).unwrap_or_default();
    format!("{BUILD}{below}")
}

impl Evaluator<'_> {
    /// Tells a person something, once.
    pub(super) fn tell(&mut self, place: Place, message: String) {
        let finding = Finding { place, message };
        if self.told.len() < MOST_FINDINGS && self.told.insert(finding.clone()) {
            self.out.findings.push(finding);
        }
    }

    /// Where `command` stands.
    pub(super) fn place(&self, command: &Command) -> Place {
        Place {
            path: self
                .project
                .open
                .last()
                .cloned()
                .unwrap_or_else(TreePath::root),
            line: command.line,
        }
    }

    /// Counts a command; false when it is one too many.
    pub(super) fn step(&mut self, command: &Command) -> bool {
        let may_go_on = self.project.work.takes_command();
        if !may_go_on && !self.has_ended {
            self.has_ended = true;
            let place = self.place(command);
            self.tell(
                place,
                "this project has too much to evaluate; what comes after this line is not read"
                    .into(),
            );
        }
        may_go_on
    }

    /// Evaluates a file in the current scope.
    pub(super) fn run_file(&mut self, path: &TreePath) {
        let Some(script) = self.scripts.get(path).copied() else {
            return;
        };
        self.reached.insert(path.clone());
        let outer_dir = self
            .project
            .get("CMAKE_CURRENT_LIST_DIR")
            .map(str::to_owned);
        let outer_file = self
            .project
            .get("CMAKE_CURRENT_LIST_FILE")
            .map(str::to_owned);
        self.project.open.push(path.clone());
        self.project.macros.push(HashMap::new());
        self.enter_file(of_tree(&path.parent()), of_tree(path));
        self.run(&script.body);
        self.project.macros.pop();
        self.project.open.pop();
        if let (Some(dir), Some(file)) = (outer_dir, outer_file) {
            self.enter_file(dir, file);
        }
    }

    fn enter_file(&mut self, dir: String, file: String) {
        self.project.set("CMAKE_CURRENT_LIST_DIR", dir);
        self.project.set("CMAKE_CURRENT_LIST_FILE", file);
    }

    /// Whether one more file, function or macro may be entered.
    pub(super) fn may_enter(&mut self, command: &Command, file: Option<&TreePath>) -> bool {
        let place = self.place(command);
        if let Some(file) = file.filter(|file| self.project.open.contains(file)) {
            self.tell(
                place,
                format!("{file} includes itself here; it is left out"),
            );
            return false;
        }
        if self.project.open.len() + self.project.calls >= DEEPEST {
            self.tell(
                place,
                format!("`{}` goes too deep here; it is left out", command.name),
            );
            return false;
        }
        true
    }

    /// `add_subdirectory(dir)`
    pub(super) fn add_subdirectory(&mut self, command: &Command, arguments: &[String]) {
        let Some(name) = arguments.first() else {
            return;
        };
        let place = self.place(command);
        if value::is_unknown(name) {
            return self.tell(place, format!("the directory `{name}` is not known here"));
        }
        let dir = absolute(&self.project.dir, name);
        let file = in_tree(&dir).and_then(|dir| dir.child("CMakeLists.txt"));
        let Some(file) = file.filter(|file| self.scripts.contains_key(file)) else {
            // A third party's sources are often left out of a checkout.
            if self.project.unknown == 0 {
                self.tell(place, format!("there is no {name}/CMakeLists.txt"));
            }
            return;
        };
        if !self.may_enter(command, Some(&file)) {
            return;
        }
        self.project.scopes.push(HashMap::new());
        self.run_directory(&file);
        self.project.scopes.pop();
    }

    /// Evaluates the file of a directory in the current scope.
    fn run_directory(&mut self, file: &TreePath) {
        let outer = self.project.dir.clone();
        self.project.enter(&of_tree(&file.parent()));
        self.run_file(file);
        self.project.dir = outer;
    }

    /// `include(file)`; modules of CMake and of packages are not read.
    pub(super) fn include(&mut self, command: &Command, arguments: &[String]) {
        let Some(name) = arguments.first().filter(|name| !value::is_unknown(name)) else {
            return;
        };
        if name == "ECMQmlModule" {
            // What this module of KDE's does besides bringing its commands.
            self.project.set("QT_POLICY_QTP0001", "NEW".into());
        }
        let mut candidates = vec![absolute(&self.project.dir, name)];
        let paths = self.project.variable("CMAKE_MODULE_PATH");
        for dir in value::items(paths.unwrap_or_default()) {
            candidates.push(absolute(&self.project.dir, &format!("{dir}/{name}.cmake")));
        }
        let mut files = candidates.iter().filter_map(|path| in_tree(path));
        if let Some(file) = files.find(|file| self.scripts.contains_key(file))
            && self.may_enter(command, Some(&file))
        {
            self.run_file(&file);
        }
    }

    /// The arguments of a command, resolved.
    pub(super) fn expand(&self, arguments: &[Argument]) -> Vec<String> {
        value::expand_all(arguments, &|name| self.lookup(name))
    }

    /// One argument, resolved.
    pub(super) fn expand_one(&self, argument: &Argument) -> String {
        value::expand(argument, &|name| self.lookup(name))
    }

    fn lookup(&self, name: &str) -> Known {
        match self.project.get(name) {
            Some(value) => Known::Value(value.to_owned()),
            None if self.may_come_from_outside(name) => Known::Unknown,
            None => Known::Value(String::new()),
        }
    }

    /// Whether nothing in the tree sets the variable, so that somebody else may.
    pub(super) fn may_come_from_outside(&self, name: &str) -> bool {
        let is_argument = name.starts_with("ARG") || name.starts_with("_");
        !is_argument && !self.assigned.contains(name)
    }
}
