//! What data storage is told by the configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::database::Location;

/// Everything about data storage.
#[derive(Clone, Debug)]
pub(crate) struct EnginioConfig {
    /// The database of the collections, beside which this one lies; PostgreSQL is shared with them.
    pub location: Location,
    /// The folder of what is kept: the SQLite database, and the content of files.
    pub folder: PathBuf,
    /// Those that are declared.
    pub backends: Vec<BackendConfig>,
    /// Whether the first of them answers whatever id a client sends.
    pub takes_any_id: bool,
}

/// One backend: its objects, users and files are its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BackendConfig {
    /// What it is called, in the database and in messages.
    pub name: String,
    /// The `Enginio-Backend-Id` of its requests; the name, if it is not said.
    pub id: Option<String>,
    /// Whoever sends it may do everything.
    pub token: Option<String>,
    /// Whether anybody may become a user.
    pub closed: bool,
    /// What holds for the objects of a type, by its name, such as `objects.todos`.
    pub types: BTreeMap<String, TypeRules>,
    /// The gateway that is told of every change.
    pub push: Option<String>,
    /// The URLs that are told of changes.
    pub webhooks: Vec<WebHookConfig>,
    /// The most bytes of an object; 1 MiB if it is not said.
    pub max_body: Option<u64>,
    /// The most bytes of a file; 64 MiB if it is not said.
    pub max_file: Option<u64>,
}

/// A URL that is told of changes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WebHookConfig {
    /// It is checked: http or https.
    pub url: String,
    /// The types of the objects; all, if there are none.
    pub types: Vec<String>,
    /// The words of the events.
    pub events: Vec<String>,
    /// What is sent beside it. The values may be secret.
    pub headers: Vec<(String, String)>,
    /// How long an answer is waited for.
    pub timeout: Duration,
}

impl std::fmt::Debug for WebHookConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("WebHookConfig")
    }
}

/// The most bytes of an object where nothing else is said.
pub(super) const MAX_BODY: u64 = 1 << 20;

/// The most bytes of a file where nothing else is said.
pub(super) const MAX_FILE: u64 = 64 << 20;

/// What holds for the objects of a type. Without any rule, only the creator may do anything with
/// an object, and everybody where nobody was logged in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TypeRules {
    /// Who may create.
    pub create: Option<Vec<Grantee>>,
    /// Who may read a new object.
    pub read: Option<Vec<Grantee>>,
    /// Who may change a new object.
    pub update: Option<Vec<Grantee>>,
    /// Who may remove a new object.
    pub delete: Option<Vec<Grantee>>,
    /// Who may do all that and say who else may.
    pub admin: Option<Vec<Grantee>>,
    /// The property with a reference to the object whose rights hold for this one, too.
    pub inherits: Option<String>,
}

/// Somebody in a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grantee {
    /// Logged in or not.
    Everybody,
    /// Whoever is logged in.
    Users,
    /// Whoever created the object.
    Creator,
    /// One user, by id.
    User(String),
    /// Whoever is in a group, by its id.
    Group(String),
}

impl Grantee {
    /// The grantee as the configuration has it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let id = |text: &str| super::id::is_id(text).then(|| text.to_owned());
        Some(match text {
            "everybody" => Self::Everybody,
            "users" => Self::Users,
            "creator" => Self::Creator,
            _ => match text.split_once('.')? {
                ("users", user) => Self::User(id(user)?),
                ("usergroups", group) => Self::Group(id(group)?),
                _ => return None,
            },
        })
    }
}

impl std::fmt::Display for Grantee {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everybody => out.write_str("everybody"),
            Self::Users => out.write_str("users"),
            Self::Creator => out.write_str("creator"),
            Self::User(id) => write!(out, "users.{id}"),
            Self::Group(id) => write!(out, "usergroups.{id}"),
        }
    }
}

/// Whether a type may be called so: `objects.` and up to 64 letters, digits, dashes, underscores;
/// or one of the types that are there by themselves.
pub(crate) fn is_type(text: &str) -> bool {
    let is_own = |name: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        (1..=64).contains(&name.len()) && name.bytes().all(good)
    };
    matches!(text, "users" | "usergroups" | "files")
        || text.strip_prefix("objects.").is_some_and(is_own)
}
