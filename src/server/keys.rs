//! Keys that a person types in the terminal in which the server runs. Only where there is one, and
//! only while the server is in front of it; the terminal is put back when this is dropped. What a
//! key does is the caller's.

/// What was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// `o`: show it in a browser.
    Open,
    /// `r`: load everything anew, everywhere.
    Reload,
    /// `c`: the address as a QR code.
    Code,
    /// `q`: end.
    Quit,
    /// `h`: which keys there are.
    Help,
}

/// Which keys there are.
pub(super) const HELP: &str = "o open a browser, r reload all, c QR code, q quit, h help";

#[cfg(unix)]
impl Key {
    fn of(byte: u8) -> Option<Self> {
        Some(match byte.to_ascii_lowercase() {
            b'o' => Self::Open,
            b'r' => Self::Reload,
            b'c' => Self::Code,
            b'q' => Self::Quit,
            b'h' | b'?' => Self::Help,
            _ => return None,
        })
    }
}

#[cfg(unix)]
pub(super) use unix::Keys;

#[cfg(unix)]
mod unix {
    use std::io::{IsTerminal as _, stdin, stdout};
    use std::os::fd::AsFd as _;
    use std::sync::{Arc, Mutex, PoisonError};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };
    use tokio::sync::mpsc;

    use super::Key;

    /// How often is looked whether the server has come to the front again.
    const LOOK: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 300_000_000,
    };

    /// Keys that are waited for.
    #[derive(Debug)]
    pub(in crate::server) struct Keys {
        typed: mpsc::Receiver<Key>,
        /// The terminal as it was.
        before: Termios,
        /// Whether the terminal is put back; held while it is set.
        is_over: Arc<Mutex<bool>>,
    }

    impl Keys {
        /// Listens from now on; `None` where nobody sits in front of a terminal.
        pub(in crate::server) fn listen() -> Option<Self> {
            if !stdin().is_terminal() || !stdout().is_terminal() || !is_in_front() {
                return None;
            }
            let before = tcgetattr(stdin()).ok()?;
            let is_over = Arc::new(Mutex::new(false));
            let (sender, typed) = mpsc::channel(8);
            let over = Arc::clone(&is_over);
            let listening = std::thread::Builder::new().name("keys".into());
            listening.spawn(move || follow(&sender, &over)).ok()?;
            Some(Self {
                typed,
                before,
                is_over,
            })
        }

        /// The next key.
        pub(in crate::server) async fn next(&mut self) -> Key {
            match self.typed.recv().await {
                Some(key) => key,
                // The terminal is gone.
                None => std::future::pending().await,
            }
        }
    }

    impl Drop for Keys {
        fn drop(&mut self) {
            let mut is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
            *is_over = true;
            // From behind, the system would stop the process for it, and whoever is in front has
            // set the terminal as it needs it.
            if is_in_front() {
                let _ = tcsetattr(stdin(), OptionalActions::Now, &self.before);
            }
        }
    }

    /// Whether what is typed is for this process: reading it from behind would stop it.
    fn is_in_front() -> bool {
        tcgetpgrp(stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
    }

    fn follow(typed: &mpsc::Sender<Key>, is_over: &Mutex<bool>) {
        let mut bytes = [0; 16];
        loop {
            {
                let is_over = is_over.lock().unwrap_or_else(PoisonError::into_inner);
                if *is_over || is_in_front() && take_keys_at_once().is_none() {
                    return;
                }
            }
            let input = stdin();
            let mut watched = [PollFd::from_borrowed_fd(input.as_fd(), PollFlags::IN)];
            let Ok(ready) = poll(&mut watched, Some(&LOOK)) else {
                continue;
            };
            if ready == 0 || !is_in_front() {
                if ready > 0 {
                    // Somebody else's.
                    std::thread::sleep(std::time::Duration::from_millis(300));
                }
                continue;
            }
            let read = match rustix::io::read(input.as_fd(), &mut bytes) {
                Ok(0) => return,
                Ok(read) => read,
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
                Err(_) => return,
            };
            for key in bytes.iter().take(read).filter_map(|byte| Key::of(*byte)) {
                // Whoever types faster than the server follows has not seen what it did.
                let _ = typed.try_send(key);
            }
        }
    }

    /// Keys are handed out as they are typed, and not shown. Signals stay what they are, but for
    /// the one that would end the process without a word. Again and again: a shell sets the
    /// terminal as it was before when the server was stopped and goes on.
    fn take_keys_at_once() -> Option<()> {
        let mut modes = tcgetattr(stdin()).ok()?;
        let by_line = LocalModes::ICANON | LocalModes::ECHO;
        if modes.local_modes.intersects(by_line) {
            modes.local_modes -= by_line;
            modes.special_codes[SpecialCodeIndex::VMIN] = 1;
            modes.special_codes[SpecialCodeIndex::VTIME] = 0;
            modes.special_codes[SpecialCodeIndex::VQUIT] = 0;
            tcsetattr(stdin(), OptionalActions::Now, &modes).ok()?;
        }
        Some(())
    }
}

/// Keys are not waited for here.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Keys;

#[cfg(not(unix))]
impl Keys {
    /// None.
    pub(super) fn listen() -> Option<Self> {
        None
    }

    /// Never.
    pub(super) async fn next(&mut self) -> Key {
        std::future::pending().await
    }
}
