//! `qmlserve`: the dev server for QML over the network.
//!
//! A map of the crate, in the order in which its parts may know each other;
//! each sees only those before it (a test holds that):
//!
//! - [`path`]: paths of the tree.
//! - [`qml`]: what documents and qmldirs say. Pure.
//! - [`tree`]: the served folder, watched, as immutable snapshots.
//! - [`access`]: who may ask.
//! - [`documents`]: documents and assets over HTTP.
//! - [`live`]: the stream of events, and the QML that listens to it.
//! - [`attach`]: programs that run already, over their debug port.
//! - [`services`]: the small back end of an interface: collections, WebSockets.
//! - [`config`]: flags, environment, file and defaults as one validated value.
//! - [`server`]: the only place that wires everything.
//! - [`cmd`]: the command line and its sub-commands.

pub mod access;
pub mod attach;
pub mod cmd;
pub mod config;
pub mod documents;
pub mod live;
pub mod path;
pub mod qml;
pub mod server;
pub mod services;
pub mod tree;
