//! What is asked of the operating system for many connections.

/// How long a peer may leave what is sent to it unread or unanswered, in
/// milliseconds, before the system drops its connection. A socket that the hub
/// has closed for reading too slowly would otherwise stay as long as its peer.
#[cfg(target_os = "linux")]
const PATIENCE: u32 = 60_000;

/// After how long a silence the system asks a peer whether it is still there.
/// A device that was switched off would otherwise stay connected for ever.
#[cfg(target_os = "linux")]
const SILENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Lets this process have as many files, so connections, as it may.
pub(super) fn raise_file_limit() {
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

/// Has the system drop a peer that is gone, or takes nothing any more. Linux only.
pub(super) fn give_up_on_lost_peers(stream: &tokio::net::TcpStream) {
    #[cfg(target_os = "linux")]
    if let Err(error) = watch(stream) {
        tracing::debug!("a lost peer will not be noticed: {error}");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

#[cfg(target_os = "linux")]
fn watch(stream: &tokio::net::TcpStream) -> Result<(), rustix::io::Errno> {
    use rustix::net::sockopt::{set_socket_keepalive, set_tcp_keepidle, set_tcp_user_timeout};
    set_tcp_user_timeout(stream, PATIENCE)?;
    set_socket_keepalive(stream, true)?;
    set_tcp_keepidle(stream, SILENCE)
}
