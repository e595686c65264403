//! `[enginio.NAME]`: the backends of data storage.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::error::ConfigError;
use super::proxy::checked_headers;
use super::section::Section;
use super::values::{ByteSize, Secret, Value, text};
use crate::services::enginio::config::{BackendConfig, Grantee, TypeRules, is_type};
use crate::services::hub::is_gateway_name;

/// `[enginio.NAME]`.
pub(super) fn backends(top: &mut Section<'_>) -> Result<Vec<BackendConfig>, ConfigError> {
    let none = "no data storage, but with --book one that takes any id";
    top.named("enginio", none, |name, section| {
        if !is_gateway_name(name) {
            let expected = "1 to 64 letters, digits, dots, dashes or underscores";
            return Err(section.wrong(name, expected));
        }
        let backend = BackendConfig {
            name: name.to_owned(),
            id: section.optional::<Id>("id", name)?.map(|id| id.0),
            token: section
                .optional::<Secret>("token", "none, nobody has all rights")?
                .map(|secret| secret.0),
            closed: section.or("closed", false)?,
            push: section
                .optional::<Gateway>("push", "to nobody")?
                .map(|gateway| gateway.0),
            webhooks: section.or("webhooks", Vec::new())?,
            max_body: section
                .optional::<ByteSize>("max_body", "1MiB")?
                .map(|size| size.0),
            max_file: section
                .optional::<ByteSize>("max_file", "64MiB")?
                .map(|size| size.0),
            types: section.or("types", BTreeMap::new())?,
        };
        for hook in &backend.webhooks {
            checked_headers(section, hook.headers.clone())?;
        }
        if let Some(bad) = backend.types.keys().find(|kind| !is_type(kind)) {
            let expected = r#"types such as "objects.todos", "users", "usergroups" or "files""#;
            return Err(section.wrong(&format!("the type {bad:?}"), expected));
        }
        Ok(backend)
    })
}

text!(
    /// What a client sends as `Enginio-Backend-Id`.
    Id,
    "1 to 64 letters, digits, dots, dashes or underscores",
    is_gateway_name
);

text!(
    /// A gateway.
    Gateway,
    "the name of a gateway",
    is_gateway_name
);

impl Value for TypeRules {
    fn expected() -> String {
        r#"a table of create, read, update, delete and admin, each a list of "everybody", "users", "creator", "users.ID" or "usergroups.ID", and inherits, the name of a property"#
            .to_owned()
    }

    fn parse(_: &str) -> Option<Self> {
        None
    }

    fn read(value: &Spanned<DeValue<'_>>) -> Result<Self, Range<usize>> {
        let DeValue::Table(entries) = value.get_ref() else {
            return Err(value.span());
        };
        let mut rules = Self::default();
        for (name, value) in entries {
            let place = match &**name.get_ref() {
                "create" => &mut rules.create,
                "read" => &mut rules.read,
                "update" => &mut rules.update,
                "delete" => &mut rules.delete,
                "admin" => &mut rules.admin,
                "inherits" => {
                    let property = value.get_ref().as_str().filter(|name| !name.is_empty());
                    rules.inherits = Some(property.ok_or_else(|| value.span())?.to_owned());
                    continue;
                }
                _ => return Err(name.span()),
            };
            *place = Some(grantees(value)?);
        }
        Ok(rules)
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        let rights = [
            ("create", &self.create),
            ("read", &self.read),
            ("update", &self.update),
            ("delete", &self.delete),
            ("admin", &self.admin),
        ];
        let mut table = toml::Table::new();
        for (name, grantees) in rights {
            if let Some(grantees) = grantees {
                let grantees = grantees.iter().map(|grantee| grantee.to_string().into());
                table.insert(name.to_owned(), toml::Value::Array(grantees.collect()));
            }
        }
        if let Some(property) = &self.inherits {
            table.insert("inherits".to_owned(), property.as_str().into());
        }
        Some(table.into())
    }
}

fn grantees(value: &Spanned<DeValue<'_>>) -> Result<Vec<Grantee>, Range<usize>> {
    list(value, Grantee::parse)
}

/// A list of texts; the error is the span of the first that means nothing.
pub(super) fn list<T>(
    value: &Spanned<DeValue<'_>>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Range<usize>> {
    let DeValue::Array(items) = value.get_ref() else {
        return Err(value.span());
    };
    let item = |item: &Spanned<DeValue<'_>>| {
        let text = item.get_ref().as_str();
        text.and_then(&parse).ok_or_else(|| item.span())
    };
    items.iter().map(item).collect()
}
