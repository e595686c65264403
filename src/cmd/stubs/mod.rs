//! `qmlserve stubs`: a first version of the documents that stand in for what only a program's C++
//! or Python gives. Writes new files only; what is there is kept.

mod sources;

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::config::Config;
use crate::path::TreePath;
use crate::project::native::{self, ModuleName};
use crate::project::stubs::{self, Documents, Stubs, Survey};
use crate::project::{Finding, Place};
use crate::tree::root::Root;
use sources::Sources;

/// The names that the program gives to documents, beside the tree's documents.
const CONTEXT: &str = "context.json";

/// What `stubs` takes.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub(super) struct StubsArgs {
    /// The folder with the sources, of documents and of the program [default: www if there is one,
    /// else the current directory]
    #[arg(value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,

    /// The folder to write to, below DIR
    #[arg(long, value_name = "DIR", default_value = "stubs")]
    out: PathBuf,

    /// Print the documents, and write nothing
    #[arg(long)]
    print: bool,

    /// The module of types that no build file and no registration assigns to one
    #[arg(long, value_name = "URI")]
    module: Option<String>,
}

/// Writes the stand-ins, and tells which, and what they lack.
///
/// # Errors
/// The folder cannot be read, or a file cannot be written; the message says what to do.
pub(super) fn run(config: &Config, args: &StubsArgs) -> anyhow::Result<()> {
    let patterns: Vec<_> = config
        .ignore
        .value
        .iter()
        .map(ToString::to_string)
        .collect();
    let root = Root::open(&config.dir.value, &patterns, &[])?;
    let out = root.real().join(&args.out);
    let sources = Sources::of(&root, root.path_of(&out).as_ref());
    let (written, context) = written(&sources, args.module.as_deref());
    let mut lines = io::stdout().lock();
    let mut files: Vec<(PathBuf, &str)> = Vec::new();
    for stub in &written.files {
        files.push((out.join(stub.path.as_str()), &stub.text));
    }
    if let Some(text) = &context {
        files.push((root.real().join(CONTEXT), text));
    }
    for (path, text) in &files {
        let shown = path.strip_prefix(root.real()).unwrap_or(path).display();
        if args.print {
            writeln!(lines, "==> {shown} <==\n{text}")?;
        } else if create(path, text)? {
            writeln!(lines, "wrote {shown}")?;
        } else {
            writeln!(lines, "kept {shown}, which is there{}", lacking(path, text))?;
        }
    }
    lines.flush()?;
    report(&sources, &written)?;
    if files.is_empty() {
        writeln!(
            io::stderr(),
            "there is nothing to stand in for: no type of C++ or Python is declared in {}, nor used by its documents",
            root.given().display()
        )?;
    } else if !args.print && !is_used(config, &root, &out) {
        writeln!(
            io::stderr(),
            "serve with --stubs {} to use them",
            args.out.display()
        )?;
    }
    Ok(())
}

/// Whether the server takes stand-ins from there.
fn is_used(config: &Config, root: &Root, out: &Path) -> bool {
    let out = root.path_of(out);
    out.is_some_and(|out| config.stubs.value.contains(&out))
}

/// What is to be written: the stand-ins, and the names that the program gives.
fn written(sources: &Sources, module: Option<&str>) -> (Stubs, Option<String>) {
    let named = module.map(|uri| ModuleName {
        uri: uri.to_owned(),
        major: 1,
    });
    let module_of = |path: &TreePath| sources.module_of(path).or_else(|| named.clone());
    let natives = native::assemble(&sources.sheets, &module_of);
    let modules = sources.modules();
    let own_module = |path: &TreePath| sources.module_of(path).map(|name| name.uri);
    let documents = Documents {
        texts: &sources.documents,
        modules: &modules,
        own_module: &own_module,
    };
    let survey = Survey::of(&documents, &natives);
    let mut written = stubs::write(&natives, &survey);
    written.findings.extend(natives.findings);
    written
        .findings
        .extend(survey.unreadable.iter().map(unreadable));
    let context = written.context(&sources.context, &survey);
    (written, context)
}

fn unreadable(path: &TreePath) -> Finding {
    Finding {
        place: Place {
            path: path.clone(),
            line: 0,
        },
        message: "it does not parse: what it uses is not known".to_owned(),
    }
}

/// Writes a file that is not there yet; whether it was not.
fn create(path: &Path, text: &str) -> anyhow::Result<bool> {
    let shown = || format!("{} cannot be written", path.display());
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(shown)?;
    }
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        opened => opened.with_context(shown)?,
    };
    file.write_all(text.as_bytes()).with_context(shown)?;
    Ok(true)
}

/// The types that a qmldir does not have which is kept.
fn lacking(path: &Path, text: &str) -> String {
    let is_qmldir = path
        .file_name()
        .is_some_and(|name| name == crate::path::QMLDIR);
    let Some(there) = fs::read_to_string(path).ok().filter(|_| is_qmldir) else {
        return String::new();
    };
    let is_type = |line: &&str| line.ends_with(".qml");
    let lines = text.lines().filter(is_type);
    let lines: Vec<_> = lines
        .filter(|line| !there.lines().any(|own| own.trim() == *line))
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("; it has no line {}", lines.join(", nor "))
}

fn report(sources: &Sources, written: &Stubs) -> io::Result<()> {
    let mut findings: Vec<&Finding> = sources.findings.iter().chain(&written.findings).collect();
    findings.sort();
    findings.dedup();
    let mut out = io::stderr().lock();
    for finding in findings {
        let place = &finding.place;
        match place.line {
            0 => writeln!(out, "warning: {}: {}", place.path, finding.message)?,
            line => writeln!(out, "warning: {}:{line}: {}", place.path, finding.message)?,
        }
    }
    Ok(())
}
