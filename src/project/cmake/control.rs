//! Blocks and calls: conditions, loops, functions and macros.

use std::collections::HashMap;
use std::sync::Arc;

use super::condition::{self, Facts, Word};
use super::evaluator::Evaluator;
use super::script::{Command, Definition, Kind, Statement};
use super::value::{absolute, in_tree, items};

/// Rounds of one loop.
const MOST_ROUNDS: usize = 10_000;

/// Where the evaluation goes after a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return`
    Return,
}

impl Evaluator<'_> {
    /// Evaluates the statements in order.
    pub(super) fn run(&mut self, body: &[Statement]) -> Flow {
        for statement in body {
            let flow = match statement {
                Statement::Command(command) => self.run_command(command),
                Statement::If(branches) => self.run_if(branches),
                Statement::Loop(head, body) => self.run_loop(head, body),
                Statement::Define(definition) => self.define(definition),
            };
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    fn run_command(&mut self, command: &Command) -> Flow {
        if !self.step(command) {
            return Flow::Return;
        }
        let leaves = match command.name.as_str() {
            "break" => Flow::Break,
            "continue" => Flow::Continue,
            "return" => Flow::Return,
            _ => Flow::Next,
        };
        if leaves != Flow::Next {
            // Whether it is reached is not known.
            return if self.project.unknown > 0 {
                Flow::Next
            } else {
                leaves
            };
        }
        let arguments = self.expand(&command.arguments);
        match self.project.definitions.get(&command.name).cloned() {
            Some(definition) => self.call(command, &definition, arguments),
            None => self.builtin(command, &arguments),
        }
        Flow::Next
    }

    fn run_if(&mut self, branches: &[(Command, Vec<Statement>)]) -> Flow {
        let mut possible = Vec::new();
        for (head, body) in branches {
            if !self.step(head) {
                return Flow::Return;
            }
            let holds = match head.name.as_str() {
                "else" => Some(true),
                _ => self.holds(head),
            };
            match holds {
                Some(false) => {}
                Some(true) if possible.is_empty() => return self.run(body),
                Some(true) => {
                    possible.push((head, body));
                    break;
                }
                None => possible.push((head, body)),
            }
        }
        // The first one last, so that its values stay.
        for (head, body) in possible.into_iter().rev() {
            let before = self.out.modules.len();
            self.project.unknown += 1;
            self.run(body);
            self.project.unknown -= 1;
            if self.out.modules.len() > before && head.name != "else" {
                let place = self.place(head);
                self.tell(
                    place,
                    "whether this condition holds is not known here; what it encloses is taken"
                        .into(),
                );
            }
        }
        Flow::Next
    }

    fn holds(&self, head: &Command) -> Option<bool> {
        let mut words = Vec::new();
        for argument in &head.arguments {
            let text = self.expand_one(argument);
            if argument.kind == Kind::Bare {
                let parts = items(&text).into_iter();
                words.extend(parts.map(|text| Word {
                    text,
                    quoted: false,
                }));
            } else {
                words.push(Word { text, quoted: true });
            }
        }
        condition::holds(&words, self)
    }

    fn run_loop(&mut self, head: &Command, body: &[Statement]) -> Flow {
        if head.name == "while" {
            return self.run_while(head, body);
        }
        let Some((names, rounds)) = self.rounds(head) else {
            return Flow::Next;
        };
        let outer: Vec<_> = names
            .iter()
            .map(|name| self.project.variable(name).map(str::to_owned))
            .collect();
        let mut flow = Flow::Next;
        for round in rounds.into_iter().take(MOST_ROUNDS) {
            if !self.step(head) {
                return Flow::Return;
            }
            for (name, value) in names.iter().zip(round) {
                self.project.set(name, value);
            }
            flow = self.run(body);
            if matches!(flow, Flow::Break | Flow::Return) {
                break;
            }
        }
        for (name, value) in names.iter().zip(outer) {
            if let Some(scope) = self.project.scopes.last_mut() {
                scope.insert(name.clone(), value);
            }
        }
        if flow == Flow::Return {
            flow
        } else {
            Flow::Next
        }
    }

    /// The variables of a `foreach`, and their values in each round.
    fn rounds(&mut self, head: &Command) -> Option<(Vec<String>, Vec<Vec<String>>)> {
        let words = self.expand(&head.arguments);
        let keyword = |word: &str| words.iter().position(|known| known == word);
        let one = |values: Vec<String>| -> Vec<Vec<String>> {
            values.into_iter().map(|value| vec![value]).collect()
        };
        let first = words.first()?.clone();
        if keyword("RANGE") == Some(1) {
            let numbers: Option<Vec<i64>> =
                words.iter().skip(2).map(|word| word.parse().ok()).collect();
            let (from, to, step) = match *numbers?.as_slice() {
                [to] => (0, to, 1),
                [from, to] => (from, to, 1),
                [from, to, step] => (from, to, step),
                _ => return None,
            };
            let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
            let values = (from..=to).step_by(step).take(MOST_ROUNDS);
            return Some((vec![first], one(values.map(|n| n.to_string()).collect())));
        }
        let list = |name: &String| items(self.project.get(name).unwrap_or_default());
        let Some(at) = keyword("IN") else {
            let values = words.into_iter().skip(1).collect();
            return Some((vec![first], one(values)));
        };
        if words.get(at + 1).map(String::as_str) == Some("ZIP_LISTS") {
            let lists: Vec<Vec<String>> = words.get(at + 2..)?.iter().map(list).collect();
            let names = match words.get(..at)? {
                [name] => (0..lists.len()).map(|n| format!("{name}_{n}")).collect(),
                names => names.to_vec(),
            };
            let longest = lists.iter().map(Vec::len).max()?;
            let round = |at: usize| -> Vec<String> {
                let value = |list: &Vec<String>| list.get(at).cloned().unwrap_or_default();
                lists.iter().map(value).collect()
            };
            return Some((names, (0..longest).map(round).collect()));
        }
        let mut values = Vec::new();
        let mut is_list = false;
        for word in words.get(at + 1..)? {
            match word.as_str() {
                "LISTS" => is_list = true,
                "ITEMS" => is_list = false,
                _ if is_list => values.extend(list(word)),
                _ => values.push(word.clone()),
            }
        }
        Some((vec![first], one(values)))
    }

    fn run_while(&mut self, head: &Command, body: &[Statement]) -> Flow {
        for _ in 0..MOST_ROUNDS {
            if !self.step(head) {
                return Flow::Return;
            }
            match self.holds(head) {
                Some(true) => {}
                Some(false) => return Flow::Next,
                None => {
                    self.project.unknown += 1;
                    self.run(body);
                    self.project.unknown -= 1;
                    return Flow::Next;
                }
            }
            match self.run(body) {
                Flow::Return => return Flow::Return,
                Flow::Break => return Flow::Next,
                Flow::Next | Flow::Continue => {}
            }
        }
        Flow::Next
    }

    fn define(&mut self, definition: &Arc<Definition>) -> Flow {
        if let Some(name) = definition.head.arguments.first() {
            let name = self.expand_one(name).to_ascii_lowercase();
            self.project
                .definitions
                .insert(name, Arc::clone(definition));
        }
        Flow::Next
    }

    fn call(&mut self, command: &Command, definition: &Definition, arguments: Vec<String>) {
        if !self.may_enter(command, None) {
            return;
        }
        let parameters = definition.head.arguments.iter().skip(1);
        let parameters: Vec<_> = parameters
            .map(|parameter| self.expand_one(parameter))
            .collect();
        let values = parameter_values(&parameters, &arguments);
        self.project.calls += 1;
        if definition.head.name == "macro" {
            self.project.macros.push(values);
            self.run(&definition.body);
            self.project.macros.pop();
        } else {
            let scope = values.into_iter().map(|(name, value)| (name, Some(value)));
            self.project.scopes.push(scope.collect());
            self.project.macros.push(HashMap::new());
            self.run(&definition.body);
            self.project.macros.pop();
            self.project.scopes.pop();
        }
        self.project.calls -= 1;
    }
}

/// What the parameters of a function or macro are in a call.
fn parameter_values(parameters: &[String], arguments: &[String]) -> HashMap<String, String> {
    let rest = arguments.get(parameters.len()..).unwrap_or_default();
    let mut values = HashMap::from([
        ("ARGC".to_owned(), arguments.len().to_string()),
        ("ARGV".to_owned(), join(arguments)),
        ("ARGN".to_owned(), join(rest)),
    ]);
    for (at, argument) in arguments.iter().enumerate() {
        values.insert(format!("ARGV{at}"), argument.clone());
    }
    for (name, argument) in parameters.iter().zip(arguments) {
        values.insert(name.clone(), argument.clone());
    }
    values
}

/// A list of these elements.
pub(super) fn join(values: &[String]) -> String {
    values.join(";")
}

impl Facts for Evaluator<'_> {
    fn variable(&self, name: &str) -> Result<Option<String>, ()> {
        match self.project.variable(name) {
            Some(value) => Ok(Some(value.to_owned())),
            None if self.may_come_from_outside(name) => Err(()),
            None => Ok(None),
        }
    }

    fn matches(&self, text: &str, pattern: &str) -> Option<bool> {
        let work = &self.project.work;
        let pattern = work.pattern(pattern)?;
        work.takes_search(text).then(|| pattern.is_match(text))
    }

    fn is_target(&self, name: &str) -> Option<bool> {
        self.project.targets.contains_key(name).then_some(true)
    }

    fn is_command(&self, name: &str) -> Option<bool> {
        let name = name.to_ascii_lowercase();
        let is_known = self.project.definitions.contains_key(&name)
            || name.starts_with("qt_")
            || name.starts_with("qt6_");
        is_known.then_some(true)
    }

    fn exists(&self, path: &str) -> Option<bool> {
        let path = in_tree(&absolute(&self.project.dir, path))?;
        Some(self.files.has_file(&path) || !self.files.files_in(&path, true).is_empty())
    }

    fn is_directory(&self, path: &str) -> Option<bool> {
        let path = in_tree(&absolute(&self.project.dir, path))?;
        Some(!self.files.files_in(&path, true).is_empty())
    }
}
