//! REST collections of the real server: over HTTP, in every database, in real Qt clients.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "how a test fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod book;
mod crash;
mod data_command;
mod database;
mod events;
mod following;
mod large;
mod network;
mod openapi;
mod place;
mod postgres;
mod qt;
mod queries;
mod relations;
mod routes;
mod seeds;
