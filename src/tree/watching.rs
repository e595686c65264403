//! A handle on the thread that follows the disk, and what that is told.

use std::sync::mpsc::SyncSender;

use tokio::sync::oneshot;

use super::debounce::Signal;

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Message {
    /// An event.
    Signal(Signal),
    /// The native way does not work any more.
    Failed(notify::Error),
    /// Look at everything, and tell when that is published.
    Look(oneshot::Sender<()>),
    /// The tree is not followed any more.
    Stop,
}

/// The running thread. It stops when this is dropped.
#[derive(Debug)]
pub struct Watching {
    messages: SyncSender<Message>,
}

impl Watching {
    /// The thread that reads these messages.
    pub(super) fn new(messages: SyncSender<Message>) -> Self {
        Self { messages }
    }

    /// Has everything on the disk looked at. The receiver hears when all of it is in the newest
    /// snapshot, but for what is still being written to; an error means that nothing is followed
    /// any more, or that more happens than is kept up with.
    pub(super) fn look(&self) -> oneshot::Receiver<()> {
        let (done, looked) = oneshot::channel();
        let _ = self.messages.try_send(Message::Look(done));
        looked
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // A full queue is read within milliseconds; a closed one is what we want.
        let _ = self.messages.send(Message::Stop);
    }
}
