//! Users, groups, and how somebody becomes known: passwords, tokens, and how often they may be
//! guessed.

mod groups;
mod guesses;
mod passwords;
mod tokens;
mod users;

pub(super) use groups::{add, leave, members};
pub(super) use guesses::Guesses;
pub(super) use passwords::Passwords;
pub(super) use tokens::{Login, login, refresh, revoke, session};
pub(super) use users::{Account, create, myself, update};
