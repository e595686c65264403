//! What is asked of the operating system for many connections.

use std::any::Any;

/// How long a peer may leave what is sent to it unread or unanswered, in
/// milliseconds, before the system drops its connection. A socket that the hub
/// has closed for reading too slowly would otherwise stay as long as its peer.
#[cfg(target_os = "linux")]
const PATIENCE: u32 = 60_000;

/// Lets this process have as many files, so connections, as it may.
pub fn raise_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            limit.current = limit.maximum;
            if let Err(error) = setrlimit(Resource::Nofile, limit) {
                tracing::debug!("the limit of open files stays as it is: {error}");
            }
        }
    }
}

/// Has the system drop a peer that takes nothing any more. Linux only.
pub fn give_up_on_stuck_peers(io: &dyn Any) {
    #[cfg(target_os = "linux")]
    if let Some(stream) = io.downcast_ref::<tokio::net::TcpStream>()
        && let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, PATIENCE)
    {
        tracing::debug!("a stuck peer will not be noticed: {error}");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = io;
}
