//! What the web channel is told: its relays. Pure; `config` reads it from the file.

/// A relay at `/channel/NAME`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RelayConfig {
    /// What it is called.
    pub name: String,
    /// What the program shows that publishes its objects.
    pub token: String,
}

impl std::fmt::Debug for RelayConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "RelayConfig({})", self.name)
    }
}

/// Whether a relay may have this name.
pub(crate) fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(fits) && text != "." && text != ".."
}
