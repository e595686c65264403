//! PNG pictures: made for the tree, and read from what a client drew.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Pixels, four bytes each.
#[derive(PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

/// A square PNG of one colour.
pub fn png_of(side: u32, [red, green, blue]: [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(&[red, green, blue].repeat((side * side) as usize))
        .unwrap();
    writer.finish().unwrap();
    bytes
}

impl Picture {
    /// Reads a PNG file.
    pub fn read(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut decoder = png::Decoder::new(BufReader::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        pixels.truncate(info.buffer_size());
        let rgba = match info.color_type {
            png::ColorType::Rgba => pixels,
            png::ColorType::Rgb => pixels
                .chunks_exact(3)
                .flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255])
                .collect(),
            other => panic!("{}: {other:?} is not expected", path.display()),
        };
        Self {
            width: info.width,
            height: info.height,
            rgba,
        }
    }

    /// How many colours it has.
    pub fn colours(&self) -> usize {
        let pixels: BTreeSet<_> = self.rgba.chunks_exact(4).collect();
        pixels.len()
    }

    /// The colour at a place.
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let start = 4 * (y * self.width + x) as usize;
        self.rgba[start..start + 3].try_into().unwrap()
    }

    /// What is not the same in another picture.
    pub fn difference(&self, other: &Self) -> Option<String> {
        if (self.width, self.height) != (other.width, other.height) {
            return Some(format!(
                "{} × {} and {} × {}",
                self.width, self.height, other.width, other.height
            ));
        }
        let pairs = self.rgba.chunks_exact(4).zip(other.rgba.chunks_exact(4));
        let different: Vec<_> = pairs
            .enumerate()
            .filter(|(_, (one, two))| one != two)
            .collect();
        let (at, (one, two)) = different.first()?;
        let width = self.width as usize;
        Some(format!(
            "{} pixels, the first at {}, {}: {one:?} and {two:?}",
            different.len(),
            at % width,
            at / width
        ))
    }
}
