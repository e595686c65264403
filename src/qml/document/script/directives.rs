//! The directives at the top of a script: `.pragma library`, `.import "x.js" as X` and
//! `.import My.Module 1.0 as M`.
//!
//! They are no JavaScript. Like the engine's scanner: only comments and blank lines may stand
//! before them, each is on one line, and the first other token ends them. A directive that is
//! not well-formed, which the engine refuses too, marks the header as wrong.

use super::super::{Document, Import, ImportTarget, SyntaxError, line_of};
use crate::qml::literal;

/// Reads the directives into `document` and returns where they end.
pub(super) fn read(source: &str, document: &mut Document) -> usize {
    let mut scanner = Scanner { source, at: 0 };
    let mut end = 0;
    loop {
        scanner.skip_blank();
        let start = scanner.at;
        if !scanner.eat(".") {
            return end;
        }
        match scanner.directive() {
            Some(Directive::Library) => document.library = true,
            Some(Directive::Import(import)) => document.imports.push(import),
            None => {
                document.header_error = true;
                document.syntax_error = Some(SyntaxError::at(source, start));
                return end;
            }
        }
        end = scanner.at;
    }
}

enum Directive {
    Library,
    Import(Import),
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Skips white space, line breaks and comments.
    fn skip_blank(&mut self) {
        loop {
            let before = self.at;
            self.skip_while(|c| c.is_whitespace() || c == '\u{feff}');
            if self.rest().starts_with("//") {
                self.skip_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                let length = self
                    .rest()
                    .find("*/")
                    .map_or(self.rest().len(), |at| at + 2);
                self.at += length;
            }
            if self.at == before {
                return;
            }
        }
    }

    /// Skips white space and comments that do not leave the line.
    fn skip_in_line(&mut self) {
        loop {
            self.skip_while(|c| c.is_whitespace() && c != '\n');
            let Some(comment) = self.rest().strip_prefix("/*") else {
                return;
            };
            match comment.find("*/") {
                Some(length) if !comment[..length].contains('\n') => self.at += length + 4,
                _ => return,
            }
        }
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn word(&mut self) -> Option<&'a str> {
        self.skip_in_line();
        let word = self.skip_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
        (!word.is_empty()).then_some(word)
    }

    /// A directive, after its dot, up to the end of its line.
    fn directive(&mut self) -> Option<Directive> {
        let directive = match self.word()? {
            "pragma" => (self.word()? == "library").then_some(Directive::Library)?,
            "import" => Directive::Import(self.import()?),
            _ => return None,
        };
        self.ends_line().then_some(directive)
    }

    fn ends_line(&mut self) -> bool {
        self.skip_in_line();
        self.eat(";");
        self.skip_in_line();
        let rest = self.rest();
        rest.is_empty() || rest.starts_with(['\n', '\u{2028}']) || rest.starts_with("//")
    }

    fn import(&mut self) -> Option<Import> {
        self.skip_in_line();
        let start = self.at;
        let quote = self.rest().chars().next()?;
        let target = match quote {
            '"' | '\'' => ImportTarget::File(self.string(quote)?),
            _ => ImportTarget::Module(self.dotted()?),
        };
        let span = start..self.at;
        let version = match target {
            ImportTarget::File(_) => None,
            ImportTarget::Module(_) => self.version(),
        };
        if self.word()? != "as" {
            return None;
        }
        let qualifier = self.word()?.to_owned();
        Some(Import {
            target,
            version,
            version_span: None,
            qualifier: Some(qualifier),
            line: line_of(self.source, start),
            span,
        })
    }

    fn string(&mut self, quote: char) -> Option<String> {
        let rest = self.rest();
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            match c {
                '\n' => return None,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => {
                    self.at += at + 1;
                    return literal::value(&rest[..=at]);
                }
                _ => {}
            }
        }
        None
    }

    fn dotted(&mut self) -> Option<String> {
        let mut name = self.word()?.to_owned();
        while self.eat(".") {
            name.push('.');
            name.push_str(self.word()?);
        }
        Some(name)
    }

    fn version(&mut self) -> Option<String> {
        self.skip_in_line();
        let version = self.skip_while(|c| c.is_ascii_digit() || c == '.');
        (!version.is_empty()).then(|| version.to_owned())
    }
}
