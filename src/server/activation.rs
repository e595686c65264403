//! Sockets that somebody else has bound and hands over (`LISTEN_FDS`, sd_listen_fds(3)): systemd
//! starts the server when the first client comes, and keeps the socket while it is started anew.

use std::io;

use listenfd::ListenFd;

use super::listen::{ListenError, Listeners};

/// The sockets that this process was handed; none in most cases.
pub(super) fn sockets() -> Result<Option<Listeners>, ListenError> {
    let mut handed = ListenFd::from_env();
    if handed.len() == 0 {
        return Ok(None);
    }
    let mut listeners = Listeners::default();
    for index in 0..handed.len() {
        let tcp = handed.take_tcp_listener(index);
        match tcp {
            Ok(Some(listener)) => {
                listener
                    .set_nonblocking(true)
                    .map_err(ListenError::Handed)?;
                listeners.tcp.push(listener);
            }
            Ok(None) => {}
            #[cfg(unix)]
            Err(_) => {
                let unix = handed.take_unix_listener(index);
                listeners.unix.extend(unix.map_err(ListenError::Handed)?);
            }
            #[cfg(not(unix))]
            Err(error) => return Err(ListenError::Handed(error)),
        }
    }
    match listeners.is_empty() {
        true => Err(ListenError::Handed(io::ErrorKind::InvalidInput.into())),
        false => Ok(Some(listeners)),
    }
}
