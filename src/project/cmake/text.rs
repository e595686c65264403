//! CMake's commands on text and numbers.

use std::rc::Rc;

use regex::Regex;

use super::control::join;
use super::evaluator::Evaluator;
use super::value::is_unknown;
use super::work::Work;

impl Evaluator<'_> {
    /// `string(…)`
    pub(super) fn string(&mut self, arguments: &[String]) {
        let work = Rc::clone(&self.project.work);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (out, value) = match *words.as_slice() {
            ["APPEND", name, ref rest @ ..] => {
                let value = self.project.get(name).unwrap_or_default().to_owned();
                (name, Some(value + &rest.concat()))
            }
            ["PREPEND", name, ref rest @ ..] => {
                let value = self.project.get(name).unwrap_or_default();
                (name, Some(rest.concat() + value))
            }
            ["CONCAT", name, ref rest @ ..] => (name, Some(rest.concat())),
            ["JOIN", glue, name, ref rest @ ..] => {
                let parts: Vec<String> = rest.iter().map(|part| (*part).to_owned()).collect();
                (name, work.joined(&parts, glue))
            }
            ["REPLACE", from, to, name, ref rest @ ..] => {
                (name, work.replaced(&rest.concat(), from, to))
            }
            ["REGEX", "REPLACE", pattern, to, name, ref rest @ ..] => {
                let pattern = work.pattern(pattern);
                let replaced =
                    pattern.map(|pattern| replace_all(&work, &pattern, to, &rest.concat()));
                (name, replaced.flatten())
            }
            ["REGEX", "MATCH", pattern, name, ref rest @ ..] => {
                let text = rest.concat();
                let pattern = work.pattern(pattern).filter(|_| work.takes_search(&text));
                let found = pattern.map(|pattern| captured(&pattern, &text));
                for (at, group) in found.iter().flatten().enumerate() {
                    self.project
                        .set(&format!("CMAKE_MATCH_{at}"), group.clone());
                }
                let whole = |groups: Vec<String>| groups.into_iter().next().unwrap_or_default();
                (name, found.map(whole))
            }
            ["REGEX", "MATCHALL", pattern, name, ref rest @ ..] => {
                let text = rest.concat();
                let pattern = work.pattern(pattern).filter(|_| work.takes_search(&text));
                let all = pattern.map(|pattern| {
                    let found = pattern
                        .find_iter(&text)
                        .map(|found| found.as_str().to_owned());
                    join(&found.collect::<Vec<_>>())
                });
                (name, all)
            }
            ["TOLOWER", text, name] => (name, Some(text.to_lowercase())),
            ["TOUPPER", text, name] => (name, Some(text.to_uppercase())),
            ["STRIP", text, name] => (name, Some(text.trim().to_owned())),
            ["LENGTH", text, name] => (name, Some(text.len().to_string())),
            ["FIND", text, part, name, ref rest @ ..] => {
                let at = match rest {
                    ["REVERSE"] => text.rfind(part),
                    _ => text.find(part),
                };
                (name, Some(at.map_or("-1".to_owned(), |at| at.to_string())))
            }
            ["SUBSTRING", text, begin, length, name] => (name, substring(text, begin, length)),
            ["COMPARE", "EQUAL", left, right, name] => {
                (name, Some(u8::from(left == right).to_string()))
            }
            ["MAKE_C_IDENTIFIER", text, name] => {
                let identifier = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
                (name, Some(text.chars().map(identifier).collect()))
            }
            [.., last] => (last, None),
            [] => return,
        };
        // What part of a text that is not known comes out of this is not known either.
        let of_unknown = arguments.iter().find(|text| is_unknown(text));
        match (value, of_unknown) {
            (Some(value), None) => self.project.set(out, value),
            (Some(value), Some(_)) if is_unknown(&value) => self.project.set(out, value),
            _ => self.lose(Some(&out.to_owned())),
        }
    }

    /// `math(EXPR out "…")`, where it is one sum, difference or product.
    pub(super) fn math(&mut self, arguments: &[String]) {
        let [_, out, expression, ..] = arguments else {
            return;
        };
        match calculate(expression) {
            Some(value) => self.project.set(out, value.to_string()),
            None => self.lose(Some(out)),
        }
    }
}

/// Replaces all that `pattern` matches; `\1` in `to` is what its first group found. Nothing if
/// too much would come of it.
pub(super) fn replace_all(work: &Work, pattern: &Regex, to: &str, text: &str) -> Option<String> {
    if !work.takes_search(text) {
        return None;
    }
    let mut out = String::new();
    let mut end = 0;
    for groups in pattern.captures_iter(text) {
        let whole = groups.get(0)?;
        out.push_str(text.get(end..whole.start())?);
        end = whole.end();
        let mut chars = to.chars();
        while let Some(c) = chars.next() {
            let escaped = if c == '\\' { chars.next() } else { None };
            match escaped.map(|c| (c, c.to_digit(10))) {
                Some((_, Some(group))) => {
                    let group = usize::try_from(group).ok().and_then(|at| groups.get(at));
                    let found = group.map_or("", |group| group.as_str());
                    if !work.takes(found.len()) {
                        return None;
                    }
                    out.push_str(found);
                }
                Some((other, None)) => out.push(other),
                None if c == '\\' => {}
                None => out.push(c),
            }
        }
        if !work.takes(to.len()) {
            return None;
        }
    }
    out.push_str(text.get(end..)?);
    Some(out)
}

fn captured(pattern: &Regex, text: &str) -> Vec<String> {
    let groups = pattern.captures(text);
    let group = |group: Option<regex::Match<'_>>| {
        group
            .map(|group| group.as_str().to_owned())
            .unwrap_or_default()
    };
    groups
        .iter()
        .flat_map(|groups| groups.iter().map(group))
        .collect()
}

fn substring(text: &str, begin: &str, length: &str) -> Option<String> {
    let begin: usize = begin.parse().ok()?;
    let length: i64 = length.parse().ok()?;
    let end = usize::try_from(length)
        .ok()
        .and_then(|length| begin.checked_add(length))
        .map_or(text.len(), |end| end.min(text.len()));
    text.get(begin..end).map(str::to_owned)
}

fn calculate(expression: &str) -> Option<i64> {
    let operator = |c: char| matches!(c, '+' | '-' | '*');
    let number = |text: &str| text.trim().parse::<i64>().ok();
    if let Some(value) = number(expression) {
        return Some(value);
    }
    let at = expression.get(1..)?.find(operator)? + 1;
    let (left, rest) = expression.split_at(at);
    let (left, right) = (number(left)?, number(rest.get(1..)?)?);
    match rest.chars().next()? {
        '+' => left.checked_add(right),
        '-' => left.checked_sub(right),
        _ => left.checked_mul(right),
    }
}
