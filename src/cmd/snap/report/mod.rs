//! The outcome of a run, written down: for people, for programs, as annotations, as a page.

mod html;

use std::env;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::picture::Difference;
use super::verdict::{State, Unrest, Verdict};
use super::{Format, Outcome};
use crate::cmd::github::{self, Annotation};
use crate::live::console::printable;
use crate::live::diagnostic::Diagnostic;

pub(super) use html::html;

/// The outcome in this form.
pub(super) fn write(outcome: &Outcome<'_>, format: Format) -> String {
    match format {
        Format::Text => text(outcome),
        // A value without maps of odd keys always serialises.
        Format::Json => serde_json::to_string_pretty(&as_json(outcome)).unwrap_or_default() + "\n",
        Format::Github => annotations(outcome),
    }
}

/// The word for a state.
fn name(state: &State) -> &'static str {
    match state {
        State::Same => "same",
        State::Written(_) => "kept",
        State::New => "new",
        State::Different(_) => "different",
        State::Unreadable(_) => "unreadable",
        State::Unsteady(..) => "unsteady",
        State::Failed(_) => "failed",
        State::Skipped(_) => "skipped",
    }
}

/// What there is to say of a state, and to do about it.
fn described(verdict: &Verdict) -> String {
    let file = shown(&verdict.file);
    match &verdict.state {
        State::Same => String::new(),
        State::Written(true) => format!("a new picture, {file}"),
        State::Written(false) => format!("another picture, {file}"),
        State::New => "there is no kept picture; --update keeps this one".to_owned(),
        State::Different(Difference::Size((w, h), (width, height))) => {
            format!("{width} × {height} instead of {w} × {h}")
        }
        State::Different(Difference::Pixels(count, share, most)) => format!(
            "{count} pixel{} ({}), by up to {most} of 255",
            if *count == 1 { "" } else { "s" },
            percent(*share)
        ),
        State::Unreadable(why) => {
            format!("{file}: {why}; bring it back, or have --update write it anew")
        }
        State::Unsteady(unrest, is_kept) => {
            let what = match unrest {
                Unrest::Moving => "it moves, and is not still for 4 s",
                Unrest::Starts => "two starts draw different pictures: by time, or by chance",
            };
            let then = match is_kept {
                true => "; a picture is kept of it that nothing can be compared with",
                false => ", so nothing is compared",
            };
            format!("{what}{then}")
        }
        State::Failed(why) => why.clone(),
        State::Skipped(why) => (*why).to_owned(),
    }
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        share if share >= 0.1 => format!("{share:.1} %"),
        _ => "less than 0.1 %".to_owned(),
    }
}

/// `FILE:LINE:COLUMN: MESSAGE`, as far as it is known.
fn placed(problem: &Diagnostic) -> String {
    let mut place = String::new();
    if let Some(file) = &problem.file {
        place.push_str(file.as_str());
        for number in [problem.line, problem.column].into_iter().flatten() {
            // Writing into a String does not fail.
            let _ = write!(place, ":{number}");
        }
        place.push_str(": ");
    }
    place + &problem.message
}

/// The counts, in the order of the first of each.
fn counted(outcome: &Outcome<'_>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for verdict in &outcome.verdicts {
        let name = name(&verdict.state);
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let counts: Vec<_> = counts
        .iter()
        .map(|(name, n)| format!("{n} {name}"))
        .collect();
    counts.join(", ")
}

/// The runtimes, and the font of each.
fn runtimes(outcome: &Outcome<'_>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for verdict in &outcome.verdicts {
        let font = verdict.font.clone().unwrap_or_default();
        match found
            .iter_mut()
            .find(|(known, _)| *known == verdict.runtime)
        {
            Some((_, known)) if known.is_empty() => *known = font,
            Some(_) => {}
            None => found.push((verdict.runtime.clone(), font)),
        }
    }
    found
}

fn text(outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    for verdict in &outcome.verdicts {
        let (name, said) = (name(&verdict.state), described(verdict));
        let (document, setting) = (printable(verdict.document.as_str()), &verdict.setting);
        let line = format!("{name:10}  {document}  {setting}  {}", printable(&said));
        let _ = writeln!(text, "{}", line.trim_end());
        // Of those that are fine, the page has them.
        if verdict.state.is_failure() {
            for problem in &verdict.problems {
                let _ = writeln!(text, "            {}", printable(&placed(problem)));
            }
        }
    }
    for file in &outcome.left_over {
        let file = printable(&shown(file));
        let _ = writeln!(
            text,
            "left over   {file}  is of no document any more: remove it"
        );
    }
    let runtimes = runtimes(outcome)
        .into_iter()
        .map(|(runtime, font)| match font.as_str() {
            "" => runtime,
            font => format!("{runtime}, font {font}"),
        });
    let _ = writeln!(
        text,
        "{}; {}; pictures in {}",
        counted(outcome),
        runtimes.collect::<Vec<_>>().join("; "),
        shown(outcome.pictures)
    );
    let is_new = |verdict: &&Verdict| verdict.state == State::New;
    if outcome.verdicts.iter().any(|verdict| is_new(&verdict)) {
        let _ = writeln!(
            text,
            "look at what is new (--report pictures.html), keep it by --update, and commit it"
        );
    }
    text
}

fn as_json(outcome: &Outcome<'_>) -> Value {
    let verdicts = outcome.verdicts.iter().map(|verdict| {
        let (pixels, share) = match verdict.state {
            State::Different(Difference::Pixels(count, share, _)) => (Some(count), Some(share)),
            _ => (None, None),
        };
        json!({
            "document": verdict.document,
            "setting": verdict.setting,
            "runtime": verdict.runtime,
            "picture": shown(&verdict.file),
            "state": name(&verdict.state),
            "fails": verdict.state.is_failure(),
            "message": described(verdict),
            "pixels": pixels,
            "share": share,
            "font": verdict.font,
            "problems": verdict.problems,
        })
    });
    json!({
        "dir": shown(outcome.dir),
        "pictures": shown(outcome.pictures),
        "fails": outcome.is_failure(),
        "left_over": outcome.left_over.iter().map(|file| shown(file)).collect::<Vec<_>>(),
        "drawn": verdicts.collect::<Vec<_>>(),
    })
}

/// As seen from the current directory, where it is below that.
fn shown(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    let path = match path.strip_prefix(&here) {
        Ok(below) if below.as_os_str().is_empty() => Path::new("."),
        Ok(below) => below,
        Err(_) => path,
    };
    path.display().to_string()
}

fn annotations(outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    for verdict in &outcome.verdicts {
        let level = match &verdict.state {
            state if state.is_failure() => "error",
            State::Unsteady(..) => "warning",
            _ => continue,
        };
        // At its place in the document, where there is one.
        let first = verdict
            .problems
            .iter()
            .find(|problem| problem.file.is_some());
        let place = first.filter(|_| matches!(verdict.state, State::Failed(_)));
        let file = place.and_then(|problem| problem.file.as_ref());
        let said = described(verdict);
        let problems = verdict.problems.iter().map(placed);
        let lines: Vec<_> = std::iter::once(said).chain(problems).collect();
        let annotation = Annotation {
            level,
            file: github::from_here(outcome.dir, file.unwrap_or(&verdict.document)),
            line: place.and_then(|problem| problem.line).unwrap_or(0),
            column: place.and_then(|problem| problem.column).unwrap_or(0),
            title: format!(
                "qmlserve snap {}, {}",
                name(&verdict.state),
                verdict.setting
            ),
            message: lines.join("\n").trim_start().to_owned(),
        };
        let _ = write!(text, "{annotation}");
    }
    text
}
