//! `qmlserve`: the dev server for QML over the network.

pub mod qml;
