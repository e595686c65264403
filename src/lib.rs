//! `qmlserve`: the dev server for QML over the network.
//!
//! A map of the crate, in the order in which its parts may know each other;
//! each sees only those before it (a test holds that):
//!
//! - `path`: paths of the tree.
//! - `qml`: what documents and qmldirs say. Pure.
//! - `project`: what the files of build systems say of modules, resources and entries. Pure.
//! - `tree`: the served folder, watched, as immutable snapshots.
//! - `http`: the one error answer, conditional requests, pages.
//! - `access`: who may ask.
//! - `documents`: documents and assets over HTTP.
//! - `live`: the stream of events, and the QML that listens to it.
//! - `attach`: programs that run already, over their debug port.
//! - `database`: SQLite and PostgreSQL, for what services keep.
//! - `services`: the small back end of an interface: collections, WebSockets, other servers.
//! - `page`: the page for a browser.
//! - `mcp`: the Model Context Protocol, for programs that help to write programs.
//! - `config`: flags, environment, file and defaults as one validated value.
//! - `server`: the only place that wires everything.
//! - `cmd`: the command line and its sub-commands.

#![cfg_attr(
    not(unix),
    allow(
        dead_code,
        unused_mut,
        clippy::drop_non_drop,
        clippy::needless_update,
        reason = "some parts are for Unix alone: its sockets, keys of a terminal, pushes"
    )
)]

mod access;
mod attach;
pub mod cmd;
mod config;
mod database;
mod documents;
mod http;
mod live;
mod mcp;
mod page;
mod path;
mod project;
#[allow(unreachable_pub, reason = "pub here means: for the parts above")]
mod qml;
mod server;
mod services;
#[allow(unreachable_pub, reason = "pub here means: for the parts above")]
mod tree;
