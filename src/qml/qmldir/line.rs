//! One line of a `qmldir`.

use super::Entry;

const TYPE_FORM: &str = "a type is `Button 1.0 Button.qml` or `Button Button.qml`";

/// Directives that only a client with local files can use: plugins, the engine's choice
/// between a plugin and QML, and what the tools for them want to know.
const LOCAL_ONLY: [&str; 9] = [
    "plugin",
    "classname",
    "prefer",
    "typeinfo",
    "designersupported",
    "static",
    "system",
    "linktarget",
    "typelibrary",
];

/// The entry on a line, or `None` for one that has nothing to say to a remote client.
pub(super) fn parse(text: &str, line: u32) -> Result<Option<Entry>, String> {
    // As in the engine, `#` begins a comment only at the start of a word: a file column may
    // be `Button.qml#fragment`.
    let words: Vec<&str> = text
        .split_whitespace()
        .take_while(|word| !word.starts_with('#') && !word.starts_with("//"))
        .collect();
    match *words.as_slice() {
        [] => Ok(None),
        ["module", uri] if is_uri(uri) => Ok(Some(Entry::Module { uri: uri.into() })),
        ["module", ..] => Err("a module is declared as `module My.Module`".into()),
        ["depends", uri] if is_uri(uri) => depends(uri, None),
        ["depends", uri, version] if is_uri(uri) => depends(uri, Some(version)),
        ["depends", ..] => Err("a dependency is `depends My.Module 1.0`".into()),
        ["import", ref rest @ ..] => import(None, rest),
        [modifier @ ("optional" | "default"), "import", ref rest @ ..] => {
            import(Some(modifier), rest)
        }
        ["optional", "plugin", ..] => Ok(None),
        [directive, ..] if LOCAL_ONLY.contains(&directive) => Ok(None),
        ["singleton", ref rest @ ..] => marked(rest, Mark::Singleton, line),
        ["internal", ref rest @ ..] => marked(rest, Mark::Internal, line),
        ref rest => component(rest, Mark::None, line).map(Some),
    }
}

/// Whether the engine takes `name` for a type: upper-case first, then an identifier.
pub(super) fn is_type_name(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    None,
    Singleton,
    Internal,
}

fn depends(uri: &str, version: Option<&str>) -> Result<Option<Entry>, String> {
    let version = match version {
        Some("auto") | None => version,
        Some(version) => Some(checked(version, is_import_version)?),
    };
    Ok(Some(Entry::Depends {
        uri: uri.into(),
        version: version.map(str::to_owned),
    }))
}

fn import(modifier: Option<&str>, words: &[&str]) -> Result<Option<Entry>, String> {
    let (uri, version) = match *words {
        [uri] if is_uri(uri) => (uri, None),
        [uri, "auto"] if is_uri(uri) => (uri, Some("auto")),
        [uri, version] if is_uri(uri) => (uri, Some(checked(version, is_import_version)?)),
        _ => return Err(
            "an import is `import My.Module`, `import My.Module 1.0` or `import My.Module auto`"
                .into(),
        ),
    };
    Ok(Some(Entry::Import {
        modifier: modifier.map(str::to_owned),
        uri: uri.into(),
        version: version.map(str::to_owned),
    }))
}

fn marked(words: &[&str], mark: Mark, line: u32) -> Result<Option<Entry>, String> {
    let form = match mark {
        Mark::Singleton => "a singleton is `singleton Theme 1.0 Theme.qml`",
        Mark::Internal | Mark::None => "an internal type is `internal Part Part.qml`",
    };
    match words.len() {
        2 | 3 => component(words, mark, line)
            .map(Some)
            .map_err(|message| format!("{message}; {form}")),
        _ => Err(form.into()),
    }
}

fn component(words: &[&str], mark: Mark, line: u32) -> Result<Entry, String> {
    let (name, version, file) = match *words {
        [name, file] => (name, None, file),
        [name, version, file] => (name, Some(version), file),
        [word] => return Err(format!("`{word}` is no directive of a qmldir; {TYPE_FORM}")),
        _ => return Err(format!("a line has at most three columns; {TYPE_FORM}")),
    };
    if !is_type_name(name) {
        return Err(format!(
            "`{name}` is neither a directive nor the name of a type, which begins upper-case; {TYPE_FORM}"
        ));
    }
    let version = version
        .map(|version| checked(version, is_type_version))
        .transpose()?;
    if file.starts_with('/') {
        return Err(format!(
            "`{file}` is absolute, which the engine refuses; write it relative to this directory"
        ));
    }
    let (name, version) = (name.to_owned(), version.map(str::to_owned));
    let file = file.to_owned();
    if mark == Mark::None && is_script(&file) {
        return Ok(Entry::Script {
            name,
            version,
            file,
            line,
        });
    }
    Ok(Entry::Type {
        name,
        version,
        file,
        singleton: mark == Mark::Singleton,
        internal: mark == Mark::Internal,
        line,
    })
}

fn is_script(file: &str) -> bool {
    let path = file.split(['?', '#']).next().unwrap_or(file);
    path.ends_with(".js") || path.ends_with(".mjs")
}

fn is_uri(word: &str) -> bool {
    word.split('.').all(|part| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    })
}

fn checked(version: &str, valid: impl Fn(&str) -> bool) -> Result<&str, String> {
    if valid(version) {
        return Ok(version);
    }
    Err(format!(
        "`{version}` is not a version; one looks like `1.0`"
    ))
}

fn is_type_version(word: &str) -> bool {
    word.split_once('.')
        .is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

fn is_import_version(word: &str) -> bool {
    is_number(word) || is_type_version(word)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}
