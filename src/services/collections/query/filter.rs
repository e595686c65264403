//! One filter of a query string: field, operator, value.

use super::super::error::Refusal;
use super::{Filter, Op, Path, refused, unknown};

const OPS: [(&str, Op); 11] = [
    ("eq", Op::In),
    ("ne", Op::Ne),
    ("lt", Op::Lt),
    ("lte", Op::Lte),
    ("gt", Op::Gt),
    ("gte", Op::Gte),
    ("in", Op::In),
    ("contains", Op::Contains),
    ("startsWith", Op::StartsWith),
    ("endsWith", Op::EndsWith),
    ("like", Op::Like),
];

/// How deep fields lie within fields: no deeper than JSON is read.
const DEEPEST: usize = 128;

/// What `name=value` asks for.
pub(super) fn filter(name: &str, value: &str) -> Result<Filter, Refusal> {
    let (field, op_name) = match name.rsplit_once(':') {
        Some((field, op)) => (field, op),
        // json-server's way. What follows another underscore is a part of the name.
        None => match name.rsplit_once('_') {
            Some((field, op)) if !field.is_empty() && op != "eq" && op_named(op).is_some() => {
                (field, op)
            }
            _ => (name, "eq"),
        },
    };
    let Some(op) = op_named(op_name) else {
        return Err(unknown("operator", op_name, &OPS.map(|(name, _)| name)));
    };
    if op == Op::Like && value.contains(['^', '$', '|', '[', '\\', '*']) {
        let message = format!("{name}={value} looks like a regular expression, which it is not");
        let hint = "write a part of the text, as in title_like=news; its begin and its end are \
                    found by title:startsWith and title:endsWith, any text by title:contains";
        return Err(refused(message, hint));
    }
    let values = match op_name {
        "in" => value.split(',').map(str::to_owned).collect(),
        _ => vec![value.to_owned()],
    };
    let path = path(field)?;
    Ok(Filter { path, op, values })
}

fn op_named(text: &str) -> Option<Op> {
    OPS.iter()
        .find(|(name, _)| *name == text)
        .map(|(_, op)| *op)
}

/// The field that `text` names.
pub(super) fn path(text: &str) -> Result<Path, Refusal> {
    if text.split('.').count() > DEEPEST {
        let message = format!("a field lies {DEEPEST} levels deep at most");
        return Err(refused(
            message,
            "write name, or address.city for one inside",
        ));
    }
    let path: Path = text.split('.').map(str::to_owned).collect();
    // A quotation mark would end the name in a path of SQLite, a backslash escape one.
    if path
        .iter()
        .any(|name| name.is_empty() || name.contains(['"', '\\']))
    {
        let message = format!("{text:?} is no name of a field");
        return Err(refused(
            message,
            "write name, or address.city for one inside",
        ));
    }
    Ok(path)
}
