//! Pixels: read from a PNG, written as one, and what is not the same in two of them. Pure.

use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits, Transformations};

/// The most memory that a picture from outside may take, in bytes.
const LARGEST: usize = 512 << 20;

/// What a pixel has, without its transparency: a screen has none.
const CHANNELS: usize = 3;

/// What differs, in the picture of the difference.
const MARK: [u8; CHANNELS] = [0xe6, 0x00, 0x7a];

/// Pixels, three bytes each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    rgb: Vec<u8>,
}

/// How much two pictures may differ and still count as the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tolerance {
    /// What a channel of a pixel may be off, of 255.
    pub(super) channel: u8,
    /// The share of pixels that may be off by more, from 0 to 1.
    pub(super) share: f64,
}

/// What is not the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Difference {
    /// Width and height: of the kept one, and of the one just drawn.
    Size((u32, u32), (u32, u32)),
    /// So many pixels, that share of all, and the most that a channel is off.
    Pixels(u64, f64, u8),
}

impl Picture {
    /// Reads a PNG.
    pub(super) fn decode(png: &[u8]) -> Result<Self, png::DecodingError> {
        let limits = Limits { bytes: LARGEST };
        let mut decoder = Decoder::new_with_limits(Cursor::new(png), limits);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let size = reader.output_buffer_size();
        let size = size.filter(|size| *size <= LARGEST);
        let mut pixels = vec![0; size.ok_or(png::DecodingError::LimitsExceeded)?];
        let info = reader.next_frame(&mut pixels)?;
        pixels.truncate(info.buffer_size());
        let rgb = match info.color_type {
            ColorType::Rgb | ColorType::Indexed => pixels,
            ColorType::Rgba => of_pixels(&pixels, 4, |pixel| [pixel[0], pixel[1], pixel[2]]),
            ColorType::Grayscale => of_pixels(&pixels, 1, |pixel| [pixel[0]; 3]),
            ColorType::GrayscaleAlpha => of_pixels(&pixels, 2, |pixel| [pixel[0]; 3]),
        };
        Ok(Self {
            width: info.width,
            height: info.height,
            rgb,
        })
    }

    /// Writes a PNG: the same bytes for the same pixels.
    pub(super) fn encode(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(bytes)
    }

    /// What is not the same in `drawn`, if it is more than is let pass.
    pub(super) fn difference(&self, drawn: &Self, tolerance: Tolerance) -> Option<Difference> {
        let (kept, drawn_size) = ((self.width, self.height), (drawn.width, drawn.height));
        if kept != drawn_size {
            return Some(Difference::Size(kept, drawn_size));
        }
        let pairs = self.pixels().zip(drawn.pixels());
        let off = pairs.map(|(one, other)| distance(one, other));
        let mut count = 0_u64;
        let mut most = 0;
        for off in off.filter(|off| *off > tolerance.channel) {
            count += 1;
            most = most.max(off);
        }
        let all = u64::from(self.width) * u64::from(self.height);
        #[allow(clippy::cast_precision_loss, reason = "fewer pixels than 2^52")]
        let share = count as f64 / all.max(1) as f64;
        (count > 0 && share > tolerance.share).then_some(Difference::Pixels(count, share, most))
    }

    /// The drawn picture, paled, with what differs from this one marked. As large as the larger of
    /// both, in each direction.
    pub(super) fn marked(&self, drawn: &Self, tolerance: Tolerance) -> Self {
        let width = self.width.max(drawn.width);
        let height = self.height.max(drawn.height);
        let mut rgb = Vec::with_capacity(self.rgb.len().max(drawn.rgb.len()));
        for y in 0..height {
            for x in 0..width {
                rgb.extend(match (self.at(x, y), drawn.at(x, y)) {
                    (Some(one), Some(other)) if distance(one, other) <= tolerance.channel => {
                        other.map(paled)
                    }
                    _ => MARK,
                });
            }
        }
        Self { width, height, rgb }
    }

    fn pixels(&self) -> impl Iterator<Item = [u8; CHANNELS]> + '_ {
        let (pixels, _) = self.rgb.as_chunks::<CHANNELS>();
        pixels.iter().copied()
    }

    fn at(&self, x: u32, y: u32) -> Option<[u8; CHANNELS]> {
        let index = u64::from(y) * u64::from(self.width) + u64::from(x);
        let (pixels, _) = self.rgb.as_chunks::<CHANNELS>();
        let pixel = pixels.get(usize::try_from(index).ok()?).copied();
        pixel.filter(|_| x < self.width)
    }
}

fn of_pixels(bytes: &[u8], size: usize, rgb: impl Fn(&[u8]) -> [u8; CHANNELS]) -> Vec<u8> {
    bytes.chunks_exact(size).flat_map(rgb).collect()
}

/// The most that a channel is off.
fn distance(one: [u8; CHANNELS], other: [u8; CHANNELS]) -> u8 {
    let pairs = one.iter().zip(&other);
    let off = pairs.map(|(one, other)| one.abs_diff(*other));
    off.max().unwrap_or_default()
}

/// Nearer to white, so that a mark stands out.
fn paled(channel: u8) -> u8 {
    u8::MAX - (u8::MAX - channel) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Tolerance = Tolerance {
        channel: 0,
        share: 0.0,
    };

    fn plain(width: u32, height: u32, colour: [u8; 3]) -> Picture {
        Picture {
            width,
            height,
            rgb: colour.repeat((width * height) as usize),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut picture = plain(3, 2, [1, 2, 3]);
        picture.rgb[4] = 200;
        let png = picture.encode().unwrap();
        assert_eq!(Picture::decode(&png).unwrap(), picture);
        assert_eq!(picture.encode().unwrap(), png);
        assert!(Picture::decode(&png[..20]).is_err());
        assert!(Picture::decode(b"GIF89a").is_err());
    }

    #[test]
    fn grey_and_transparent_ones_are_read() {
        for (kind, pixel) in [
            (ColorType::Grayscale, &[7_u8][..]),
            (ColorType::GrayscaleAlpha, &[7, 255]),
            (ColorType::Rgba, &[7, 7, 7, 255]),
        ] {
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(&mut bytes, 2, 1);
            encoder.set_color(kind);
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(&pixel.repeat(2)).unwrap();
            writer.finish().unwrap();
            let read = Picture::decode(&bytes).unwrap();
            assert_eq!(read, plain(2, 1, [7, 7, 7]), "{kind:?}");
        }
    }

    #[test]
    fn a_difference_counts_beyond_what_is_let_pass() {
        let kept = plain(10, 10, [100, 100, 100]);
        let mut drawn = kept.clone();
        assert_eq!(kept.difference(&drawn, EXACT), None);
        drawn.rgb[0] = 103;
        drawn.rgb[4] = 99;
        let found = |channel, share| kept.difference(&drawn, Tolerance { channel, share });
        assert_eq!(found(0, 0.0), Some(Difference::Pixels(2, 0.02, 3)));
        assert_eq!(found(1, 0.0), Some(Difference::Pixels(1, 0.01, 3)));
        assert_eq!(found(1, 0.01), None);
        assert_eq!(found(3, 0.0), None);
        let larger = plain(10, 12, [100, 100, 100]);
        let expected = Difference::Size((10, 10), (10, 12));
        let lenient = Tolerance {
            channel: 255,
            share: 1.0,
        };
        assert_eq!(kept.difference(&larger, lenient), Some(expected));
    }

    #[test]
    fn what_differs_is_marked_and_so_is_what_one_of_both_lacks() {
        let kept = plain(2, 1, [0, 0, 0]);
        let mut drawn = plain(1, 2, [0, 0, 0]);
        drawn.rgb[5] = 9;
        let marked = kept.marked(&drawn, EXACT);
        assert_eq!((marked.width, marked.height), (2, 2));
        let pale = [0_u8; 3].map(paled);
        assert_eq!(
            marked.pixels().collect::<Vec<_>>(),
            [pale, MARK, MARK, MARK]
        );
    }
}
