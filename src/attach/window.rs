//! Whether a document is a window: what its root object is, as far as its text and that of the
//! tree's components tell.

use crate::path::TreePath;
use crate::tree::snapshot::Snapshot;

/// How many components deep a root's type is looked for.
const DEEPEST: usize = 8;

/// Whether the root of `document` is a Window, or a component of the tree that is one. Qt's own
/// windows, and nearly all others, have it in their names.
pub(super) fn is_window(snapshot: &Snapshot, document: &TreePath) -> bool {
    let mut at = document.clone();
    for _ in 0..DEEPEST {
        let Some(bytes) = snapshot.file(&at).and_then(|file| file.bytes()) else {
            return false;
        };
        let text = String::from_utf8_lossy(bytes);
        let Some(name) = root_type(&text) else {
            return false;
        };
        if name.ends_with("Window") {
            return true;
        }
        let file = format!("{name}.qml");
        let beside = at.parent().with(&file);
        let found = snapshot.file(&beside).map(|_| beside);
        let anywhere = || {
            let mut files = snapshot.files().map(|(path, _)| path);
            files.find(|path| path.name() == file)
        };
        match found.or_else(anywhere) {
            Some(next) => at = next,
            None => return false,
        }
    }
    false
}

/// The name of the root object's type, without a qualifier.
fn root_type(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';' || c == '\u{feff}');
        rest = if rest.starts_with("//") || is_statement(rest) {
            rest.split_once('\n')?.1
        } else if rest.starts_with("/*") {
            rest.split_once("*/")?.1
        } else {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))?;
            return rest[..end]
                .rsplit('.')
                .next()
                .filter(|name| !name.is_empty());
        };
    }
}

/// An import or a pragma, which takes the rest of its line.
fn is_statement(text: &str) -> bool {
    let word = text.split(char::is_whitespace).next();
    matches!(word, Some("import" | "pragma"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_type_is_behind_comments_imports_and_pragmas() {
        let check = |text: &str, expected| assert_eq!(root_type(text), expected, "{text:?}");
        check("import QtQuick 2.12\nItem {}", Some("Item"));
        check(
            "/* Window {} */ // Window {}\nimport A; import B\nQuick.Window{}",
            Some("Window"),
        );
        check("pragma Singleton\n\nQtObject {}", Some("QtObject"));
        check("importantThing {}", Some("importantThing"));
        check("import QtQuick", None);
        check("", None);
    }
}
