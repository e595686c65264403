//! Findings, written down: for people, and in three forms for programs.

use std::fmt::Write as _;

use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};

use super::{Finding, Format, Outcome, Severity};
use crate::cmd::github;
use crate::path::URL_PATH;

/// What is found, in this form.
pub(super) fn write(outcome: &Outcome<'_>, format: Format) -> String {
    match format {
        Format::Text => text(outcome),
        Format::Json => lines(&as_json(outcome)),
        Format::Github => as_annotations(outcome),
        Format::Sarif => lines(&sarif(outcome)),
    }
}

fn lines(value: &Value) -> String {
    // A value without maps of odd keys always serialises.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn text(outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    for finding in &outcome.findings {
        let place = place(finding);
        let severity = name(finding.severity);
        let message = plain(&finding.message);
        // Writing into a String does not fail.
        let _ = writeln!(text, "{place}: {severity}: {message}");
        if let Some(excerpt) = outcome.excerpt(finding) {
            let _ = writeln!(text, "{excerpt}");
        }
        if let Some(hint) = &finding.hint {
            let _ = writeln!(text, "      {}", plain(hint));
        }
    }
    let count = |severity, one: &str| match outcome.count(severity) {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    };
    let (errors, warnings) = (
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
    );
    let asked = match outcome.asked.as_slice() {
        [] => String::new(),
        asked => format!(" (with {})", asked.join(" and ")),
    };
    let _ = writeln!(
        text,
        "{errors}, {warnings} in {} documents of {}{asked}",
        outcome.documents,
        outcome.dir.display()
    );
    text
}

fn place(finding: &Finding) -> String {
    let mut place = finding.file.to_string();
    for number in [finding.line, finding.column] {
        if number == 0 {
            break;
        }
        let _ = write!(place, ":{number}");
    }
    place
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// On one line, and nothing that a terminal would obey.
fn plain(text: &str) -> String {
    let spaced = text.chars().map(|c| if c == '\n' { ' ' } else { c });
    spaced.filter(|c| !c.is_control()).collect()
}

fn as_json(outcome: &Outcome<'_>) -> Value {
    let number = |n: u32| Some(n).filter(|n| *n > 0);
    let findings = outcome.findings.iter().map(|finding| {
        json!({
            "file": finding.file,
            "line": number(finding.line),
            "column": number(finding.column),
            "severity": name(finding.severity),
            "rule": finding.rule,
            "message": finding.message,
            "hint": finding.hint,
        })
    });
    json!({
        "dir": outcome.dir.display().to_string(),
        "documents": outcome.documents,
        "errors": outcome.count(Severity::Error),
        "warnings": outcome.count(Severity::Warning),
        "asked": outcome.asked,
        "findings": findings.collect::<Vec<_>>(),
    })
}

/// Workflow commands of GitHub Actions.
fn as_annotations(outcome: &Outcome<'_>) -> String {
    let annotations = outcome.findings.iter().map(|finding| {
        let message = match &finding.hint {
            Some(hint) => format!("{}\n{hint}", finding.message),
            None => finding.message.clone(),
        };
        github::Annotation {
            level: name(finding.severity),
            file: github::from_here(outcome.dir, &finding.file),
            line: finding.line,
            column: finding.column,
            title: format!("qmlserve {}", finding.rule),
            message,
        }
    });
    annotations
        .map(|annotation| annotation.to_string())
        .collect()
}

/// SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>).
fn sarif(outcome: &Outcome<'_>) -> Value {
    let mut rules: Vec<&str> = outcome.findings.iter().map(|one| one.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let results = outcome.findings.iter().map(|finding| {
        let file = github::from_here(outcome.dir, &finding.file);
        let mut place = json!({
            "artifactLocation": { "uri": utf8_percent_encode(&file, URL_PATH).to_string() },
        });
        if finding.line > 0 {
            place["region"] = json!({ "startLine": finding.line });
            if finding.column > 0 {
                place["region"]["startColumn"] = json!(finding.column);
            }
        }
        let text = match &finding.hint {
            Some(hint) => format!("{}\n{hint}", finding.message),
            None => finding.message.clone(),
        };
        json!({
            "ruleId": finding.rule,
            "level": name(finding.severity),
            "message": { "text": text },
            "locations": [{ "physicalLocation": place }],
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "qmlserve",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(|rule| json!({ "id": rule })).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}
