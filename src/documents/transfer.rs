//! Sending a file from disk in pieces, for as long as it is the file that it was.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use actix_web::body::{BoxBody, MessageBody as _, SizedStream};
use actix_web::web;
use bytes::Bytes;
use futures_util::stream;

use crate::tree::file::Stat;

/// Read at a time, in bytes.
const PIECE: u64 = 64 * 1024;

/// The bytes of `range`. Each piece is sent only if nobody wrote to the file until it was read, as
/// far as `stat` tells; otherwise the transfer ends there, short of the length that it began with,
/// so that nobody takes a mixture of two states for either.
pub(super) fn body(file: File, stat: Stat, range: Range<u64>) -> BoxBody {
    let length = range.end.saturating_sub(range.start);
    let pieces = stream::try_unfold((file, range), move |(file, left)| async move {
        if left.is_empty() {
            return Ok::<_, actix_web::Error>(None);
        }
        let read = web::block(move || piece(file, &stat, left)).await?;
        Ok(Some(read?))
    });
    SizedStream::new(length, Box::pin(pieces)).boxed()
}

type State = (File, Range<u64>);

fn piece(mut file: File, stat: &Stat, left: Range<u64>) -> io::Result<(Bytes, State)> {
    let length = PIECE.min(left.end - left.start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.seek(SeekFrom::Start(left.start))?;
    file.by_ref().take(length).read_to_end(&mut bytes)?;
    // A writer's time is on the file before its bytes are.
    if bytes.len() as u64 != length || Stat::of(&file.metadata()?) != *stat {
        return Err(io::Error::other("the file was written to meanwhile"));
    }
    Ok((bytes.into(), (file, left.start + length..left.end)))
}
