//! One parsed document: what a QML file or a script imports, declares and refers to.
//!
//! QML is parsed by tree-sitter-qmljs, a port of Qt's own grammar. It accepts a little more
//! than the engine (TypeScript, for one) and refuses very little that the engine takes; the
//! table in this module's tests says what. Since a document may nevertheless be judged wrong
//! here and right in a client, a mistake in the body does not spoil the imports: the header,
//! everything before the first brace, is then parsed by itself, and only
//! [`Document::header_error`] keeps a document from being rewritten.
//!
//! Scripts: the directives `.import` and `.pragma` are read from the top of the file the way
//! the engine does it, and the `import`, `export … from` and `import("…")` of ES modules from
//! the syntax tree, if there is no error in it.
//!
//! A document has a bound of work (`Syntax`): beyond that only its header is read, and it may refer
//! to anything.
//!
//! Not understood: an import that goes over several lines, which counts as an error of the
//! header; a second semicolon after a property, and `await` as a name, as errors of the body;
//! an `import()` whose argument is not one string literal. `.import` and `.pragma` mean
//! nothing in an `.mjs` file, where the engine does not look for them either.

pub(crate) mod attached;
mod header;
pub mod mistake;
pub mod objects;
pub mod pictures;
pub mod references;
pub mod resources;
mod script;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(crate) use crate::path::Language;
use attached::Attached;
use objects::Made;
use pictures::Picture;
use references::References;
use resources::ResourceName;

/// What one document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The language that it was parsed as.
    pub language: Language,
    /// Its imports, in the order of the source.
    pub imports: Vec<Import>,
    /// Whether it has `pragma Singleton`.
    pub singleton: bool,
    /// Whether it has `.pragma library`: a script that does not see its importer's scope.
    pub library: bool,
    /// The names and strings in it that may lead to files.
    pub references: References,
    /// The pictures and fonts that it names by literals.
    pub pictures: Vec<Picture>,
    /// Whether it declares enumerations, by which others may name it without an object of it.
    pub enumerations: bool,
    /// The types that it makes objects of; none where it does not parse.
    pub made: Vec<Made>,
    /// What it binds to attached properties.
    pub attached: Vec<Attached>,
    /// The names in it of what programs have compiled in.
    pub resources: Vec<ResourceName>,
    /// The first place that the grammar refuses. The engine may see it otherwise.
    pub syntax_error: Option<SyntaxError>,
    /// Whether the imports cannot be trusted, so that the document must not be rewritten.
    pub header_error: bool,
}

/// Where a document goes wrong: at the mistake, or at the statement that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

/// One import of a document or script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What is imported.
    pub target: ImportTarget,
    /// The version as it is written: `2`, `2.15`.
    pub version: Option<String>,
    /// Where the version stands in a QML document, in bytes.
    pub version_span: Option<Range<usize>>,
    /// The name after `as`.
    pub qualifier: Option<String>,
    /// Where the target stands in the source, in bytes, quotes included.
    pub span: Range<usize>,
    /// The line of the target, from 1.
    pub line: u32,
}

/// What an import names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportTarget {
    /// A dotted module: `QtQuick.Controls`.
    Module(String),
    /// A string, as the engine reads it: a directory or a script, relative, absolute or a URL.
    File(String),
}

/// Parses one document. Never fails: what cannot be read is left out and marked.
pub fn parse(language: Language, source: &str) -> Document {
    match language {
        Language::Qml => header::parse(source),
        Language::Js | Language::Mjs => script::parse(language, source),
    }
}

impl Document {
    fn empty(language: Language) -> Self {
        Self {
            language,
            imports: Vec::new(),
            singleton: false,
            library: false,
            references: References::default(),
            pictures: Vec::new(),
            enumerations: false,
            made: Vec::new(),
            attached: Vec::new(),
            resources: Vec::new(),
            syntax_error: None,
            header_error: false,
        }
    }
}

impl Import {
    /// One of a module that stands in no document: a `qmldir` has it.
    pub fn of_module(uri: &str, version: Option<&str>) -> Self {
        Self {
            target: ImportTarget::Module(uri.to_owned()),
            version: version
                .filter(|version| *version != "auto")
                .map(str::to_owned),
            version_span: None,
            qualifier: None,
            span: 0..0,
            line: 0,
        }
    }
}

impl SyntaxError {
    fn at(source: &str, offset: usize) -> Self {
        let before = source
            .get(..offset)
            .unwrap_or(source)
            .trim_start_matches('\u{feff}');
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: line_of(source, offset),
            column: saturating_u32(before[line_start..].chars().count() + 1),
        }
    }
}

/// The line, from 1, that the byte at `offset` is on.
fn line_of(source: &str, offset: usize) -> u32 {
    let before = source.as_bytes().get(..offset).unwrap_or_default();
    saturating_u32(before.iter().filter(|byte| **byte == b'\n').count() + 1)
}

fn saturating_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
