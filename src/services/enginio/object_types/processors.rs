//! What is made of pictures: `[{"type": "image", "variants": {"small": {"crop": "100x100"}}}]`.
//! Pure; `files::variants` makes it.

use serde_json::{Map, Value, json};

use crate::services::enginio::error::Refusal;

/// The most variants of a property.
const MOST: usize = 8;

/// The most pixels of a side of one.
const MOST_SIDE: u32 = 2048;

/// A picture that is made of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::services::enginio) struct Variant {
    /// What it is asked for by, and a part of a file's name: up to 32 letters, digits, dashes and
    /// underscores.
    pub(in crate::services::enginio) name: String,
    pub(in crate::services::enginio) shape: Shape,
}

/// How large a variant is, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::services::enginio) enum Shape {
    /// This width and height: the middle of the picture, as large as it goes.
    Crop(u32, u32),
    /// At most this width and height, all of the picture, and never larger than it is.
    Fit(u32, u32),
}

impl Shape {
    fn parse(value: &Value) -> Option<Self> {
        let fields = value.as_object().filter(|fields| fields.len() == 1)?;
        let (word, size) = fields.iter().next()?;
        let (width, height) = size.as_str()?.split_once('x')?;
        let side = |text: &str| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
            let side = text.parse().ok().filter(|_| is_plain);
            side.filter(|side| (1..=MOST_SIDE).contains(side))
        };
        let (width, height) = (side(width)?, side(height)?);
        match word.as_str() {
            "crop" => Some(Self::Crop(width, height)),
            "fit" => Some(Self::Fit(width, height)),
            _ => None,
        }
    }

    fn told(self) -> Value {
        match self {
            Self::Crop(width, height) => json!({"crop": format!("{width}x{height}")}),
            Self::Fit(width, height) => json!({"fit": format!("{width}x{height}")}),
        }
    }
}

/// The variants that the processors of a property make.
pub(super) fn parse(value: Option<&Value>, property: &str) -> Result<Vec<Variant>, Refusal> {
    let wrong = |what: &str| {
        let example = r#"[{"type": "image", "variants": {"small": {"crop": "100x100"}}}]"#;
        let message = format!("processors of {property:?}: {what}; write {example}");
        Refusal::property(property, message)
    };
    let processors = match value {
        None | Some(Value::Null) => &[],
        Some(Value::Array(processors)) => processors.as_slice(),
        Some(_) => return Err(wrong("this is no list")),
    };
    let mut variants: Vec<Variant> = Vec::new();
    for processor in processors {
        let fields = processor.as_object().filter(|fields| fields.len() == 2);
        let is_image = fields.is_some_and(|fields| fields.get("type") == Some(&"image".into()));
        let given = fields
            .filter(|_| is_image)
            .and_then(|fields| fields.get("variants"));
        let given = given.and_then(Value::as_object);
        let given =
            given.ok_or_else(|| wrong("one is no object with type, \"image\", and variants"))?;
        for (name, shape) in given {
            let is_known = |known: &Variant| known.name.eq_ignore_ascii_case(name);
            if !is_variant(name) || variants.iter().any(is_known) {
                let what = format!(
                    "{name:?} is no name of a variant: up to 32 letters, digits, dashes and \
                     underscores, each name once, and not \"part\""
                );
                return Err(wrong(&what));
            }
            let shape = Shape::parse(shape).ok_or_else(|| {
                let what = format!(
                    "{name:?} is {shape}, and not a crop or a fit of 1 to {MOST_SIDE} pixels a side"
                );
                wrong(&what)
            })?;
            let name = name.clone();
            variants.push(Variant { name, shape });
        }
    }
    if variants.len() > MOST {
        return Err(wrong(&format!("there are more than {MOST} variants")));
    }
    Ok(variants)
}

/// Whether a variant may be called so. `part` is what a file is called that is not whole; large
/// and small letters are the same on some disks.
fn is_variant(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(good) && !name.eq_ignore_ascii_case("part")
}

/// The processors as they are told.
pub(super) fn told(variants: &[Variant]) -> Value {
    let variants = variants.iter();
    let variants: Map<String, Value> = variants
        .map(|variant| (variant.name.clone(), variant.shape.told()))
        .collect();
    json!([{"type": "image", "variants": variants}])
}
