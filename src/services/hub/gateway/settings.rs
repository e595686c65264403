//! What a gateway's configuration says. Pure.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::GatewayError;
use super::message::parse;
use crate::services::hub::config::AccessMode;

/// What was put, as it was written; permissions are the config file's to give,
/// and only told.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    name: Option<String>,
    identity_provider: Option<Box<RawValue>>,
}

/// Who may ask for a socket, and who may send.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Permissions {
    read: Vec<String>,
    write: Vec<String>,
}

impl Permissions {
    /// What is in force.
    fn of(mode: AccessMode) -> Self {
        let all = match mode {
            AccessMode::None => vec!["*".to_owned()],
            AccessMode::Custom => Vec::new(),
        };
        Self {
            read: all.clone(),
            write: all,
        }
    }
}

impl Settings {
    /// Takes over what `body` has, at a gateway of this access.
    pub(super) fn update(&mut self, body: &[u8], mode: AccessMode) -> Result<(), GatewayError> {
        let [name, identity_provider, permissions] =
            parse(body, ["name", "identityProvider", "permissions"])?;
        let name = name.map(|name| serde_json::from_str(name.get()));
        let name = name
            .transpose()
            .map_err(|_| GatewayError::invalid("name", "must be a string"))?;
        if let Some(given) = permissions {
            let given: Permissions = serde_json::from_str(given.get()).map_err(|_| {
                GatewayError::invalid("permissions", "must be an object of {read, write}")
            })?;
            if given != Permissions::of(mode) {
                return Err(GatewayError::invalid("permissions", NOT_HERE));
            }
        }
        if name.is_some() {
            self.name = name;
        }
        if let Some(given) = identity_provider {
            self.identity_provider = Some(given.to_owned());
        }
        Ok(())
    }

    /// As the API tells them of the gateway `name`.
    pub(super) fn told<'a>(&'a self, name: &'a str, mode: AccessMode) -> impl Serialize + 'a {
        Configuration {
            name: self.name.as_deref().unwrap_or(name),
            identity_provider: self.identity_provider.as_deref(),
            permissions: Permissions::of(mode),
        }
    }
}

const NOT_HERE: &str = "cannot be changed here: access in [gateways.NAME] of qmlserve.toml says \
                        who may read and write, and GET what is in force";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Configuration<'a> {
    name: &'a str,
    identity_provider: Option<&'a RawValue>,
    permissions: Permissions,
}
