//! What a proxy is told by the configuration.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::http::Faults;

/// One proxy: a path of the server, and what answers there in its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProxyConfig {
    /// Where it is, without a slash at the end: `/flickr`.
    pub path: String,
    /// What stands in the place of that path: `http` or `https`, without query and fragment.
    pub to: Url,
    /// Who answers.
    pub mode: Mode,
    /// Where answers are recorded.
    pub recording: PathBuf,
    /// The most bytes of a body that is recorded.
    pub max_body: u64,
    /// The parameters of a query that do not count when a recording is looked for.
    pub ignore_query: Vec<String>,
    /// What never reaches the disk: headers, parameters of queries, fields of JSON, by name.
    pub secret: Vec<String>,
    /// What the target gets beside the client's own headers.
    pub headers: Vec<(String, String)>,
    /// The sign-in whose token the target gets.
    pub oauth: Option<String>,
    /// Whether the certificate of the target is not checked.
    pub insecure: bool,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// How long a connection may take.
    pub connect: Duration,
    /// How long neither side may send anything of a request and its answer.
    pub idle: Duration,
}

/// Who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The target.
    #[default]
    Live,
    /// The target, and its answers are recorded.
    Record,
    /// The recording.
    Replay,
    /// The recording; the target where there is none, and that is recorded.
    Auto,
}

impl Mode {
    /// As the configuration has it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Record => "record",
            Self::Replay => "replay",
            Self::Auto => "auto",
        }
    }
}
