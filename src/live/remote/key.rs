//! Keys by the names that people give them.

/// A key with what is held down beside it, by the numbers of Qt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// `Qt::Key`.
    pub key: u32,
    /// `Qt::KeyboardModifiers`.
    pub modifiers: u32,
}

/// `Qt::Key`, by name.
const NAMED: &[(&str, u32)] = &[
    ("escape", 0x0100_0000),
    ("esc", 0x0100_0000),
    ("tab", 0x0100_0001),
    ("backtab", 0x0100_0002),
    ("backspace", 0x0100_0003),
    ("return", 0x0100_0004),
    ("enter", 0x0100_0004),
    ("insert", 0x0100_0006),
    ("delete", 0x0100_0007),
    ("home", 0x0100_0010),
    ("end", 0x0100_0011),
    ("left", 0x0100_0012),
    ("up", 0x0100_0013),
    ("right", 0x0100_0014),
    ("down", 0x0100_0015),
    ("pageup", 0x0100_0016),
    ("pagedown", 0x0100_0017),
    ("space", 0x20),
];

/// `Qt::KeyboardModifier`, by name.
const MODIFIERS: &[(&str, u32)] = &[
    ("shift", 0x0200_0000),
    ("ctrl", 0x0400_0000),
    ("control", 0x0400_0000),
    ("alt", 0x0800_0000),
    ("meta", 0x1000_0000),
];

/// `Qt::Key_F1`, after which the others come.
const F1: u32 = 0x0100_0030;

impl Key {
    /// The key of a name such as `Enter`, `Ctrl+A`, `Shift+Left`, `F5` or `+`. Case does not count.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let mut rest = name.as_str();
        let mut modifiers = 0;
        while let Some((before, after)) =
            rest.split_once('+').filter(|(_, after)| !after.is_empty())
        {
            modifiers |= number(MODIFIERS, before)?;
            rest = after;
        }
        let key = number(NAMED, rest)
            .or_else(|| function(rest))
            .or_else(|| character(rest))?;
        Some(Self { key, modifiers })
    }
}

fn number(table: &[(&str, u32)], name: &str) -> Option<u32> {
    let row = table.iter().find(|(known, _)| *known == name.trim());
    row.map(|(_, number)| *number)
}

fn function(name: &str) -> Option<u32> {
    let number: u32 = name.trim().strip_prefix('f')?.parse().ok()?;
    (1..=12).contains(&number).then(|| F1 + number - 1)
}

/// Characters of ASCII have the number of the upper-case one.
fn character(name: &str) -> Option<u32> {
    let mut characters = name.chars();
    let (first, None) = (characters.next()?, characters.next()) else {
        return None;
    };
    let key = first.to_ascii_uppercase();
    key.is_ascii_graphic().then_some(u32::from(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |name: &str, expected: Option<(u32, u32)>| {
            let found = Key::named(name).map(|key| (key.key, key.modifiers));
            assert_eq!(found, expected, "{name}");
        };
        check("Enter", Some((0x0100_0004, 0)));
        check("ctrl+a", Some((0x41, 0x0400_0000)));
        check("Ctrl+Shift+Home", Some((0x0100_0010, 0x0600_0000)));
        check("F12", Some((0x0100_003b, 0)));
        check("+", Some((0x2b, 0)));
        check("Ctrl++", Some((0x2b, 0x0400_0000)));
        check("F", Some((0x46, 0)));
        check("F13", None);
        check("Hyper+A", None);
        check("ä", None);
        check("", None);
        check("Ctrl+", None);
    }
}
