//! A backend as it is asked: its rules.

use std::collections::BTreeMap;

use super::config::{BackendConfig, Grantee, MAX_BODY, MAX_FILE, TypeRules, WebHookConfig};

/// A backend.
#[derive(Debug)]
pub(super) struct Backend {
    /// What it is called in the database.
    pub(super) name: String,
    /// What clients call it.
    pub(super) id: String,
    /// What opens everything.
    token: Option<blake3::Hash>,
    /// Whether only who has that makes users.
    pub(super) closed: bool,
    types: BTreeMap<String, TypeRules>,
    /// The gateway that hears of changes.
    pub(super) push: Option<String>,
    /// The URLs that hear of changes.
    pub(super) webhooks: Vec<WebHookConfig>,
    /// The most bytes of an object.
    pub(super) max_body: u64,
    /// The most bytes of a file.
    pub(super) max_file: u64,
}

impl Backend {
    /// The backend of these settings.
    pub(super) fn new(config: BackendConfig) -> Self {
        let mut types = config.types;
        for (name, rules) in by_themselves() {
            let given = types.remove(name).unwrap_or_default();
            types.insert(name.to_owned(), filled(given, rules));
        }
        Self {
            id: config.id.unwrap_or_else(|| config.name.clone()),
            token: config.token.map(|token| blake3::hash(token.as_bytes())),
            name: config.name,
            closed: config.closed,
            types,
            push: config.push,
            webhooks: config.webhooks,
            max_body: config.max_body.unwrap_or(MAX_BODY),
            max_file: config.max_file.unwrap_or(MAX_FILE),
        }
    }

    /// What holds for objects of this type.
    pub(super) fn rules(&self, kind: &str) -> TypeRules {
        self.types.get(kind).cloned().unwrap_or_default()
    }

    /// Whether this token opens everything. Hashes compare in constant time.
    pub(super) fn is_opened_by(&self, token: &str) -> bool {
        self.token == Some(blake3::hash(token.as_bytes()))
    }
}

/// The types that are there by themselves: users and groups are seen by each other, and groups
/// made by whoever is logged in.
fn by_themselves() -> [(&'static str, TypeRules); 2] {
    let users = || Some(vec![Grantee::Users]);
    [
        (
            "users",
            TypeRules {
                read: users(),
                ..TypeRules::default()
            },
        ),
        (
            "usergroups",
            TypeRules {
                create: users(),
                read: users(),
                ..TypeRules::default()
            },
        ),
    ]
}

fn filled(given: TypeRules, standard: TypeRules) -> TypeRules {
    TypeRules {
        create: given.create.or(standard.create),
        read: given.read.or(standard.read),
        update: given.update.or(standard.update),
        delete: given.delete.or(standard.delete),
        admin: given.admin.or(standard.admin),
        inherits: given.inherits,
    }
}
