//! `[collections.NAME]`: the settings of each collection.

#[cfg(test)]
mod tests;
mod values;

use std::time::Duration;

use super::error::ConfigError;
use super::section::Section;
use super::values::ByteSize;
use crate::http::Faults;
use crate::services::collections::CollectionConfig;
use crate::services::hub::gateway_clash;
pub(crate) use values::Data;
pub(super) use values::ListPath;
use values::{Name, PushTo};

/// `[collections.NAME]`.
pub(super) fn declared(top: &mut Section<'_>) -> Result<Vec<CollectionConfig>, ConfigError> {
    top.named("collections", "only those found in data/", collection)
}

fn collection(name: &str, section: &mut Section<'_>) -> Result<CollectionConfig, ConfigError> {
    if name.is_empty() || name.contains(|c: char| c.is_control() || "/\\?#%\"".contains(c)) {
        let given = format!("{name:?}");
        let expected = "a name that can be part of a path, such as colors".to_owned();
        let at = section.at("");
        return Err(ConfigError::value(
            at,
            "[collections.NAME]",
            &given,
            expected,
        ));
    }
    let default_path = format!("/{name}");
    let path = section.optional::<ListPath>("path", &default_path)?;
    let path = path.map(|path| path.0);
    let shown = path.as_ref().unwrap_or(&default_path);
    // The gateway is asked first, and what it takes for its own is lost.
    if let Some(endpoint) = gateway_clash(shown) {
        let key = format!("[collections.{name}] path");
        let given = format!("{shown:?}");
        let expected =
            format!("a path that leaves {endpoint} to the gateway, such as path = \"/api{shown}\"");
        return Err(ConfigError::value(
            section.at("path"),
            &key,
            &given,
            expected,
        ));
    }
    let word = |name: Option<Name>| name.map(|name| name.0);
    Ok(CollectionConfig {
        name: name.to_owned(),
        path,
        seed: section.optional("seed", "the file of this name in data/, if there is one")?,
        key: word(section.optional("key", "id, name or key, whichever all objects have")?),
        item: word(section.optional("item", "the singular of the name")?),
        envelope: section.or("envelope", Default::default())?,
        schema: section.optional("schema", "none")?,
        readonly: section.or("readonly", false)?,
        faults: faults(section)?,
        max_body: section
            .optional::<ByteSize>("max_body", "1MiB")?
            .map(|size| size.0),
        push: section
            .optional::<PushTo>("push", "to nobody")?
            .map(|push| push.0),
    })
}

/// `delay` and `fail` of whatever answers.
pub(super) fn faults(section: &mut Section<'_>) -> Result<Faults, ConfigError> {
    Ok(Faults {
        delay: section.optional::<Duration>("delay", "none")?,
        fail: section.or("fail", Default::default())?,
    })
}
