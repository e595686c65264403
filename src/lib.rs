//! `qmlserve`: the dev server for QML over the network.

pub mod cli;
pub mod config;
