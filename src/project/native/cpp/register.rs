//! `qmlRegisterType<T>("My.Module", 1, 0, "Name")` and its kin.

use super::super::{ModuleName, Registration, Sheet, without_scope};
use super::tokens::{Kind, Token, behind, string};
use crate::path::TreePath;
use crate::project::Place;

const CALL: &str = "qmlRegister";

/// Calls of one file that are looked at; each may have to look through the file.
const MOST: usize = 500;

/// Whether there may be a registration in a source.
pub(super) fn is_mentioned(source: &str) -> bool {
    source.contains(CALL)
}

/// Puts the registrations of a source into `sheet`.
pub(super) fn read(path: &TreePath, source: &str, tokens: &[Token], sheet: &mut Sheet) {
    let is_call = |(_, token): &(usize, &Token)| {
        token.kind == Kind::Word && token.text(source).starts_with(CALL)
    };
    let mut behind = 0;
    let mut line = 1;
    for (index, token) in tokens.iter().enumerate().filter(is_call).take(MOST) {
        let name = token.text(source);
        let call = Call {
            source,
            tokens,
            name,
        };
        let before = source.get(behind..token.start).unwrap_or_default();
        line += u32::try_from(before.matches('\n').count()).unwrap_or(0);
        behind = token.start;
        let place = Place {
            path: path.clone(),
            line,
        };
        match call.registration(index + 1, place) {
            Ok(registration) => sheet.registrations.extend(registration),
            Err(message) => sheet.finding(path, line, message),
        }
    }
}

struct Call<'a> {
    source: &'a str,
    tokens: &'a [Token],
    name: &'a str,
}

impl<'a> Call<'a> {
    fn text(&self, index: usize) -> &'a str {
        let token = self.tokens.get(index);
        token.map_or("", |token| token.text(self.source))
    }

    /// What the call registers; `None` for what is no type of C++.
    fn registration(&self, from: usize, place: Place) -> Result<Option<Registration>, String> {
        let mut open = from;
        let mut class = None;
        if self.text(open) == "<" {
            let end = (open..self.tokens.len()).find(|at| matches!(self.text(*at), ">" | ";"));
            let end = end.unwrap_or(self.tokens.len());
            let inside: String = (open + 1..end).map(|at| self.text(at)).collect();
            let first = inside.split(',').next().unwrap_or_default();
            class = Some(without_scope(first).to_owned());
            open = end + 1;
        }
        if self.text(open) != "(" {
            return Ok(None);
        }
        let args = self.args(open);
        let is_document = args
            .first()
            .is_some_and(|first| first.iter().any(|token| token.text(self.source) == "QUrl"));
        if is_document {
            return Ok(None);
        }
        let module = args.windows(3).enumerate().find_map(|(at, window)| {
            let [uri, major, minor] = window else {
                return None;
            };
            let major = self.number(major)?;
            self.number(minor)?;
            Some((at, uri, major))
        });
        let Some((at, uri, major)) = module else {
            return Ok(None);
        };
        let name = args.get(at + 3).and_then(|arg| self.string(arg));
        let uri = self.string(uri);
        let what = class.clone().or_else(|| name.clone()).unwrap_or_default();
        let (Some(uri), Some(name)) = (uri, name) else {
            return Err(format!(
                "the module or the name under which {what} is registered is not written here as a string; give it with --module, or write the stand-in by hand"
            ));
        };
        let class = class.or_else(|| self.class_of(&args, at));
        Ok(Some(Registration {
            class: class.unwrap_or_else(|| name.clone()),
            place,
            module: Some(ModuleName { uri, major }),
            name: Some(name),
            singleton: self.name.contains("Singleton"),
        }))
    }

    /// The arguments of the call whose parenthesis is at `open`.
    fn args(&self, open: usize) -> Vec<&'a [Token]> {
        let end = behind(self.tokens, self.source, open).saturating_sub(1);
        let mut args = Vec::new();
        let mut from = open + 1;
        let mut at = from;
        while at < end {
            at = match self.text(at) {
                "," => {
                    args.extend(self.tokens.get(from..at));
                    from = at + 1;
                    from
                }
                "(" | "[" | "{" => behind(self.tokens, self.source, at),
                _ => at + 1,
            };
        }
        args.extend(self.tokens.get(from..end.max(from)));
        args
    }

    fn number(&self, arg: &[Token]) -> Option<u32> {
        match arg {
            [token] if token.kind == Kind::Number => token.text(self.source).parse().ok(),
            // A name for the version: whichever, the stand-in has it.
            [token] if token.kind == Kind::Word => Some(1),
            _ => None,
        }
    }

    /// The value of a string, or of a name that stands for one in this file.
    fn string(&self, arg: &[Token]) -> Option<String> {
        let literal = arg.iter().find(|token| token.kind == Kind::Text);
        if let Some(literal) = literal {
            return string(literal.text(self.source)).map(str::to_owned);
        }
        let name = arg.last().filter(|token| token.kind == Kind::Word)?;
        let name = name.text(self.source);
        let defined = self.tokens.iter().enumerate().find_map(|(at, token)| {
            let text = token.text(self.source);
            match token.kind {
                // #define URI "My.Module"
                Kind::Directive => {
                    let rest = text.trim_start_matches('#').trim_start();
                    let rest = rest.strip_prefix("define")?.trim_start();
                    string(rest.strip_prefix(name)?.trim())
                }
                // const char *uri = "My.Module"; QLatin1String(uri) == "My.Module"
                Kind::Word if text == name => {
                    let mut near = (at + 1..at + 9).take_while(|at| self.text(*at) != ";");
                    let sign = near.find(|at| matches!(self.text(*at), "=" | "{" | "("))?;
                    let value = (sign + 1..sign + 6).find_map(|at| {
                        self.tokens.get(at).filter(|token| token.kind == Kind::Text)
                    })?;
                    string(value.text(self.source))
                }
                _ => None,
            }
        });
        defined.map(str::to_owned)
    }

    /// The class of the object that is registered as a singleton: `&backend`, `new Backend`.
    fn class_of(&self, args: &[&[Token]], module: usize) -> Option<String> {
        let object = args.get(module + 4)?;
        let words = object.iter().filter(|token| token.kind == Kind::Word);
        let words: Vec<_> = words.map(|token| token.text(self.source)).collect();
        match words[..] {
            ["new", class, ..] => Some(class.to_owned()),
            [name] => (1..self.tokens.len()).find_map(|at| {
                // Backend backend; Backend *backend = …; auto backend = new Backend
                let is_it = self.text(at) == name;
                let before = if self.text(at - 1) == "*" {
                    at.checked_sub(2)?
                } else {
                    at - 1
                };
                let before = self.text(before);
                if !is_it || !before.starts_with(|c: char| c.is_alphabetic()) || before == "return"
                {
                    return None;
                }
                match before {
                    "auto" if self.text(at + 2) == "new" => Some(self.text(at + 3).to_owned()),
                    "auto" => None,
                    class => Some(class.to_owned()),
                }
            }),
            _ => None,
        }
    }
}
