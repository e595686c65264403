//! What waits to be written to one socket: bounded, filled by anybody, emptied
//! by the socket's connection. Filling never waits.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use actix_http::ws::CloseCode;
use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::Notify;

use super::frame::Frame;
use super::limits::Permit;

/// What a frame costs beside its bytes, in bytes: its place in the queue, and
/// its allocation where no other socket shares it. With it, the bound of a
/// queue bounds the memory of any number of small frames.
const OVERHEAD: usize = 64;

/// The most bytes of a frame that are handed over at once. What was handed over
/// is the connection's until it is written, and can neither be dropped nor
/// bounded any more.
const PIECE: usize = 64 << 10;

/// From so many frames on, a peer that is answered has to wait.
const CROWDED: usize = 64;

/// A socket's side of everything that is sent to it.
#[derive(Debug)]
pub(super) struct Outbox {
    /// Tells sockets apart, in this process.
    pub id: u64,
    most_bytes: usize,
    /// Given back with the last of those who hold the outbox: the session and
    /// the body of the response, whichever takes longer.
    _permit: Option<Permit>,
    queue: Mutex<Queue>,
    /// The session waits here: for the end, or for the queue to empty.
    session: Notify,
    /// All others wait here, for the same.
    others: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    /// The bytes of all frames, and [`OVERHEAD`] for each.
    weight: usize,
    /// Whether the first frame is the rest of one that was begun.
    is_begun: bool,
    state: State,
    /// The connection, waiting for frames.
    writer: Option<Waker>,
    /// Whether the session waits for the queue to empty.
    is_awaited: bool,
}

/// How far a socket's life is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// Messages are taken.
    #[default]
    Open,
    /// The close frame is the last in the queue.
    Closing,
    /// Nothing follows once the queue is empty.
    Ended,
    /// The connection is gone.
    Gone,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It waits to be written.
    Queued,
    /// It found no room, and the socket is being closed for it.
    Overflowed,
    /// The socket takes no messages any more.
    Closed,
}

impl Outbox {
    /// An outbox for `most_bytes` of frames, each with [`OVERHEAD`]; a single
    /// larger one is taken.
    pub(super) fn new(id: u64, most_bytes: usize) -> Self {
        Self {
            id,
            most_bytes,
            _permit: None,
            queue: Mutex::default(),
            session: Notify::new(),
            others: Notify::new(),
        }
    }

    /// The same, which keeps its permit for as long as it is
    /// there.
    pub(super) fn holding(self, permit: Permit) -> Self {
        Self {
            _permit: Some(permit),
            ..self
        }
    }

    /// Adds a frame. Where there is no room, its reader is too slow: what
    /// waits is given up, and the socket closed with a code that says so.
    pub(super) fn push(&self, frame: &Frame) -> Pushed {
        let mut queue = self.lock();
        if queue.state != State::Open {
            return Pushed::Closed;
        }
        let more = weight(frame.bytes());
        if !queue.frames.is_empty() && queue.weight + more > self.most_bytes {
            // The close has to come after a whole frame.
            let begun = usize::from(queue.is_begun);
            queue.frames.truncate(begun);
            queue.weight = queue.frames.iter().map(weight).sum();
            let close = Frame::close_with(
                CloseCode::Again,
                "this socket reads more slowly than it is written to",
            );
            self.finish(queue, &close);
            return Pushed::Overflowed;
        }
        queue.weight += more;
        queue.frames.push_back(frame.bytes().clone());
        wake(queue);
        Pushed::Queued
    }

    /// How many of these frames, from the first on, fit into half of all its
    /// room.
    pub(super) fn fitting<'f>(&self, frames: impl Iterator<Item = &'f Frame>) -> usize {
        let mut left = self.most_bytes / 2;
        let fits = |frame: &&Frame| match left.checked_sub(weight(frame.bytes())) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        };
        frames.take_while(fits).count()
    }

    /// Adds the last frame, a close. Only the first counts.
    pub(super) fn close(&self, frame: &Frame) {
        let queue = self.lock();
        if queue.state == State::Open {
            self.finish(queue, frame);
        }
    }

    fn finish(&self, mut queue: MutexGuard<'_, Queue>, close: &Frame) {
        queue.state = State::Closing;
        queue.weight += weight(close.bytes());
        queue.frames.push_back(close.bytes().clone());
        wake(queue);
        self.session.notify_one();
        self.others.notify_waiters();
    }

    /// Ends the connection once everything is written.
    pub(super) fn end(&self) {
        let mut queue = self.lock();
        if queue.state != State::Gone {
            queue.state = State::Ended;
        }
        wake(queue);
    }

    /// Forgets what still waits, and with it ends the connection as soon as
    /// that is written which was handed over.
    pub(super) fn give_up(&self) {
        let mut queue = self.lock();
        queue.frames = VecDeque::new();
        queue.weight = 0;
        drop(queue);
        self.end();
    }

    /// How far it is.
    pub(super) fn state(&self) -> State {
        self.lock().state
    }

    /// Returns when the socket no longer takes messages.
    pub(super) async fn closed(&self) {
        while self.state() == State::Open {
            self.session.notified().await;
        }
    }

    /// Returns when the connection takes nothing any more: it has all of it, or
    /// is lost.
    pub(super) async fn gone(&self) {
        while self.state() != State::Gone {
            self.session.notified().await;
        }
    }

    /// Returns at once while little waits, and else when all of it is written
    /// or never will be. Whoever answers a peer waits here, so that the peer
    /// waits too.
    pub(super) async fn roomy(&self) {
        let is_crowded =
            |queue: &Queue| queue.frames.len() >= CROWDED || queue.weight >= self.most_bytes / 2;
        if !is_crowded(&self.lock()) {
            return;
        }
        loop {
            {
                let mut queue = self.lock();
                if queue.frames.is_empty() || queue.state != State::Open {
                    return;
                }
                queue.is_awaited = true;
            }
            self.session.notified().await;
        }
    }

    /// Whether [`Self::push`] would take a frame, or say that the socket is closed.
    pub(super) fn has_room_for(&self, frame: &Frame) -> bool {
        let queue = self.lock();
        queue.state != State::Open
            || queue.frames.is_empty()
            || queue.weight + weight(frame.bytes()) <= self.most_bytes
    }

    /// Returns when all of it is written or never will be. Anybody may wait here.
    pub(super) async fn emptied(&self) {
        loop {
            let notified = self.others.notified();
            {
                let queue = self.lock();
                if queue.frames.is_empty() || queue.state != State::Open {
                    return;
                }
            }
            notified.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a frame takes of the room of a queue, in bytes.
fn weight(frame: &Bytes) -> usize {
    frame.len() + OVERHEAD
}

/// Wakes the connection, after the lock is released: it may run at once, on
/// another thread.
fn wake(mut queue: MutexGuard<'_, Queue>) {
    let writer = queue.writer.take();
    drop(queue);
    if let Some(writer) = writer {
        writer.wake();
    }
}

/// The frames of an outbox as the body of a response.
#[derive(Debug)]
pub(super) struct Frames(pub Arc<Outbox>);

impl Stream for Frames {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut queue = self.0.lock();
        if let Some(frame) = queue.frames.front_mut()
            && frame.len() > PIECE
        {
            let piece = frame.split_to(PIECE);
            queue.is_begun = true;
            queue.weight = queue.weight.saturating_sub(PIECE);
            return Poll::Ready(Some(Ok(piece)));
        }
        if let Some(frame) = queue.frames.pop_front() {
            queue.is_begun = false;
            queue.weight = queue.weight.saturating_sub(weight(&frame));
            if queue.frames.is_empty() {
                // A burst leaves its memory behind otherwise.
                if queue.frames.capacity() > CROWDED {
                    queue.frames = VecDeque::new();
                }
                if std::mem::take(&mut queue.is_awaited) {
                    self.0.session.notify_one();
                }
                self.0.others.notify_waiters();
            }
            return Poll::Ready(Some(Ok(frame)));
        }
        if queue.state == State::Ended {
            return Poll::Ready(None);
        }
        let is_known = queue
            .writer
            .as_ref()
            .is_some_and(|writer| writer.will_wake(context.waker()));
        if !is_known {
            queue.writer = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        let mut queue = self.0.lock();
        queue.state = State::Gone;
        queue.frames = VecDeque::new();
        queue.weight = 0;
        drop(queue);
        self.0.session.notify_one();
        self.0.others.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::ConnectionLimits;
    use super::*;
    use futures_util::FutureExt as _;
    use futures_util::StreamExt as _;

    #[test]
    fn a_full_outbox_is_closed_with_a_code() {
        let outbox = Arc::new(Outbox::new(1, 10));
        let mut frames = Frames(Arc::clone(&outbox));
        let large = Frame::text("larger than all the room there is");
        assert_eq!(outbox.push(&large), Pushed::Queued);
        assert_eq!(outbox.push(&Frame::text("x")), Pushed::Overflowed);
        assert_eq!(outbox.push(&Frame::text("x")), Pushed::Closed);
        let close = frames.next().now_or_never().unwrap().unwrap().unwrap();
        assert_eq!(&close[2..4], &1013_u16.to_be_bytes());
        assert!(frames.next().now_or_never().is_none());
        outbox.end();
        assert!(frames.next().now_or_never().unwrap().is_none());
    }

    #[test]
    fn a_frame_that_is_begun_is_finished_before_the_close() {
        let outbox = Arc::new(Outbox::new(1, 1 << 20));
        let mut frames = Frames(Arc::clone(&outbox));
        let large = Frame::text(&"x".repeat(900_000));
        let size = large.bytes().len();
        outbox.push(&large);
        outbox.push(&Frame::text("lost"));
        let mut next = || {
            frames
                .next()
                .now_or_never()
                .map(|next| next.unwrap().unwrap())
        };
        let mut written = next().unwrap().to_vec();
        assert_eq!(outbox.push(&large), Pushed::Overflowed);
        while let Some(piece) = next() {
            assert!(piece.len() <= PIECE);
            written.extend_from_slice(&piece);
        }
        assert_eq!(written[..size], large.bytes()[..]);
        assert_eq!(written[size..][2..4], 1013_u16.to_be_bytes());
        assert_eq!(outbox.lock().weight, 0);
    }

    #[test]
    fn a_permit_is_kept_until_the_connection_ends() {
        let limits = Arc::new(ConnectionLimits::new(1, 1));
        let outbox = Outbox::new(1, 100).holding(limits.acquire(None).unwrap());
        let outbox = Arc::new(outbox);
        let mut frames = Frames(Arc::clone(&outbox));
        outbox.push(&Frame::text("unread"));
        outbox.end();
        assert!(outbox.gone().now_or_never().is_none());
        outbox.give_up();
        drop(outbox);
        assert_eq!(limits.open(), 1);
        assert!(frames.next().now_or_never().unwrap().is_none());
        drop(frames);
        assert_eq!(limits.open(), 0);
    }

    #[test]
    fn small_frames_are_bounded_by_what_they_cost() {
        let outbox = Arc::new(Outbox::new(1, 1 << 20));
        let frame = Frame::text("x");
        let taken = (0..).take_while(|_| outbox.push(&frame) == Pushed::Queued);
        assert_eq!(taken.count(), (1 << 20) / (3 + OVERHEAD));
    }

    #[test]
    fn whoever_is_patient_learns_of_room_and_of_the_end() {
        let outbox = Arc::new(Outbox::new(1, 100));
        let mut frames = Frames(Arc::clone(&outbox));
        let frame = Frame::text("twenty bytes of text");
        assert!(outbox.has_room_for(&frame));
        outbox.push(&frame);
        assert!(!outbox.has_room_for(&frame));
        let (mut one, mut two) = (Box::pin(outbox.emptied()), Box::pin(outbox.emptied()));
        assert!((&mut one).now_or_never().is_none());
        assert!((&mut two).now_or_never().is_none());
        assert!(frames.next().now_or_never().is_some());
        assert!(one.now_or_never().is_some() && two.now_or_never().is_some());
        assert!(outbox.has_room_for(&frame));

        outbox.push(&frame);
        let mut waiting = Box::pin(outbox.emptied());
        assert!((&mut waiting).now_or_never().is_none());
        drop(frames);
        assert!(waiting.now_or_never().is_some());
    }

    #[test]
    fn the_session_learns_of_the_end() {
        let outbox = Arc::new(Outbox::new(1, 10));
        let frames = Frames(Arc::clone(&outbox));
        assert!(outbox.closed().now_or_never().is_none());
        outbox.push(&Frame::text("half of it"));
        assert!(outbox.roomy().now_or_never().is_none());
        drop(frames);
        assert!(outbox.closed().now_or_never().is_some());
        assert!(outbox.roomy().now_or_never().is_some());
        assert_eq!(outbox.state(), State::Gone);
    }
}
