//! CMake's own commands: which one does what, and those on variables and lists.

use std::collections::HashSet;
use std::rc::Rc;

use super::control::join;
use super::evaluator::Evaluator;
use super::keywords::Keywords;
use super::script::Command;
use super::text::replace_all;
use super::value::items;

impl Evaluator<'_> {
    /// A command that the project does not define itself.
    pub(super) fn builtin(&mut self, command: &Command, arguments: &[String]) {
        match command.name.as_str() {
            "set" => self.set_variable(command, arguments),
            "unset" => self.unset(arguments),
            "option" => self.option(arguments),
            "list" => self.list(arguments),
            "string" => self.string(arguments),
            "math" => self.math(arguments),
            "file" => self.file(command, arguments),
            "get_filename_component" => self.filename_component(arguments),
            "cmake_path" => self.cmake_path(arguments),
            "cmake_parse_arguments" => self.parse_arguments(arguments),
            "project" => self.set_project(arguments),
            "include" => self.include(command, arguments),
            "add_subdirectory" => self.add_subdirectory(command, arguments),
            "find_package" => self.found(arguments),
            "add_executable"
            | "qt_add_executable"
            | "qt6_add_executable"
            | "add_library"
            | "qt_add_library"
            | "qt6_add_library"
            | "qt_add_plugin"
            | "qt6_add_plugin"
            | "add_custom_target"
            | "ecm_add_executable"
            | "kcoreaddons_add_plugin" => self.add_target(arguments),
            "target_sources" => self.add_sources(arguments),
            "set_source_files_properties" => self.set_source_properties(arguments),
            "set_property" => self.set_property(arguments),
            "set_target_properties" => self.set_target_properties(arguments),
            "get_target_property"
            | "get_source_file_property"
            | "get_property"
            | "get_directory_property" => self.get_property(&command.name, arguments),
            "qt_policy" | "qt6_policy" => self.set_policy(arguments),
            "qt_standard_project_setup" | "qt6_standard_project_setup" => {
                self.require_version(arguments);
            }
            "qt_add_qml_module" | "qt6_add_qml_module" => self.add_qml_module(command, arguments),
            "ecm_add_qml_module" => self.add_kde_module(command, arguments),
            "qt_target_qml_sources" | "qt6_target_qml_sources" => {
                self.add_qml_sources(command, arguments);
            }
            "ecm_target_qml_sources" => self.add_kde_sources(command, arguments),
            "qt_add_resources" | "qt6_add_resources" => self.add_resources(command, arguments),
            "execute_process" => {
                self.lose_after(arguments, &["OUTPUT_VARIABLE", "RESULT_VARIABLE"])
            }
            "find_program"
            | "find_path"
            | "find_library"
            | "find_file"
            | "try_compile"
            | "check_cxx_compiler_flag" => self.lose(arguments.first()),
            _ => {}
        }
    }

    /// Marks a variable as one whose value is not known here.
    pub(super) fn lose(&mut self, name: Option<&String>) {
        if let Some(name) = name {
            self.project.set(name, format!("${{{name}}}"));
        }
    }

    fn lose_after(&mut self, arguments: &[String], keywords: &[&str]) {
        for pair in arguments.windows(2) {
            if let [keyword, name] = pair
                && keywords.contains(&keyword.as_str())
            {
                self.lose(Some(name));
            }
        }
    }

    fn set_variable(&mut self, command: &Command, arguments: &[String]) {
        let Some((name, values)) = arguments.split_first() else {
            return;
        };
        if name.starts_with("ENV{") {
            return;
        }
        if let Some(at) = values.iter().position(|value| value == "CACHE") {
            let is_given = self.project.variable(name).is_some();
            if !is_given && let Some(values) = values.get(..at) {
                self.project.cache.insert(name.clone(), join(values));
            }
            return;
        }
        // A quoted empty value is one, too.
        let is_unset = values.is_empty() && command.arguments.len() == 1;
        match values.split_last() {
            Some((last, values)) if last == "PARENT_SCOPE" => {
                let value = (!values.is_empty()).then(|| join(values));
                let outer = self.project.scopes.iter_mut().rev().nth(1);
                if let Some(outer) = outer {
                    outer.insert(name.clone(), value);
                }
            }
            _ if is_unset => self.unset(arguments),
            _ => self.project.set(name, join(values)),
        }
    }

    fn unset(&mut self, arguments: &[String]) {
        let (Some(name), Some(scope)) = (arguments.first(), self.project.scopes.last_mut()) else {
            return;
        };
        scope.insert(name.clone(), None);
    }

    fn option(&mut self, arguments: &[String]) {
        if let Some(name) = arguments.first()
            && self.project.variable(name).is_none()
        {
            let value = arguments.get(2).map_or("OFF", String::as_str);
            self.project.cache.insert(name.clone(), value.to_owned());
        }
    }

    fn list(&mut self, arguments: &[String]) {
        let [action, name, rest @ ..] = arguments else {
            return;
        };
        let work = Rc::clone(&self.project.work);
        let mut list = items(self.project.get(name).unwrap_or_default());
        let index = |text: &String, length: usize| -> Option<usize> {
            let at: i64 = text.parse().ok()?;
            let length = i64::try_from(length).ok()?;
            usize::try_from(if at < 0 { at + length } else { at }).ok()
        };
        match (action.as_str(), rest) {
            ("APPEND", values) => list.extend_from_slice(values),
            ("PREPEND", values) => drop(list.splice(0..0, values.iter().cloned())),
            ("INSERT", [at, values @ ..]) => {
                if let Some(at) = index(at, list.len()).filter(|at| *at <= list.len()) {
                    list.splice(at..at, values.iter().cloned());
                }
            }
            ("REMOVE_ITEM", values) => {
                let values: HashSet<_> = values.iter().collect();
                list.retain(|item| !values.contains(item));
            }
            ("REMOVE_AT", places) => {
                let length = list.len();
                let places: HashSet<_> = places.iter().filter_map(|at| index(at, length)).collect();
                let mut at = 0;
                list.retain(|_| {
                    at += 1;
                    !places.contains(&(at - 1))
                });
            }
            ("REMOVE_DUPLICATES", _) => {
                let mut seen = HashSet::new();
                list.retain(|item| seen.insert(item.clone()));
            }
            ("REVERSE", _) => list.reverse(),
            ("SORT", _) => list.sort(),
            ("POP_BACK", out) => {
                let last = list.pop().unwrap_or_default();
                if let Some(out) = out.first() {
                    self.project.set(out, last);
                }
            }
            ("POP_FRONT", out) => {
                let first = list.drain(..list.len().min(1)).next().unwrap_or_default();
                if let Some(out) = out.first() {
                    self.project.set(out, first);
                }
            }
            ("FILTER", [mode, regex, pattern]) if regex == "REGEX" => {
                let may_search = list.iter().all(|item| work.takes_search(item));
                match work.pattern(pattern).filter(|_| may_search) {
                    Some(pattern) => {
                        list.retain(|item| pattern.is_match(item) == (mode == "INCLUDE"));
                    }
                    None => return self.lose(Some(name)),
                }
            }
            ("TRANSFORM", [how, with, ..]) if matches!(how.as_str(), "PREPEND" | "APPEND") => {
                if !work.takes(with.len().saturating_mul(list.len())) {
                    return self.lose(Some(name));
                }
                for item in &mut list {
                    let at = if how == "PREPEND" { 0 } else { item.len() };
                    item.insert_str(at, with);
                }
            }
            ("TRANSFORM", [how, pattern, with, ..]) if how == "REPLACE" => {
                let pattern = work.pattern(pattern);
                let replace = |item: &String| replace_all(&work, pattern.as_ref()?, with, item);
                match list.iter().map(replace).collect() {
                    Some(replaced) => list = replaced,
                    None => return self.lose(Some(name)),
                }
            }
            ("TRANSFORM" | "FILTER", _) => return self.lose(Some(name)),
            ("LENGTH", [out]) => return self.project.set(out, list.len().to_string()),
            ("JOIN", [glue, out]) => {
                return match work.joined(&list, glue) {
                    Some(joined) => self.project.set(out, joined),
                    None => self.lose(Some(out)),
                };
            }
            ("FIND", [value, out]) => {
                let at = list.iter().position(|item| item == value);
                let at = at.map_or("-1".to_owned(), |at| at.to_string());
                return self.project.set(out, at);
            }
            ("GET", [places @ .., out]) => {
                let length = list.len();
                let at = |place| index(place, length).and_then(|at| list.get(at));
                let found: Vec<_> = places.iter().filter_map(at).cloned().collect();
                return self.project.set(out, join(&found));
            }
            ("SUBLIST", [begin, length, out]) => {
                let begin = index(begin, list.len()).unwrap_or(0);
                let length = length.parse().unwrap_or(usize::MAX);
                let part: Vec<_> = list.into_iter().skip(begin).take(length).collect();
                return self.project.set(out, join(&part));
            }
            _ => return,
        }
        self.project.set(name, join(&list));
    }

    fn parse_arguments(&mut self, arguments: &[String]) {
        let parts = match arguments {
            [mode, from, rest @ ..] if mode == "PARSE_ARGV" => {
                let all = items(self.project.get("ARGV").unwrap_or_default());
                let from = from.parse().unwrap_or(0);
                (rest, Some(all.into_iter().skip(from).collect::<Vec<_>>()))
            }
            rest => (rest, None),
        };
        let ([prefix, options, single, multi, rest @ ..], given) = parts else {
            return;
        };
        let (options, single, multi) = (items(options), items(single), items(multi));
        let given = given.unwrap_or_else(|| rest.to_vec());
        let parsed = Keywords::parse(&given, &options, &single, &multi);
        for option in &options {
            let value = if parsed.has(option) { "TRUE" } else { "FALSE" };
            self.project
                .set(&format!("{prefix}_{option}"), value.into());
        }
        let values = single
            .iter()
            .map(|keyword| (keyword, parsed.one(keyword).map(str::to_owned)));
        let lists = multi.iter().map(|keyword| {
            let values = parsed.multi.get(keyword);
            (keyword, values.map(|values| join(values)))
        });
        let values: Vec<_> = values.chain(lists).collect();
        for (keyword, value) in values {
            let name = format!("{prefix}_{keyword}");
            match value {
                Some(value) => self.project.set(&name, value),
                None => self.unset(&[name]),
            }
        }
        let name = format!("{prefix}_UNPARSED_ARGUMENTS");
        match parsed.rest.is_empty() {
            true => self.unset(&[name]),
            false => self.project.set(&name, join(&parsed.rest)),
        }
    }

    fn set_project(&mut self, arguments: &[String]) {
        let Some(name) = arguments.first() else {
            return;
        };
        let (dir, build) = (
            self.project.dir.clone(),
            self.project
                .variable("CMAKE_CURRENT_BINARY_DIR")
                .unwrap_or_default()
                .to_owned(),
        );
        let is_top = self.project.scopes.len() == 1;
        let version = arguments.iter().position(|word| word == "VERSION");
        let version = version.and_then(|at| arguments.get(at + 1));
        let version = version.cloned().unwrap_or_default();
        let parts: Vec<&str> = version.split('.').collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default().to_owned();
        for (variable, value) in [
            ("NAME", name.clone()),
            ("SOURCE_DIR", dir),
            ("BINARY_DIR", build),
            ("VERSION_MAJOR", part(0)),
            ("VERSION_MINOR", part(1)),
            ("VERSION_PATCH", part(2)),
            ("VERSION", version.clone()),
        ] {
            if is_top {
                self.project
                    .set(&format!("CMAKE_PROJECT_{variable}"), value.clone());
            }
            self.project
                .set(&format!("{name}_{variable}"), value.clone());
            self.project.set(&format!("PROJECT_{variable}"), value);
        }
    }

    /// `find_package`: whatever a project needs is taken to be there.
    fn found(&mut self, arguments: &[String]) {
        if let Some(name) = arguments.first() {
            self.project.set(&format!("{name}_FOUND"), "1".into());
        }
    }
}
