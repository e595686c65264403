//! What one CMake file says: its commands with their arguments, put into blocks.
//!
//! The grammar is tree-sitter-cmake. Only the commands are taken from its tree, in the order of
//! the source; blocks are paired here, so that a mistake in one does not hide the commands around
//! it. Nothing is evaluated.

use std::collections::BTreeSet;

use tree_sitter::Node;

use crate::project::syntax::{self, line};

/// Blocks nested deeper than this are nobody's, and would cost stack.
const DEEPEST: usize = 100;
/// Errors of one file that are told.
const MOST_ERRORS: usize = 20;

/// A parsed CMake file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::project) struct Script {
    /// Its commands.
    pub(super) body: Vec<Statement>,
    /// The variables that some command of it may set, as far as their names stand there.
    pub(super) assigned: BTreeSet<String>,
    /// Whether it begins a project of its own.
    pub(super) is_project: bool,
    /// Lines that are not CMake, and why.
    pub(super) errors: Vec<(u32, &'static str)>,
}

/// A command, or a block of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// Any command that is no block.
    Command(Command),
    /// `if`, `elseif` and `else`, each with what follows it.
    If(Vec<(Command, Vec<Statement>)>),
    /// `foreach` or `while`.
    Loop(Command, Vec<Statement>),
    /// `function` or `macro`.
    Define(std::sync::Arc<Definition>),
}

/// A function or macro of the project's own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Definition {
    /// `function(name parameters…)`
    pub(super) head: Command,
    /// What it does.
    pub(super) body: Vec<Statement>,
}

/// `name(arguments…)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// In lower case: names of commands have no case.
    pub(super) name: String,
    pub(super) arguments: Vec<Argument>,
    /// The line, from 1.
    pub(super) line: u32,
}

/// One argument as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument {
    /// The text without its quotes or brackets.
    pub(super) text: String,
    pub(super) kind: Kind,
    /// The line, from 1.
    pub(super) line: u32,
}

/// How an argument is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `a;${B}`: variables and lists are resolved.
    Bare,
    /// `"a ${B}"`: variables are resolved, it stays one.
    Quoted,
    /// `[[a]]`: stays as it is.
    Bracket,
}

/// Parses a CMake file.
pub(in crate::project) fn parse(text: &str) -> Option<Script> {
    let tree = syntax::parse(tree_sitter_cmake::LANGUAGE, text)?;
    let mut script = Script::default();
    let mut flat = Vec::new();
    syntax::walk(tree.root_node(), |node| {
        if node.is_error() || node.is_missing() {
            script.errors.push((line(node), "this is not CMake"));
        }
        let command = command(node, text);
        let is_command = command.is_some();
        flat.extend(command);
        !is_command
    });
    script.errors.truncate(MOST_ERRORS);
    script.is_project = flat.iter().any(|command| command.name == "project");
    script.assigned = flat.iter().filter_map(assigned).collect();
    script.body = Blocks::pair(flat, &mut script.errors);
    script.errors.truncate(MOST_ERRORS);
    Some(script)
}

/// The variable that a command sets, where its name stands in the command.
fn assigned(command: &Command) -> Option<String> {
    let at = match command.name.as_str() {
        "set" | "option" | "foreach" | "get_filename_component" => 0,
        "list" | "file" | "math" => 1,
        // Its results lie in various places; what else is there harms nobody.
        "string" => command.arguments.len().checked_sub(1)?,
        _ => return None,
    };
    let name = &command.arguments.get(at)?.text;
    (!name.contains('$')).then(|| name.clone())
}

/// The command that `node` is, if it is one.
fn command(node: Node<'_>, text: &str) -> Option<Command> {
    if !node.kind().ends_with("_command") {
        return None;
    }
    let name = text.get(node.child(0)?.byte_range())?;
    let mut arguments = Vec::new();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        match child.kind() {
            "argument_list" => collect(child, text, &mut arguments),
            "argument" => arguments.extend(argument(child, text)),
            _ => {}
        }
    }
    Some(Command {
        name: name.to_ascii_lowercase(),
        arguments,
        line: line(node),
    })
}

fn collect(list: Node<'_>, text: &str, arguments: &mut Vec<Argument>) {
    let mut cursor = list.walk();
    for child in list.children(&mut cursor) {
        match child.kind() {
            "argument" => arguments.extend(argument(child, text)),
            paren @ ("(" | ")") => arguments.push(Argument {
                text: paren.to_owned(),
                kind: Kind::Bare,
                line: line(child),
            }),
            _ => {}
        }
    }
}

fn argument(node: Node<'_>, text: &str) -> Option<Argument> {
    let inner = node.child(0)?;
    let whole = text.get(inner.byte_range())?;
    let (kind, text) = match inner.kind() {
        "quoted_argument" => (Kind::Quoted, whole.strip_prefix('"')?.strip_suffix('"')?),
        "bracket_argument" => (Kind::Bracket, bracketed(whole)?),
        _ => (Kind::Bare, whole),
    };
    Some(Argument {
        text: text.to_owned(),
        kind,
        line: line(node),
    })
}

/// The inside of `[==[text]==]`; a line end right after the opening does not count.
fn bracketed(whole: &str) -> Option<&str> {
    let fence = whole.strip_prefix('[')?.find('[')? + 2;
    let inner = whole.get(fence..whole.len().checked_sub(fence)?)?;
    Some(inner.strip_prefix('\n').unwrap_or(inner))
}

/// Pairs the beginnings and the ends of blocks.
struct Blocks {
    /// What is open, outermost first, each with what it has so far.
    open: Vec<(Block, Vec<Statement>)>,
}

enum Block {
    File,
    If(Vec<(Command, Vec<Statement>)>, Command),
    Loop(Command),
    Define(Command),
}

impl Blocks {
    fn pair(commands: Vec<Command>, errors: &mut Vec<(u32, &'static str)>) -> Vec<Statement> {
        let mut blocks = Self {
            open: vec![(Block::File, Vec::new())],
        };
        for command in commands {
            if let Err(error) = blocks.add(command) {
                errors.push(error);
                break;
            }
        }
        while blocks.open.len() > 1 {
            let open = blocks.open.last().map(|(block, _)| block.line());
            errors.push((open.unwrap_or(0), "this block is never closed"));
            blocks.close();
        }
        blocks.open.pop().map(|(_, body)| body).unwrap_or_default()
    }

    fn add(&mut self, command: Command) -> Result<(), (u32, &'static str)> {
        let line = command.line;
        let misplaced = Err((line, "this closes no block"));
        match command.name.as_str() {
            "if" | "foreach" | "while" | "function" | "macro" if self.open.len() > DEEPEST => {
                return Err((
                    line,
                    "blocks are nested too deep here; the rest is not read",
                ));
            }
            "if" => self.start(Block::If(Vec::new(), command)),
            "foreach" | "while" => self.start(Block::Loop(command)),
            "function" | "macro" => self.start(Block::Define(command)),
            "elseif" | "else" => {
                let Some((Block::If(branches, head), body)) = self.open.last_mut() else {
                    return misplaced;
                };
                let head = std::mem::replace(head, command);
                branches.push((head, std::mem::take(body)));
            }
            "endif" | "endforeach" | "endwhile" | "endfunction" | "endmacro" => {
                let fits = self
                    .open
                    .last()
                    .is_some_and(|(block, _)| block.ends_with(&command.name));
                if !fits {
                    return misplaced;
                }
                self.close();
            }
            // A scope of variables, which `PROPAGATE` and habit make leaky anyway.
            "block" | "endblock" => {}
            _ => self.push(Statement::Command(command)),
        }
        Ok(())
    }

    fn start(&mut self, block: Block) {
        self.open.push((block, Vec::new()));
    }

    fn push(&mut self, statement: Statement) {
        if let Some((_, body)) = self.open.last_mut() {
            body.push(statement);
        }
    }

    fn close(&mut self) {
        let Some((block, body)) = self.open.pop() else {
            return;
        };
        match block {
            Block::File => {}
            Block::If(mut branches, head) => {
                branches.push((head, body));
                self.push(Statement::If(branches));
            }
            Block::Loop(head) => self.push(Statement::Loop(head, body)),
            Block::Define(head) => {
                self.push(Statement::Define(Definition { head, body }.into()));
            }
        }
    }
}

impl Block {
    fn ends_with(&self, name: &str) -> bool {
        match self {
            Self::File => false,
            Self::If(..) => name == "endif",
            Self::Loop(head) | Self::Define(head) => name.strip_prefix("end") == Some(&head.name),
        }
    }

    fn line(&self) -> u32 {
        match self {
            Self::File => 0,
            Self::If(_, head) | Self::Loop(head) | Self::Define(head) => head.line,
        }
    }
}
