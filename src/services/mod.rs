//! The small back end that an interface talks to while it is made. Each part
//! is whole by itself: siblings never see each other, `server` joins them.

pub(crate) mod channel;
pub(crate) mod collections;
pub(crate) mod enginio;
#[cfg_attr(not(unix), path = "git/elsewhere.rs")]
pub(crate) mod git;
pub(crate) mod hub;
pub(crate) mod mock;
pub(crate) mod oauth;
pub(crate) mod proxy;
