//! Small pictures of pictures. What a picture says of its size is not believed further than there
//! is memory set aside for it.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;

use image::{ImageFormat, ImageReader, Limits};

/// The only variant.
pub(in crate::services::enginio) const THUMBNAIL: &str = "thumbnail";

/// The most pixels of its sides.
const SIDE: u32 = 200;

/// The most pixels of a side of a picture that is made small.
const MOST_SIDE: u32 = 16_384;

/// The most bytes that a picture may take in memory.
const MOST_BYTES: u64 = 192 << 20;

/// A PNG of the picture in a file; nothing where that is no picture, or too large a one.
pub(super) fn thumbnail(path: &Path) -> Option<Vec<u8>> {
    let file = BufReader::new(File::open(path).ok()?);
    let mut reader = ImageReader::new(file).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    let small = match picture.width() > SIDE || picture.height() > SIDE {
        true => picture.thumbnail(SIDE, SIDE),
        false => picture,
    };
    let mut png = Cursor::new(Vec::new());
    small
        .into_rgba8()
        .write_to(&mut png, ImageFormat::Png)
        .ok()?;
    Some(png.into_inner())
}
