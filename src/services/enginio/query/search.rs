//! A full-text search: words, `"phrases"`, `AND` and `OR`.

use serde_json::Value;

use super::{Near, Parameters, Place, Query, Refusal, place};

/// The most words of a phrase.
const MOST_WORDS: usize = 32;

/// The most types and properties.
const MOST_NAMES: usize = 32;

/// What is searched for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::services::enginio) struct Search {
    /// In objects of these types.
    pub(in crate::services::enginio) types: Vec<String>,
    /// In these properties; in all, if there are none.
    pub(in crate::services::enginio) properties: Vec<Place>,
    /// Any of these: all of each.
    pub(in crate::services::enginio) terms: Vec<Vec<Term>>,
    /// And near this.
    pub(in crate::services::enginio) near: Option<Near>,
}

/// A word or a phrase, in small letters.
pub(in crate::services::enginio) type Term = String;

impl Search {
    /// What the parameters of `/v1/search` say.
    pub(in crate::services::enginio) fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let types: Vec<String> = parameters
            .all("objectTypes[]")
            .chain(
                parameters
                    .all("objectTypes")
                    .flat_map(|list| list.split(',')),
            )
            .filter(|kind| !kind.is_empty())
            .map(str::to_owned)
            .collect();
        if types.is_empty() || types.len() > MOST_NAMES {
            return Err(Refusal::bad(format!(
                "say which types to search, up to {MOST_NAMES}: objectTypes[]=objects.todos"
            )));
        }
        if let Some(bad) = types
            .iter()
            .find(|kind| !super::super::config::is_type(kind))
        {
            return Err(Refusal::bad(format!(
                "{bad:?} is no type, such as objects.todos"
            )));
        }
        let example = r#"{"phrase":"milk OR bread","properties":["title"]}"#;
        let search = parameters.json("search", example)?;
        let wrong = || Refusal::bad(format!("search has no phrase; write search={example}"));
        let search = search.ok_or_else(wrong)?;
        let phrase = search
            .get("phrase")
            .and_then(Value::as_str)
            .ok_or_else(wrong)?;
        let joins_all = match search.get("defaultOperator") {
            None => false,
            Some(operator) => match operator.as_str() {
                Some("AND") => true,
                Some("OR") => false,
                _ => return Err(Refusal::bad("defaultOperator is \"AND\" or \"OR\"")),
            },
        };
        let names: Vec<&str> = match search.get("properties") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(list)) => list.split(',').map(str::trim).collect(),
            Some(Value::Array(list)) => {
                let names = list.iter().map(Value::as_str);
                names.collect::<Option<_>>().ok_or_else(wrong)?
            }
            Some(_) => return Err(wrong()),
        };
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        if names.len() > MOST_NAMES {
            let message = format!("a search looks at {MOST_NAMES} properties at most");
            return Err(Refusal::bad(message));
        }
        Ok(Self {
            types,
            properties: names.into_iter().map(place).collect::<Result<_, _>>()?,
            terms: terms(phrase, joins_all)?,
            near: match search.get("near") {
                None | Some(Value::Null) => None,
                Some(near) => Some(Near::of_search(near)?),
            },
        })
    }
}

impl Search {
    /// Refuses two places that the result was to be near.
    pub(in crate::services::enginio) fn goes_with(&self, query: &Query) -> Result<(), Refusal> {
        match (&self.near, &query.near) {
            (Some(_), Some(_)) => Err(Refusal::bad(
                "near of search and $near of q are two places; leave one of them out",
            )),
            _ => Ok(()),
        }
    }
}

/// `a b` is both or either, as `joins_all` has it; `a AND b`, `a OR b` whatever that says.
fn terms(phrase: &str, joins_all: bool) -> Result<Vec<Vec<Term>>, Refusal> {
    let mut any: Vec<Vec<Term>> = Vec::new();
    let mut joins = false;
    let mut count = 0;
    for word in words(phrase) {
        match word {
            Word::And => joins = true,
            Word::Or => joins = false,
            Word::Term(term) => {
                count += 1;
                match any.last_mut().filter(|_| joins) {
                    Some(all) => all.push(term),
                    None => any.push(vec![term]),
                }
                joins = joins_all;
            }
        }
    }
    if count == 0 || count > MOST_WORDS {
        return Err(Refusal::bad(format!(
            "phrase has {count} words; search for 1 to {MOST_WORDS}"
        )));
    }
    Ok(any)
}

enum Word {
    And,
    Or,
    Term(Term),
}

fn words(phrase: &str) -> Vec<Word> {
    let mut words = Vec::new();
    // Every second part stands between quotation marks.
    for (index, part) in phrase.split('"').enumerate() {
        if index % 2 == 1 {
            let part = part.trim();
            if !part.is_empty() {
                words.push(Word::Term(part.to_lowercase()));
            }
            continue;
        }
        words.extend(part.split_whitespace().map(|word| match word {
            "AND" | "&&" => Word::And,
            "OR" | "||" => Word::Or,
            // A star at its end asks for what is the case anyway.
            word => Word::Term(word.trim_end_matches('*').to_lowercase()),
        }));
    }
    words.retain(|word| !matches!(word, Word::Term(term) if term.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases() {
        let told = |phrase: &str, all| {
            terms(phrase, all).map(|any| {
                let any = any.iter().map(|all| all.join("+"));
                any.collect::<Vec<_>>().join("|")
            })
        };
        for (phrase, all, expected) in [
            ("Cat OR dog", true, Some("cat|dog")),
            ("cat dog", false, Some("cat|dog")),
            ("cat dog", true, Some("cat+dog")),
            ("cat AND dog bird", false, Some("cat+dog|bird")),
            ("\"Big cat\" OR x*", false, Some("big cat|x")),
            ("\"open end", false, Some("open end")),
            ("", false, None),
            ("AND OR *", false, None),
        ] {
            assert_eq!(told(phrase, all).ok().as_deref(), expected, "{phrase}");
        }
    }
}
