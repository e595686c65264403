//! Small pictures of pictures. What a picture says of its size is not believed further than there
//! is memory set aside for it.

use std::fs::File;
use std::io::{self, BufReader, Cursor};
use std::path::Path;

use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbaImage, imageops};

use crate::services::enginio::object_types::{Shape, Variant};

/// The variant that every picture has.
const THUMBNAIL: &str = "thumbnail";

/// What it is, where nothing else is declared.
const SMALL: Shape = Shape::Fit(200, 200);

/// The most pixels of a side of a picture that is made small.
const MOST_SIDE: u32 = 16_384;

/// The most bytes that a picture may take in memory.
const MOST_BYTES: u64 = 192 << 20;

/// The name of a variant, and whether it could be made.
pub(super) type Made = (String, bool);

/// Makes the variants of the picture in a file, each as a PNG that `keep` is given at once: only
/// one lies in memory. Where that is no picture, or too large a one, the declared ones failed.
pub(super) fn make(
    path: &Path,
    declared: &[Variant],
    mut keep: impl FnMut(&str, &[u8]) -> io::Result<()>,
) -> io::Result<Vec<Made>> {
    let Some(picture) = decode(path) else {
        let failed = declared.iter().map(|variant| (variant.name.clone(), false));
        return Ok(failed.collect());
    };
    let has_own = |variant: &Variant| variant.name.eq_ignore_ascii_case(THUMBNAIL);
    let standard = (!declared.iter().any(has_own)).then_some((THUMBNAIL, SMALL));
    let declared = declared.iter();
    let declared = declared.map(|variant| (variant.name.as_str(), variant.shape));
    let mut made = Vec::new();
    for (name, shape) in declared.chain(standard) {
        let mut png = Cursor::new(Vec::new());
        let drawn = drawn(&picture, shape).write_to(&mut png, ImageFormat::Png);
        if drawn.is_ok() {
            keep(name, png.get_ref())?;
        }
        made.push((name.to_owned(), drawn.is_ok()));
    }
    Ok(made)
}

/// The names of all variants that there may be of a file.
pub(super) fn names(declared: &[Variant]) -> Vec<String> {
    let declared = declared.iter().map(|variant| variant.name.clone());
    declared.chain([THUMBNAIL.to_owned()]).collect()
}

fn decode(path: &Path) -> Option<DynamicImage> {
    let file = BufReader::new(File::open(path).ok()?);
    let mut reader = ImageReader::new(file).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    // Nothing can be scaled that has no pixel.
    Some(picture).filter(|picture| picture.width() > 0 && picture.height() > 0)
}

/// Needs no more memory than the result: other ways of scaling set aside a multiple of the picture.
fn drawn(picture: &DynamicImage, shape: Shape) -> RgbaImage {
    let (width, height) = (picture.width(), picture.height());
    match shape {
        Shape::Fit(most_width, most_height) if width > most_width || height > most_height => {
            picture.thumbnail(most_width, most_height).into_rgba8()
        }
        Shape::Fit(..) => picture.to_rgba8(),
        Shape::Crop(to_width, to_height) => {
            let (wide, high) = middle((width, height), (to_width, to_height));
            let (x, y) = ((width - wide) / 2, (height - high) / 2);
            let part = imageops::crop_imm(picture, x, y, wide, high);
            imageops::thumbnail(&*part, to_width, to_height)
        }
    }
}

/// The largest width and height of `picture` that are to each other as those of `shape`.
fn middle(picture: (u32, u32), shape: (u32, u32)) -> (u32, u32) {
    let scaled = |side: u32, by: u32, to: u32| {
        let scaled = u64::from(side) * u64::from(by) / u64::from(to.max(1));
        u32::try_from(scaled.max(1)).unwrap_or(u32::MAX)
    };
    let wide = scaled(picture.1, shape.0, shape.1).min(picture.0);
    let high = scaled(picture.0, shape.1, shape.0).min(picture.1);
    (wide, high)
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};

    use super::*;

    #[test]
    fn the_middle() {
        for (picture, shape, expected) in [
            ((100, 100), (10, 10), (100, 100)),
            ((181, 54), (20, 20), (54, 54)),
            ((54, 181), (20, 20), (54, 54)),
            ((300, 200), (100, 50), (300, 150)),
            ((16_384, 1), (2048, 1), (2048, 1)),
            ((1, 16_384), (2048, 1), (1, 1)),
            ((1, 1), (2048, 7), (1, 1)),
        ] {
            assert_eq!(middle(picture, shape), expected, "{picture:?} {shape:?}");
        }
    }

    #[test]
    fn shapes() {
        // White in the middle, black to the left and to the right.
        let pixel = |x, _| Luma([if (60..=120).contains(&x) { 255 } else { 0 }]);
        let picture = DynamicImage::ImageLuma8(GrayImage::from_fn(181, 54, pixel));
        for (shape, size) in [
            (Shape::Crop(20, 20), (20, 20)),
            (Shape::Crop(400, 400), (400, 400)),
            (Shape::Crop(2048, 1), (2048, 1)),
            (Shape::Fit(20, 20), (20, 6)),
            (Shape::Fit(400, 400), (181, 54)),
        ] {
            assert_eq!(drawn(&picture, shape).dimensions(), size, "{shape:?}");
        }
        let whole = drawn(&picture, Shape::Fit(20, 20));
        assert_eq!(whole.get_pixel(0, 3).0, [0, 0, 0, 255]);
        let cropped = drawn(&picture, Shape::Crop(20, 20));
        for corner in [(0, 0), (19, 0), (0, 19), (19, 19)] {
            let pixel = cropped.get_pixel(corner.0, corner.1);
            assert_eq!(pixel.0, [255; 4], "{corner:?}");
        }
    }
}
