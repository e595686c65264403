//! Work that grows with what a request or the database brings, kept off the threads that answer
//! everybody else.

use super::error::Refusal;
use super::store::StoreError;

/// What is done where it is asked for, in bytes: to hand it over would take longer.
const SMALL: usize = 16 * 1024;

/// Does `work` on something of that many bytes.
pub(super) async fn aside<T: Send + 'static>(
    size: usize,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    if size <= SMALL {
        return work();
    }
    let done = tokio::task::spawn_blocking(work).await;
    // It fails where the work panics, or the server ends.
    done.unwrap_or_else(|error| Err(StoreError::Other(error.to_string()).into()))
}
