//! CMake's commands on paths and files.

use globset::{Glob, GlobBuilder};

use super::control::join;
use super::evaluator::Evaluator;
use super::script::Command;
use super::value::{absolute, in_tree, is_unknown, items, of_tree, relative};

/// What comparing a file with a pattern counts.
const FILE: usize = 64;

impl Evaluator<'_> {
    /// `file(…)`
    pub(super) fn file(&mut self, command: &Command, arguments: &[String]) {
        match arguments {
            [action, out, rest @ ..] if action == "GLOB" || action == "GLOB_RECURSE" => {
                let found = self.glob(command, rest, action == "GLOB_RECURSE");
                self.project.set(out, join(&found));
            }
            [action, out, from, to] if action == "RELATIVE_PATH" => {
                let dir = self.project.dir.clone();
                let way = relative(&absolute(&dir, from), &absolute(&dir, to));
                self.project.set(out, way);
            }
            [action, path, out, ..] if action == "TO_CMAKE_PATH" || action == "TO_NATIVE_PATH" => {
                self.project.set(out, path.clone());
            }
            [action, path, out, ..] if action == "REAL_PATH" => {
                let path = absolute(&self.project.dir, path);
                self.project.set(out, path);
            }
            [action, _, out, ..] if action == "STRINGS" || action == "READ" => {
                self.lose(Some(out));
            }
            _ => {}
        }
    }

    fn glob(&mut self, command: &Command, arguments: &[String], recursive: bool) -> Vec<String> {
        let mut base = None;
        let mut found = Vec::new();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "CONFIGURE_DEPENDS" | "FOLLOW_SYMLINKS" => {}
                "RELATIVE" => base = words.next().map(|dir| absolute(&self.project.dir, dir)),
                "LIST_DIRECTORIES" => drop(words.next()),
                pattern if is_unknown(pattern) => {
                    let place = self.place(command);
                    self.tell(place, format!("where `{pattern}` looks is not known here"));
                }
                pattern => found.extend(self.matching(pattern, recursive)),
            }
        }
        found.sort();
        found.dedup();
        match base {
            Some(base) => found.iter().map(|path| relative(&base, path)).collect(),
            None => found,
        }
    }

    /// The absolute paths of the files that one pattern means.
    fn matching(&self, pattern: &str, recursive: bool) -> Vec<String> {
        let pattern = absolute(&self.project.dir, pattern);
        // The directory before the first placeholder is where to look.
        let fixed = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
        let (dir, below) = match pattern.get(..fixed).and_then(|fixed| fixed.rfind('/')) {
            Some(slash) => pattern.split_at(slash),
            None => return Vec::new(),
        };
        let below = below.trim_start_matches('/');
        let Some(dir) = in_tree(dir) else {
            return Vec::new();
        };
        // Recursively, the last part of the pattern is looked for in all directories.
        let glob = match below.rsplit_once('/') {
            Some((dirs, name)) if recursive => format!("{dirs}/**/{name}"),
            None if recursive => format!("**/{below}"),
            _ => below.to_owned(),
        };
        let work = &self.project.work;
        let glob = GlobBuilder::new(&glob).literal_separator(true).build();
        let matcher = glob.ok().filter(|_| work.takes_pattern(&pattern));
        let Some(matcher) = matcher.as_ref().map(Glob::compile_matcher) else {
            return Vec::new();
        };
        let files = self.files.files_in(&dir, recursive || below.contains('/'));
        if !work.takes(files.len().saturating_mul(FILE)) {
            return Vec::new();
        }
        let is_meant = |path: &crate::path::TreePath| {
            let below = path.as_str().strip_prefix(dir.as_str()).unwrap_or_default();
            matcher.is_match(below.trim_start_matches('/'))
        };
        files
            .into_iter()
            .filter(is_meant)
            .map(|path| of_tree(&path))
            .collect()
    }

    /// `get_filename_component(out path what …)`
    pub(super) fn filename_component(&mut self, arguments: &[String]) {
        let [out, path, what, rest @ ..] = arguments else {
            return;
        };
        let base = match rest {
            [keyword, base, ..] if keyword == "BASE_DIR" => absolute(&self.project.dir, base),
            _ => self.project.dir.clone(),
        };
        let value = match what.as_str() {
            "ABSOLUTE" | "REALPATH" if !is_unknown(path) => absolute(&base, path),
            what => component(path, what).unwrap_or_else(|| format!("${{{out}}}")),
        };
        self.project.set(out, value);
    }

    /// `cmake_path(…)`, as far as it is common.
    pub(super) fn cmake_path(&mut self, arguments: &[String]) {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match *words.as_slice() {
            ["GET", name, what, ref rest @ ..] => {
                let path = self.project.get(name).unwrap_or_default().to_owned();
                let (what, out) = match (what, rest) {
                    ("FILENAME", [out]) => ("NAME", out),
                    ("STEM", ["LAST_ONLY", out]) => ("NAME_WLE", out),
                    ("STEM", [out]) => ("NAME_WE", out),
                    ("EXTENSION", ["LAST_ONLY", out]) => ("LAST_EXT", out),
                    ("EXTENSION", [out]) => ("EXT", out),
                    ("PARENT_PATH", [out]) => ("DIRECTORY", out),
                    (_, [.., out]) => return self.lose(Some(&(*out).to_owned())),
                    _ => return,
                };
                self.project
                    .set(out, component(&path, what).unwrap_or_default());
            }
            ["SET", name, .., path] => self.project.set(name, path.to_owned()),
            ["APPEND", name, ref parts @ ..] => {
                let mut path = self.project.get(name).unwrap_or_default().to_owned();
                for part in parts.iter().take_while(|part| **part != "OUTPUT_VARIABLE") {
                    path.truncate(path.trim_end_matches('/').len());
                    path.extend(["/", part]);
                }
                self.project.set(name, path);
            }
            ["ABSOLUTE_PATH" | "NORMAL_PATH", name, ..] => {
                let path = self.project.get(name).unwrap_or_default();
                let path = absolute(&self.project.dir, path);
                self.project.set(words.last().unwrap_or(&name), path);
            }
            ["RELATIVE_PATH", name, "BASE_DIRECTORY", base, ref rest @ ..] => {
                let path = self.project.get(name).unwrap_or_default();
                let dir = &self.project.dir;
                let way = relative(&absolute(dir, base), &absolute(dir, path));
                self.project.set(rest.last().unwrap_or(&name), way);
            }
            _ => {}
        }
    }

    /// The file of the tree that a name in the current directory means.
    pub(super) fn tree_path(&self, name: &str) -> Option<crate::path::TreePath> {
        in_tree(&absolute(&self.project.dir, name))
    }

    /// The absolute paths of the names in a list.
    pub(super) fn absolute_all(&self, names: &[String]) -> Vec<String> {
        let all = names.iter().flat_map(|name| items(name));
        all.map(|name| absolute(&self.project.dir, &name)).collect()
    }
}

/// A part of a path by the name that `get_filename_component` has for it.
pub(super) fn component(path: &str, what: &str) -> Option<String> {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let part = match what {
        "DIRECTORY" | "PATH" => dir,
        "NAME" => name,
        "EXT" => name
            .find('.')
            .and_then(|dot| name.get(dot..))
            .unwrap_or_default(),
        "LAST_EXT" => name
            .rfind('.')
            .and_then(|dot| name.get(dot..))
            .unwrap_or_default(),
        "NAME_WE" => name.split('.').next().unwrap_or_default(),
        "NAME_WLE" => name.rsplit_once('.').map_or(name, |(stem, _)| stem),
        _ => return None,
    };
    Some(part.to_owned())
}
