//! What deploying by push is told by the configuration.

use std::time::Duration;

/// `[git]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitConfig {
    /// Whether pushes are taken.
    pub enabled: bool,
    /// The one branch that is served.
    pub branch: String,
    /// Whether a push may take commits back.
    pub force: bool,
    /// The most that one push may bring, and that its files may be together, in bytes.
    pub largest: u64,
    /// How long a push waits for clients to show it.
    pub wait: Duration,
}

impl Default for GitConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            branch: "main".to_owned(),
            force: true,
            largest: 256 << 20,
            wait: Duration::from_secs(10),
        }
    }
}
