//! `[[enginio.NAME.webhooks]]`: which URLs are told of changes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::enginio::list;
use super::values::{Secret, Value};
use crate::services::enginio::config::{WebHookConfig, is_type};

/// What may be told of.
const EVENTS: [&str; 3] = ["create", "update", "delete"];

/// What is waited for an answer where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Value for WebHookConfig {
    fn expected() -> String {
        r#"a table of url (http or https, without user, password and fragment), types such as ["objects.todos"], events of "create", "update" and "delete", headers (a table of names and values) and timeout, such as "10s""#
            .to_owned()
    }

    fn parse(_: &str) -> Option<Self> {
        None
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let DeValue::Table(entries) = value.get_ref() else {
            return Err(value.span());
        };
        let (mut url, mut hook) = (None, Self::new());
        for (name, value) in entries {
            match &**name.get_ref() {
                "url" => {
                    let given = value.get_ref().as_str().and_then(url_of);
                    url = Some(given.ok_or_else(|| value.span())?);
                }
                "types" => hook.types = words(value, is_type)?,
                "events" => hook.events = words(value, |word| EVENTS.contains(&word))?,
                "timeout" => hook.timeout = Duration::read(value)?,
                "headers" => {
                    // Where they are wrong, no value of theirs is quoted.
                    let headers = BTreeMap::<String, Secret>::read(value);
                    let headers = headers.map_err(|_| name.span())?.into_iter();
                    hook.headers = headers.map(|(name, value)| (name, value.0)).collect();
                }
                _ => return Err(name.span()),
            }
        }
        hook.url = url.ok_or_else(|| value.span())?;
        Ok(hook)
    }

    fn write(&self, folder: &Path) -> Option<toml::Value> {
        let list = |words: &[String]| words.iter().map(|word| word.as_str().into()).collect();
        let mut table = toml::Table::new();
        table.insert("url".to_owned(), self.url.as_str().into());
        table.insert("types".to_owned(), toml::Value::Array(list(&self.types)));
        table.insert("events".to_owned(), toml::Value::Array(list(&self.events)));
        let secret = |(name, value): &(String, String)| (name.clone(), Secret(value.clone()));
        let headers: BTreeMap<String, Secret> = self.headers.iter().map(secret).collect();
        table.insert("headers".to_owned(), headers.write(folder)?);
        table.insert("timeout".to_owned(), self.timeout.write(folder)?);
        Some(table.into())
    }
}

impl WebHookConfig {
    fn new() -> Self {
        Self {
            url: String::new(),
            types: Vec::new(),
            events: EVENTS.map(str::to_owned).to_vec(),
            headers: Vec::new(),
            timeout: TIMEOUT,
        }
    }
}

fn url_of(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let good = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && is_plain
        && url.fragment().is_none();
    good.then(|| url.to_string())
}

fn words(
    value: &Spanned<DeValue<'_>>,
    is_good: impl Fn(&str) -> bool,
) -> Result<Vec<String>, Range<usize>> {
    list(value, |word| is_good(word).then(|| word.to_owned()))
}
