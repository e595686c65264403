//! The pictures and fonts that a document names, as far as their names are known as a whole (each
//! one of `dark ? "a.png" : "b.png"`), with all that Qt's cache of pictures
//! tells them apart by, so that a client can load them before it makes the objects.
//!
//! Measured in Qt 5.15, 6.4 and 6.12: the cache's key has the URL, `sourceSize` (with 0 for a side
//! that is not set), whether the aspect ratio is preserved, and `autoTransform`. An object of the
//! same key is Ready at once; whether it is loaded asynchronously, mirrored or smoothed does not
//! matter.

use tree_sitter::Node;

use super::references::Strings;
use crate::qml::literal;
use crate::qml::syntax::Syntax;

/// A picture or a font.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Picture {
    /// The name, relative to the document.
    pub source: Box<str>,
    /// How it is loaded.
    pub key: Key,
}

/// What besides the URL tells two loads of one file apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A font.
    Font,
    /// A picture.
    Image {
        /// `sourceSize`: width and height; 0 for what is not set.
        size: (u32, u32),
        /// `Image.Stretch` (0) for all that does not preserve the aspect ratio, else
        /// `Image.PreserveAspectFit` (1) or `Image.PreserveAspectCrop` (2).
        fill: u8,
    },
}

/// Properties of an `Image` that are in the key and are not followed, or keep it out of the cache.
const OTHERS: &[&str] = &[
    "autoTransform",
    "cache",
    "colorSpace",
    "currentFrame",
    "sourceClipRect",
];

/// The pictures and fonts that a document names.
pub(super) fn read(syntax: &Syntax) -> Vec<Picture> {
    if syntax.is_monstrous() {
        return Vec::new();
    }
    let strings = Strings::of(syntax);
    let found = syntax
        .nodes()
        .filter_map(|node| named(syntax, &strings, node));
    let mut pictures: Vec<_> = found.flatten().collect();
    pictures.sort();
    pictures.dedup();
    pictures
}

/// What an object may load.
fn named<'a>(syntax: &'a Syntax, strings: &Strings<'a>, node: Node<'a>) -> Option<Vec<Picture>> {
    if !node.kind().starts_with("ui_object_definition") {
        return None;
    }
    let type_name = syntax.text(node.child_by_field_name("type_name")?);
    let mut key = match type_name.rsplit('.').next()? {
        "FontLoader" => Key::Font,
        "Image" | "BorderImage" => Key::Image {
            size: (0, 0),
            fill: 0,
        },
        _ => return None,
    };
    let body = node.child_by_field_name("initializer")?;
    let mut sources = Vec::new();
    let mut cursor = body.walk();
    for member in body.named_children(&mut cursor) {
        match member.kind() {
            "ui_binding" => {
                let (name, value) = pair(syntax, member)?;
                match (name, &mut key) {
                    ("source", _) => {
                        let value = member.child_by_field_name("value")?;
                        sources = strings.literals(value);
                    }
                    (name, Key::Image { size, fill }) => property(name, value, size, fill)?,
                    (_, Key::Font) => {}
                }
            }
            "ui_object_definition" => {
                if let Key::Image { size, .. } = &mut key {
                    group(syntax, member, size)?;
                }
            }
            _ => {}
        }
    }
    let sources = sources.iter().filter(|source| !source.is_empty());
    let pictures = sources.map(|source| Picture {
        source: source.as_str().into(),
        key,
    });
    Some(pictures.collect())
}

/// Takes one property into the key; `None` if it makes the key unknown.
fn property(name: &str, value: &str, size: &mut (u32, u32), fill: &mut u8) -> Option<()> {
    match name {
        "sourceSize.width" => size.0 = value.parse().ok()?,
        "sourceSize.height" => size.1 = value.parse().ok()?,
        "sourceSize" => {
            let inner = value
                .strip_prefix("Qt.size(")
                .and_then(|rest| rest.strip_suffix(')'));
            let text = literal::value(value);
            let (width, height) = match (inner, &text) {
                (Some(inner), _) => inner.split_once(',')?,
                (None, Some(text)) => text.split_once('x')?,
                _ => return None,
            };
            *size = (width.trim().parse().ok()?, height.trim().parse().ok()?);
        }
        "fillMode" => {
            *fill = match value.rsplit_once('.')?.1 {
                "PreserveAspectFit" => 1,
                "PreserveAspectCrop" => 2,
                "Stretch" | "Tile" | "TileVertically" | "TileHorizontally" | "Pad" => 0,
                _ => return None,
            };
        }
        name if OTHERS.contains(&name) => return None,
        _ => {}
    }
    Some(())
}

/// `sourceSize { width: 32; height: 32 }`
fn group(syntax: &Syntax, node: Node<'_>, size: &mut (u32, u32)) -> Option<()> {
    if syntax.text(node.child_by_field_name("type_name")?) != "sourceSize" {
        return Some(());
    }
    let body = node.child_by_field_name("initializer")?;
    let mut cursor = body.walk();
    for member in body.named_children(&mut cursor) {
        let (name, value) = pair(syntax, member)?;
        property(&format!("sourceSize.{name}"), value, size, &mut 0)?;
    }
    Some(())
}

fn pair<'a>(syntax: &'a Syntax, binding: Node<'_>) -> Option<(&'a str, &'a str)> {
    let name = syntax.text(binding.child_by_field_name("name")?);
    let value = syntax.text(binding.child_by_field_name("value")?);
    Some((name, value.trim_end_matches(';').trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_named_with_their_keys() {
        let image = |width, height, fill| {
            Some(Key::Image {
                size: (width, height),
                fill,
            })
        };
        for (object, expected) in [
            ("Image { source: \"a.png\" }", image(0, 0, 0)),
            (
                "Q.Image { source: Qt.resolvedUrl('a.png'); smooth: true; width: n }",
                image(0, 0, 0),
            ),
            (
                "BorderImage { source: \"a.png\"; border.left: 3 }",
                image(0, 0, 0),
            ),
            (
                "Image { source: \"a.png\"; sourceSize.width: 3 }",
                image(3, 0, 0),
            ),
            (
                "Image { source: \"a.png\"; sourceSize { width: 3; height: 4 } }",
                image(3, 4, 0),
            ),
            (
                "Image { source: \"a.png\"; sourceSize: Qt.size(3, 4) }",
                image(3, 4, 0),
            ),
            (
                "Image { source: \"a.png\"; sourceSize: \"3x4\" }",
                image(3, 4, 0),
            ),
            (
                "Image { source: \"a.png\"; fillMode: Image.PreserveAspectCrop }",
                image(0, 0, 2),
            ),
            (
                "Image { source: \"a.png\"; fillMode: Image.Tile }",
                image(0, 0, 0),
            ),
            ("FontLoader { source: \"a.png\" }", Some(Key::Font)),
            ("Image { source: dark ? 'a.png' : 'b.png' }", image(0, 0, 0)),
            (
                "Image { source: (dark ? 'a' : 'b') + '.png' }",
                image(0, 0, 0),
            ),
            ("Image { source: name + \".png\" }", None),
            ("Image { source: \"\" }", None),
            ("Image { }", None),
            ("Image { source: \"a.png\"; sourceSize.width: width }", None),
            ("Image { source: \"a.png\"; fillMode: mode }", None),
            ("Image { source: \"a.png\"; cache: false }", None),
            ("Image { source: \"a.png\"; autoTransform: true }", None),
            ("Loader { source: \"a.png\" }", None),
        ] {
            let text = format!("Item {{ {object} }}");
            let syntax = Syntax::of_document(&text).unwrap();
            let found = read(&syntax);
            let found = found.first().map(|picture| (&*picture.source, picture.key));
            assert_eq!(found, expected.map(|key| ("a.png", key)), "{object}");
        }
    }
}
