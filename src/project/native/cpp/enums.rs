//! Enumerations of C++: their values, as far as they are numbers.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::super::Enum;
use super::Source;

/// Reads `enum Name { A, B = 2, C }`; `None` for one without a name or without values. A value
/// that cannot be told follows the one before it.
pub(super) fn read(source: &Source<'_>, node: Node<'_>) -> Option<Enum> {
    let name = source.text(node.child_by_field_name("name")?).to_owned();
    let body = node.child_by_field_name("body")?;
    let mut known = BTreeMap::new();
    let mut values = Vec::new();
    let mut next = 0_i64;
    let mut cursor = body.walk();
    for child in body.named_children(&mut cursor) {
        let Some(name) = child.child_by_field_name("name") else {
            continue;
        };
        let name = source.text(name).to_owned();
        let given = child.child_by_field_name("value");
        let given = given.and_then(|value| number(source, value, &known, 0));
        let value = given.unwrap_or(next);
        next = value.wrapping_add(1);
        known.insert(name.clone(), value);
        values.push((name, value));
    }
    (!values.is_empty()).then_some(Enum { name, values })
}

/// The value of a constant expression of numbers and earlier names.
fn number(
    source: &Source<'_>,
    node: Node<'_>,
    known: &BTreeMap<String, i64>,
    depth: usize,
) -> Option<i64> {
    const DEEPEST: usize = 20;
    if depth > DEEPEST {
        return None;
    }
    let field = |name: &str| {
        let child = node.child_by_field_name(name)?;
        number(source, child, known, depth + 1)
    };
    let text = source.text(node);
    match node.kind() {
        "number_literal" => literal(text),
        "char_literal" => text.chars().nth(1).map(|c| i64::from(u32::from(c))),
        "identifier" => known.get(text).copied(),
        "qualified_identifier" => match text {
            "Qt::UserRole" => Some(0x100),
            "Qt::DisplayRole" => Some(0),
            _ => known.get(super::super::without_scope(text)).copied(),
        },
        "parenthesized_expression" => number(source, node.named_child(0)?, known, depth + 1),
        "unary_expression" => {
            let value = field("argument")?;
            match source.text(node.child_by_field_name("operator")?) {
                "-" => value.checked_neg(),
                "~" => Some(!value),
                "+" => Some(value),
                _ => None,
            }
        }
        "binary_expression" => {
            let (left, right) = (field("left")?, field("right")?);
            match source.text(node.child_by_field_name("operator")?) {
                "+" => left.checked_add(right),
                "-" => left.checked_sub(right),
                "*" => left.checked_mul(right),
                "|" => Some(left | right),
                "&" => Some(left & right),
                "<<" => left.checked_shl(u32::try_from(right).ok()?),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `12`, `0x1Fu`, `0b1`, `017`, `1'000`
fn literal(text: &str) -> Option<i64> {
    let text = text.replace('\'', "").to_ascii_lowercase();
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x', ..] => (text.get(2..)?, 16),
        [b'0', b'b', ..] => (text.get(2..)?, 2),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text.as_str(), 10),
    };
    let digits = digits.trim_end_matches(['u', 'l']);
    i64::from_str_radix(if digits.is_empty() { "0" } else { digits }, radix).ok()
}
