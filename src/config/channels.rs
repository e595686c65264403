//! `[channels.NAME]`: relays of the web channel.

use super::error::ConfigError;
use super::section::Section;
use super::values::Secret;
use crate::services::channel::config::{RelayConfig, is_name};

/// The shortest token, in characters: whoever guesses it publishes.
const SHORTEST: usize = 8;

/// `[channels.NAME]`.
pub(super) fn channels(top: &mut Section<'_>) -> Result<Vec<RelayConfig>, ConfigError> {
    let none = "none, only the server's own objects at /channel";
    top.named("channels", none, |name, section| {
        if !is_name(name) {
            let expected = "1 to 64 letters, digits, dots, dashes or underscores";
            return Err(section.wrong(name, expected));
        }
        let token = section.required::<Secret>("token")?.0;
        if token.chars().count() < SHORTEST {
            let expected = "one of 8 characters or more, such as from `openssl rand -hex 16`";
            return Err(section.wrong("a short token", expected));
        }
        let name = name.to_owned();
        Ok(RelayConfig { name, token })
    })
}
