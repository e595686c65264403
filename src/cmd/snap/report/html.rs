//! The outcome as one page: pictures are a part of it, and it loads and runs nothing.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{counted, described, name, percent, placed, runtimes, shown};
use crate::cmd::snap::Outcome;
use crate::cmd::snap::verdict::{State, Verdict};
use crate::http::escape;
use crate::live::diagnostic::{Diagnostic, excerpt};

const STYLE: &str = include_str!("report.css");

/// The page.
pub(in crate::cmd::snap) fn html(outcome: &Outcome<'_>) -> String {
    let mut page = String::new();
    let counts = escape(&counted(outcome));
    // Writing into a String does not fail.
    let _ = write!(
        page,
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\">\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\
         <title>{counts}: pictures of {dir}</title><style>{STYLE}</style>\
         <header><h1>Pictures of {dir}</h1><p class=counts>{counts}</p><ul>",
        dir = escape(&shown(outcome.dir))
    );
    for (runtime, font) in runtimes(outcome) {
        let font = match font.as_str() {
            "" => String::new(),
            font => format!(", font {font}"),
        };
        let _ = write!(page, "<li>{}", escape(&(runtime + &font)));
    }
    let _ = write!(
        page,
        "<li>kept in {}<li>a channel may be off by {} of 255, and more in {} of the pixels</ul></header><main>",
        escape(&shown(outcome.pictures)),
        outcome.tolerance.channel,
        match outcome.tolerance.share {
            0.0 => "none".to_owned(),
            share => percent(share),
        }
    );
    // What a person has to look at goes first.
    let mut sorted: Vec<_> = outcome.verdicts.iter().collect();
    sorted.sort_by_key(|verdict| rank(&verdict.state));
    for verdict in sorted {
        write(&mut page, outcome, verdict);
    }
    for file in &outcome.left_over {
        let file = escape(&shown(file));
        let _ = write!(page, "<p>{file} is of no document any more");
    }
    page + "</main></html>\n"
}

fn rank(state: &State) -> u8 {
    match state {
        State::Same => 3,
        State::Skipped(_) => 4,
        State::Written(_) => 2,
        State::Unsteady(_, false) => 1,
        _ => 0,
    }
}

fn write(page: &mut String, outcome: &Outcome<'_>, verdict: &Verdict) {
    let is_open = rank(&verdict.state) < 3;
    let state = name(&verdict.state);
    let _ = write!(
        page,
        "<details class={width}{open}><summary><b class=\"state {class}\">{state}</b> <strong>{document}</strong> \
         <span>{setting}</span> <em>{said}</em></summary>",
        width = if verdict.difference.is_some() || !verdict.problems.is_empty() {
            "wide"
        } else {
            "narrow"
        },
        open = if is_open { " open" } else { "" },
        class = if verdict.state.is_failure() {
            "bad"
        } else {
            state
        },
        document = escape(verdict.document.as_str()),
        setting = escape(&verdict.setting),
        said = escape(&described(verdict)),
    );
    for problem in &verdict.problems {
        let _ = write!(page, "<p class=problem>{}", escape(&placed(problem)));
        if let Some(source) = source(outcome, problem) {
            let _ = write!(page, "<pre>{}</pre>", escape(&source));
        }
    }
    let _ = write!(page, "<div class=pictures>");
    let is_changed = verdict.difference.is_some();
    let pictures = [
        (is_changed, "before", &verdict.kept),
        (
            true,
            if is_changed { "after" } else { "drawn" },
            &verdict.drawn,
        ),
        (is_changed, "difference", &verdict.difference),
    ];
    for (_, title, png) in pictures.into_iter().filter(|(is_shown, ..)| *is_shown) {
        if let Some(png) = png {
            let alt = escape(&format!(
                "{title}: {}, {}",
                verdict.document, verdict.setting
            ));
            let data = BASE64.encode(png);
            let _ = write!(
                page,
                "<figure><figcaption>{title}</figcaption>\
                 <img alt=\"{alt}\" src=\"data:image/png;base64,{data}\"></figure>"
            );
        }
    }
    let _ = write!(page, "</div></details>");
}

/// The line of a problem, with a caret.
fn source(outcome: &Outcome<'_>, problem: &Diagnostic) -> Option<String> {
    let file = outcome.snapshot.file(problem.file.as_ref()?)?;
    let bytes = file.bytes()?.clone();
    let text = str::from_utf8(&bytes).ok()?;
    excerpt(text, problem.line?, problem.column, &problem.message)
}
