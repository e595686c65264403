//! What a page can have a client do, as it comes from the page and goes to the client.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::path::TreePath;

/// The most pixels that a picture may be wide.
const WIDEST: u32 = 2048;

/// The most steps in one command: what a person does in a tenth of a second.
const MOST_STEPS: usize = 64;

/// The longest text in one step, in characters.
const LONGEST_TEXT: usize = 1000;

/// The longest label that a client shows of itself.
const LONGEST_LABEL: usize = 100;

/// The keys that QtTest knows: it ends the program at any other (measured in 5.15 and 6.4).
const KEYS: [RangeInclusive<u32>; 6] = [
    0x20..=0x60,
    0x7b..=0x7e,
    // From Escape, from Home, from Shift, and from F1 on.
    0x0100_0000..=0x0100_000b,
    0x0100_0010..=0x0100_0017,
    0x0100_0020..=0x0100_0026,
    0x0100_0030..=0x0100_0059,
];

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Command {
    /// Send a picture of what is shown.
    Picture {
        /// The most pixels that it may be wide.
        width: u32,
    },
    /// Play what a person did in a picture.
    Input {
        /// One after the other.
        steps: Vec<Step>,
    },
    /// Tell what the items of the interface are.
    Items {
        /// Names the answer.
        id: u32,
        /// Which of them.
        wanted: Wanted,
    },
    /// Show this document from now on.
    Show {
        /// Its path in the tree.
        document: String,
    },
    /// Load the document anew, everything that it refers to included.
    Reload,
    /// Show the document as if it had just been started: nothing of what was done is kept.
    Reset,
    /// Show which one it is.
    Identify {
        /// What the page calls it.
        label: String,
    },
}

/// Which items of an interface are to be told of, and how many.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub(crate) struct Wanted {
    /// How many levels below the root; 0 is the root alone.
    pub depth: u32,
    /// How many items at the most.
    pub most: u32,
    /// Whether those count that are not visible.
    pub hidden: bool,
    /// Instead of all: those with this object name, or else with this text, or with it in their
    /// text, wherever they are. What is inside of one is a part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub find: Option<String>,
}

impl Wanted {
    /// The deepest tree that is told of.
    pub(crate) const DEEPEST: u32 = 100;
    /// The most items that are told of at once.
    pub(crate) const MOST: u32 = 1000;
}

/// What a person did. Places are in the client's pixels, from the top left of what is shown;
/// buttons, modifiers and keys have the numbers of Qt (`Qt::MouseButton`,
/// `Qt::KeyboardModifier`, `Qt::Key`).
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Step {
    /// A button goes down.
    Press {
        x: f64,
        y: f64,
        button: u32,
        modifiers: u32,
    },
    /// It goes down for the second time within a double click.
    Double {
        x: f64,
        y: f64,
        button: u32,
        modifiers: u32,
    },
    /// It goes up.
    Release {
        x: f64,
        y: f64,
        button: u32,
        modifiers: u32,
    },
    /// The pointer moves, with these buttons down.
    Move {
        x: f64,
        y: f64,
        buttons: u32,
        modifiers: u32,
    },
    /// The wheel turns, in eighths of a degree.
    Wheel {
        x: f64,
        y: f64,
        dx: i32,
        dy: i32,
        modifiers: u32,
    },
    /// A key that stands for no character is pressed and released.
    Key { key: u32, modifiers: u32 },
    /// Text is typed.
    Text { text: String },
}

/// Why a command is not sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Invalid {
    /// A picture without pixels, or with too many.
    #[error("a picture is 16 to {WIDEST} pixels wide")]
    Width,
    /// Too much at once.
    #[error("a command has 1 to {MOST_STEPS} steps")]
    Steps,
    /// Too long.
    #[error("a text has 1 to {LONGEST_TEXT} characters, and a label at most {LONGEST_LABEL}")]
    Text,
    /// One at which a client would end.
    #[error("a key is one of Qt::Key that a keyboard has, or a character of ASCII")]
    Key,
    /// More than a client tells at once.
    #[error(
        "items are told to a depth of {} at the most, 1 to {} of them, found by a text of up to {LONGEST_TEXT} characters",
        Wanted::DEEPEST,
        Wanted::MOST
    )]
    Items,
    /// Not in the tree.
    #[error(
        "{0:?} is no path in the tree: name a document relative to its top, as in pages/Main.qml"
    )]
    Document(String),
    /// Nowhere.
    #[error("a place is no further than 100000 pixels away")]
    Place,
}

impl Command {
    /// Whether it is one that a client is asked to follow.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Picture { width } if !(16..=WIDEST).contains(width) => Err(Invalid::Width),
            Self::Input { steps } if !(1..=MOST_STEPS).contains(&steps.len()) => {
                Err(Invalid::Steps)
            }
            Self::Input { steps } => steps.iter().try_for_each(Step::check),
            Self::Identify { label } if label.chars().count() > LONGEST_LABEL => Err(Invalid::Text),
            Self::Items { wanted, .. } => wanted.check(),
            Self::Show { document } if TreePath::parse(document).is_err() => {
                Err(Invalid::Document(document.clone()))
            }
            Self::Show { .. }
            | Self::Picture { .. }
            | Self::Reload
            | Self::Reset
            | Self::Identify { .. } => Ok(()),
        }
    }
}

impl Wanted {
    fn check(&self) -> Result<(), Invalid> {
        let find = self.find.as_deref().unwrap_or("all");
        let is_fine = self.depth <= Self::DEEPEST
            && (1..=Self::MOST).contains(&self.most)
            && (1..=LONGEST_TEXT).contains(&find.chars().count());
        is_fine.then_some(()).ok_or(Invalid::Items)
    }
}

impl Step {
    fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Press { x, y, .. }
            | Self::Double { x, y, .. }
            | Self::Release { x, y, .. }
            | Self::Move { x, y, .. }
            | Self::Wheel { x, y, .. } => {
                let is_near = |place: &f64| place.abs() < 100_000.0;
                match is_near(x) && is_near(y) {
                    true => Ok(()),
                    false => Err(Invalid::Place),
                }
            }
            Self::Text { text } if !(1..=LONGEST_TEXT).contains(&text.chars().count()) => {
                Err(Invalid::Text)
            }
            Self::Key { key, .. } if !KEYS.iter().any(|keys| keys.contains(key)) => {
                Err(Invalid::Key)
            }
            Self::Key { .. } | Self::Text { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        let check = |json: &str, expected: Result<(), Invalid>| {
            let command: Command = serde_json::from_str(json).unwrap();
            assert_eq!(command.check(), expected, "{json}");
        };
        check(r#"{"kind":"picture","width":640}"#, Ok(()));
        check(r#"{"kind":"picture","width":0}"#, Err(Invalid::Width));
        check(r#"{"kind":"picture","width":99999}"#, Err(Invalid::Width));
        check(r#"{"kind":"identify","label":"2"}"#, Ok(()));
        check(r#"{"kind":"input","steps":[]}"#, Err(Invalid::Steps));
        check(
            r#"{"kind":"input","steps":[{"type":"press","x":1,"y":2.5,"button":1,"modifiers":0},
                {"type":"key","key":16777219,"modifiers":0},{"type":"text","text":"ä"}]}"#,
            Ok(()),
        );
        check(
            r#"{"kind":"input","steps":[{"type":"text","text":""}]}"#,
            Err(Invalid::Text),
        );
        check(
            r#"{"kind":"input","steps":[{"type":"move","x":1e9,"y":0,"buttons":0,"modifiers":0}]}"#,
            Err(Invalid::Place),
        );
        let key = |key: u32| {
            format!(r#"{{"kind":"input","steps":[{{"type":"key","key":{key},"modifiers":0}}]}}"#)
        };
        check(&key(0x41), Ok(()));
        check(&key(0x61), Err(Invalid::Key));
        check(&key(0x0100_005a), Err(Invalid::Key));
        let items =
            |rest: &str| format!(r#"{{"kind":"items","id":1,"wanted":{{"depth":3,{rest}}}}}"#);
        check(&items(r#""most":9,"hidden":false"#), Ok(()));
        check(&items(r#""most":0,"hidden":true"#), Err(Invalid::Items));
        check(
            &items(r#""most":9,"hidden":true,"find":"""#),
            Err(Invalid::Items),
        );
        check(r#"{"kind":"show","document":"a/B.qml"}"#, Ok(()));
        check(
            r#"{"kind":"show","document":"../B.qml"}"#,
            Err(Invalid::Document("../B.qml".to_owned())),
        );
        let unknown = [
            r#"{"kind":"run","what":"rm"}"#,
            r#"{"kind":"identify","label":"1","more":1}"#,
            r#"{"kind":"input","steps":[{"type":"press"}]}"#,
        ];
        for json in unknown {
            assert!(serde_json::from_str::<Command>(json).is_err(), "{json}");
        }
    }
}
