//! Names of members: which QML takes, and what stands for those that it does not.

/// Words that name nothing in QML: keywords of some version, and what is defined for all documents.
const RESERVED: &str = "break case catch class const continue debugger default delete do else enum \
    export extends false finally for function if implements import in instanceof interface let new \
    null package private protected public return static super switch this throw true try typeof var \
    void while with yield id \
    abstract boolean byte char double final float goto int long native short synchronized throws \
    transient volatile \
    arguments console decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval gc \
    isFinite isNaN parseFloat parseInt print qsTr qsTrId qsTranslate undefined unescape";

/// Names for parameters, each of which is one and another than those before it.
pub(super) fn parameters(declared: &[(String, String)]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, (name, _)) in declared.iter().enumerate() {
        let is_new = is_name(name) && !names.contains(name);
        names.push(if is_new {
            name.clone()
        } else {
            format!("arg{index}")
        });
    }
    names
}

/// Whether a property, a method, a signal or a parameter can be called so.
pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.split_whitespace().any(|word| word == name)
}

/// `Name` for `name`.
pub(super) fn capital(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
