//! The signals that end the server.

use std::io;

use crate::attach::launch::Interruption;

/// They are heard from now on, instead of ending the process.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens for them.
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Interruption {
        tokio::select! {
            _ = self.terminate.recv() => Interruption::Terminate,
            _ = self.interrupt.recv() => Interruption::Interrupt,
        }
    }
}

/// They are heard from now on, instead of ending the process.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Listens for them.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Interruption {
        // Without a handler the system ends the process, which is as good.
        let _ = tokio::signal::ctrl_c().await;
        Interruption::Interrupt
    }
}

/// What a person calls it.
pub(super) fn name_of(signal: Interruption) -> &'static str {
    match signal {
        Interruption::Interrupt => "SIGINT",
        Interruption::Terminate => "SIGTERM",
    }
}
