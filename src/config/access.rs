//! `[[access]]`: paths for which people sign in.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::ConfigError;
use super::section::Section;
use super::values::{MASK, Secret, Value, text};
use crate::access::{StoredHash, UsersConfig};

/// `[[access]]`.
pub(super) fn rules(top: &mut Section<'_>) -> Result<Vec<UsersConfig>, ConfigError> {
    let mut seen: Vec<UsersConfig> = Vec::new();
    top.tables("access", "nobody is asked to sign in", |section| {
        let path = section.required::<ProtectedPath>("path")?.0;
        let realm = section.optional::<Realm>("realm", "qmlserve, and the path")?;
        let users: BTreeMap<String, StoredHash> = section.required("users")?;
        let is_name = |name: &String| {
            !name.is_empty() && !name.contains(|c: char| c.is_control() || c == ':')
        };
        if users.is_empty() || !users.keys().all(is_name) {
            let names: Vec<&str> = users.keys().map(String::as_str).collect();
            let expected = "at least one user, whose name has no colon in it";
            return Err(section.wrong(&format!("users {names:?}"), expected));
        }
        let rule = UsersConfig {
            path,
            users,
            realm: realm.map(|realm| realm.0),
        };
        if let Some(first) = seen.iter().find(|first| first.is_of_same_path(&rule)) {
            let given = format!("path = {:?}", rule.path);
            let expected = format!(
                "a path of its own: there is an [[access]] of path = {:?} already; name all of its \
                 users there",
                first.path
            );
            return Err(section.wrong(&given, &expected));
        }
        seen.push(rule.clone());
        Ok(rule)
    })
}

impl Value for StoredHash {
    fn expected() -> String {
        format!(
            "names with the hash of a password each, users = {{ ann = \"$argon2id$…\" }}, and never \
             a password itself (nor the {MASK:?} that --print-config shows): run `qmlserve \
             password`, which makes one"
        )
    }

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn write(&self, _: &Path) -> Option<toml::Value> {
        Some(MASK.into())
    }

    fn quote(given: &str) -> &str {
        Secret::quote(given)
    }
}

text!(
    /// A path below which people sign in.
    ProtectedPath,
    r#"a path such as "/private", without a slash at its end, or "/" for everything"#,
    |text| text == "/" || text.strip_prefix('/').is_some_and(|path| {
        let good = |part: &str| {
            let special = |c: char| c.is_control() || "?#%\\;".contains(c);
            !part.is_empty() && !part.ends_with(['.', ' ']) && !part.contains(special)
        };
        let is_own = path == "@qmlserve" || path.starts_with("@qmlserve/");
        path.split('/').all(good) && (is_own || !path.starts_with('@'))
    })
);

text!(
    /// What a person is told to sign in to.
    Realm,
    "plain text without quotation marks",
    |text| !text.is_empty()
        && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\')
);
