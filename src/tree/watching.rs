//! A handle on the thread that follows the disk, and what that is told.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::SwitchError;
use super::debounce::Signal;
use super::snapshot::Snapshot;

/// What puts another folder in the place of the one that is served.
pub(super) type Exchange = Box<dyn FnOnce() -> Result<(), SwitchError> + Send>;

/// Between two tries while the queue is full.
const FULL: Duration = Duration::from_millis(5);

/// What the thread is told.
pub(super) enum Message {
    /// An event.
    Signal(Signal),
    /// The native way does not work any more.
    Failed(notify::Error),
    /// Look at everything, and tell when that is published.
    Look(oneshot::Sender<()>),
    /// Another folder takes the place of this one: nothing is looked at until it has, and then
    /// all of it is the next state.
    Switch(Switch),
    /// The tree is not followed any more.
    Stop,
}

/// An exchange of the folder, and who is told of the state that came of it.
pub(super) struct Switch {
    pub(super) exchange: Exchange,
    pub(super) done: oneshot::Sender<Result<Arc<Snapshot>, SwitchError>>,
}

impl fmt::Debug for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Signal(_) => "Signal",
            Self::Failed(_) => "Failed",
            Self::Look(_) => "Look",
            Self::Switch(_) => "Switch",
            Self::Stop => "Stop",
        })
    }
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

    /// Has the folder exchanged between two looks, and gives the state that came of it.
    ///
    /// # Errors
    /// The exchange failed, or nothing is followed any more.
    pub(super) async fn switch(&self, exchange: Exchange) -> Result<Arc<Snapshot>, SwitchError> {
        let (done, switched) = oneshot::channel();
        let switch = Message::Switch(Switch { exchange, done });
        // Never waits on the caller's thread: a queue that is full is being read.
        let mut message = Some(switch);
        while let Some(waiting) = message.take() {
            match self.messages.try_send(waiting) {
                Ok(()) => {}
                Err(TrySendError::Full(back)) => {
                    message = Some(back);
                    tokio::time::sleep(FULL).await;
                }
                Err(TrySendError::Disconnected(_)) => return Err(SwitchError::Ended),
            }
        }
        switched.await.map_err(|_| SwitchError::Ended)?
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // A full queue is read within milliseconds; a closed one is what we want.
        let _ = self.messages.send(Message::Stop);
    }
}
