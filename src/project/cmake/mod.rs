//! CMake: which QML modules and resources a project declares. CMake itself is never run.
//!
//! - [`script`]: one file, parsed.
//! - [`evaluator`]: all files of a tree, evaluated as CMake would, as far as can be known.
//! - [`declared`]: what comes of it.
//!
//! Evaluated are variables, lists, text, paths, globs, conditions, loops, functions and macros of
//! the project, `include` and `add_subdirectory`, and Qt's and KDE's commands for QML modules and
//! resources. Not known are what `find_package` and programs find, the environment, the cache, and
//! generator expressions. Of a condition that is not known both sides are taken. Work is bounded;
//! whatever goes beyond, or lacks a value, becomes a finding, and the rest counts.

mod commands;
mod condition;
mod control;
pub(super) mod declared;
mod evaluator;
mod keywords;
mod paths;
mod properties;
mod qml_module;
pub(super) mod script;
mod text;
mod value;
mod work;

pub(super) use evaluator::evaluate;
