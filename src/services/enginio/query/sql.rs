//! Conditions as SQL. Whatever came from a request is a parameter, never a part of the text.

use super::{Condition, Near, Place, Query, Scalar, Search};
use crate::database::earth::{distance, number};
use crate::database::sql::{Builder, Dialect, Param};

/// The condition, about the columns `doc` and `words`.
pub(in crate::services::enginio) fn condition(builder: &mut Builder, of: &Condition) -> String {
    match of {
        Condition::All(all) if all.is_empty() => "TRUE".to_owned(),
        Condition::Any(any) if any.is_empty() => "FALSE".to_owned(),
        Condition::All(all) => joined(builder, all, " AND "),
        Condition::Any(any) => joined(builder, any, " OR "),
        Condition::Not(one) => format!("NOT {}", condition(builder, one)),
        Condition::Equal(place, value) => equal(builder, place, value),
        Condition::Compare(place, sign, value) => compare(builder, place, sign, value),
        Condition::Near(near) => is_near(builder, near),
        Condition::Exists(place) => {
            let place = builder.bind(Param::Path(place.clone()));
            match builder.dialect() {
                Dialect::Sqlite => format!("(json_type(doc, {place}) IS NOT NULL)"),
                Dialect::Postgres => format!("((doc #> {place}) IS NOT NULL)"),
            }
        }
    }
}

fn joined(builder: &mut Builder, all: &[Condition], with: &str) -> String {
    let all: Vec<String> = all.iter().map(|one| condition(builder, one)).collect();
    format!("({})", all.join(with))
}

/// Never NULL, so that it can be denied.
fn equal(builder: &mut Builder, place: &Place, value: &Scalar) -> String {
    let place = builder.bind(Param::Path(place.clone()));
    if *value == Scalar::Null {
        return match builder.dialect() {
            Dialect::Sqlite => format!("(COALESCE(json_type(doc, {place}), 'null') = 'null')"),
            Dialect::Postgres => {
                format!("(COALESCE(jsonb_typeof(doc #> {place}), 'null') = 'null')")
            }
        };
    }
    if builder.dialect() == Dialect::Postgres {
        let json = match value {
            Scalar::Null => "null".to_owned(),
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(number) => number.to_string(),
            Scalar::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        };
        let json = builder.bind(Param::Text(json));
        return format!(
            "COALESCE((doc #> {place}) = ({json})::jsonb OR (jsonb_typeof(doc #> {place}) = 'array' \
             AND (doc #> {place}) @> ({json})::jsonb), FALSE)"
        );
    }
    let (types, value) = match value {
        Scalar::Null | Scalar::Bool(false) => ("'false'", "0".to_owned()),
        Scalar::Bool(true) => ("'true'", "1".to_owned()),
        Scalar::Number(number) => (
            "'integer', 'real'",
            builder.bind(Param::Number(number.to_string())),
        ),
        Scalar::Text(text) => ("'text'", builder.bind(Param::Text(text.clone()))),
    };
    format!(
        "COALESCE(CASE json_type(doc, {place}) WHEN 'array' THEN \
         EXISTS (SELECT 1 FROM json_each(doc, {place}) e WHERE e.type IN ({types}) AND e.value = {value}) \
         ELSE json_type(doc, {place}) IN ({types}) AND json_extract(doc, {place}) = {value} END, FALSE)"
    )
}

fn compare(builder: &mut Builder, place: &Place, sign: &str, value: &Scalar) -> String {
    let field = builder.field(place);
    let (field, value) = match value {
        Scalar::Number(number) => (
            field.number,
            builder.bind(Param::Number(number.to_string())),
        ),
        Scalar::Text(text) => (field.text, builder.bind(Param::Text(text.clone()))),
        Scalar::Null | Scalar::Bool(_) => return "FALSE".to_owned(),
    };
    format!("COALESCE(({field}) {sign} {value}, FALSE)")
}

fn is_near(builder: &mut Builder, near: &Near) -> String {
    let distance = distance(builder, &near.place, near.from);
    match near.most {
        None => format!("({distance} IS NOT NULL)"),
        Some(most) => {
            let most = number(builder, most);
            format!("COALESCE({distance} <= {most}, FALSE)")
        }
    }
}

/// The condition of a search.
pub(in crate::services::enginio) fn search(builder: &mut Builder, search: &Search) -> String {
    let any = search.terms.iter().map(|all| {
        let all = all.iter().map(|term| {
            let term = builder.bind(Param::Text(term.clone()));
            if search.properties.is_empty() {
                return format!("{} > 0", builder.position("words", &term));
            }
            let properties = search.properties.iter().map(|place| {
                let text = format!("lower({})", builder.field(place).text);
                format!("COALESCE({} > 0, FALSE)", builder.position(&text, &term))
            });
            format!("({})", properties.collect::<Vec<_>>().join(" OR "))
        });
        format!("({})", all.collect::<Vec<_>>().join(" AND "))
    });
    let any = format!("({})", any.collect::<Vec<_>>().join(" OR "));
    match &search.near {
        None => any,
        Some(near) => format!("({any} AND {})", is_near(builder, near)),
    }
}

/// The order of a list, in which what is nearest comes first where nothing else is said.
pub(in crate::services::enginio) fn order(
    builder: &mut Builder,
    query: &Query,
    search: Option<&Search>,
) -> String {
    let near = query.near.as_ref();
    let near = near.or(search.and_then(|search| search.near.as_ref()));
    if let Some(near) = near.filter(|_| query.sort.is_empty()) {
        let distance = distance(builder, &near.place, near.from);
        return format!("{distance}, o.seq");
    }
    let sort = query.sort.iter();
    let sort = sort.map(|(place, descending)| builder.order(place, *descending));
    let sort: Vec<String> = sort.chain(["o.seq".to_owned()]).collect();
    sort.join(", ")
}
