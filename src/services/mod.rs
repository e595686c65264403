//! The small back end that an interface talks to while it is made. The parts do not see each
//! other; `server` wires them.

pub mod collections;
