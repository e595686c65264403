//! qt
