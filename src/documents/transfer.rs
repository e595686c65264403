//! Sending a file from disk in pieces, for as long as it is the file that it was.

use std::fs::File;
use std::ops::Range;

use actix_web::body::BoxBody;

use crate::http::from_file;
use crate::tree::file::Stat;

/// The bytes of `range`. Each piece is sent only if nobody wrote to the file until it was read, as
/// far as `stat` tells, so that nobody takes a mixture of two states for either: a writer's time is
/// on the file before its bytes are.
pub(super) fn body(file: File, stat: Stat, range: Range<u64>) -> BoxBody {
    from_file(file, range, move |file| {
        Ok(Stat::of(&file.metadata()?) == stat)
    })
}
