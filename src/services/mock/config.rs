//! What a mock is told by the configuration.

use std::path::PathBuf;

use super::pattern::Pattern;
use crate::http::Faults;

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MockConfig {
    /// Where it is given.
    pub path: Pattern,
    /// To which method; that of a GET is given to a HEAD as well.
    pub method: String,
    /// The parameters that the query has to have.
    pub query: Vec<(String, String)>,
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub content: Content,
    /// What goes wrong on purpose.
    pub faults: Faults,
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// This text, with the parameters of the path in the place of `{name}`.
    Text(String),
    /// What is in this file at the moment.
    File(PathBuf),
}
