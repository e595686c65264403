//! Sending a part of a file in pieces.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use actix_web::body::{BoxBody, MessageBody as _, SizedStream};
use actix_web::web;
use bytes::Bytes;
use futures_util::stream;

/// Read at a time, in bytes.
const PIECE: u64 = 64 * 1024;

/// The bytes of `range`, each piece only if `is_good` says so once it is read. Where it does not,
/// or the file has less, the transfer ends short of the length that it began with, so that nobody
/// takes it for all.
pub(crate) fn from_file(
    file: File,
    range: Range<u64>,
    is_good: impl Fn(&File) -> io::Result<bool> + Send + 'static,
) -> BoxBody {
    let length = range.end.saturating_sub(range.start);
    let source = Source { file, is_good };
    let pieces = stream::try_unfold((source, range), |(source, left)| async move {
        if left.is_empty() {
            return Ok::<_, actix_web::Error>(None);
        }
        let read = web::block(move || piece(source, left)).await?;
        Ok(Some(read?))
    });
    SizedStream::new(length, Box::pin(pieces)).boxed()
}

struct Source<G> {
    file: File,
    is_good: G,
}

type Piece<G> = (Bytes, (Source<G>, Range<u64>));

fn piece<G: Fn(&File) -> io::Result<bool>>(
    mut source: Source<G>,
    left: Range<u64>,
) -> io::Result<Piece<G>> {
    let length = PIECE.min(left.end - left.start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    source.file.seek(SeekFrom::Start(left.start))?;
    source.file.by_ref().take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length || !(source.is_good)(&source.file)? {
        return Err(io::Error::other("the file was written to meanwhile"));
    }
    Ok((bytes.into(), (source, left.start + length..left.end)))
}
