//! The language side of `qmlserve`: what a QML document, a script and a `qmldir` say.
//!
//! Everything here is pure: text in, facts or text out. Nothing opens a file, knows a URL
//! of the server, or answers a request; the tree, its versions and HTTP are elsewhere.
//!
//! - [`document`]: one QML or JavaScript document: its imports, pragmas and references.
//! - [`qmldir`]: one `qmldir`, and the text that a remote client gets instead of it.
//! - [`rewrite`]: a document with the targets of its imports replaced.
//! - [`graph`]: what each document of a tree leads to, and a hash of it.
//! - [`outline`]: what of a document cannot change under its living objects.
//! - `known`: the types of the usual modules of Qt.
//! - [`module`]: from a dotted module name to the directory of the tree that holds it.

pub mod document;
#[cfg(test)]
mod fuzz;
pub mod graph;
pub(crate) mod known;
pub(crate) mod literal;
mod loading;
pub mod module;
pub mod outline;
pub mod qmldir;
pub mod rewrite;
pub(crate) mod syntax;
