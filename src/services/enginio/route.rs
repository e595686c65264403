//! Which paths of the server are data storage's, and what each of them means. Pure.

use percent_encoding::percent_decode_str;

use super::config::is_type;

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// All objects of a type.
    List(String),
    /// One of them.
    Object(String, String),
    /// Operators for one of them.
    Atomic(String, String),
    /// The access list of one of them.
    Access(String, String),
    /// The members of a group, one of them maybe.
    Members(String, Option<String>),
    /// Whoever asks.
    Myself,
    /// Log in, or get the next token.
    Token,
    /// Log out.
    Revoke,
    /// Log in as clients of before OAuth do.
    Identity,
    /// The next chunk of a file.
    Chunk(String),
    /// Where a file can be fetched.
    DownloadUrl(String),
    /// The file itself.
    Content(String),
    /// Full text.
    Search,
    /// Where changes are told.
    StreamUrl,
    /// Log in to the account that backends belong to.
    AccountToken,
    /// The backends of an account, or one of them.
    Apps(Option<String>),
    /// What is declared of types, of one of them maybe.
    ObjectTypes(Option<String>),
}

/// What comes first below `/v1`.
const FIRST: [&str; 10] = [
    "account",
    "objects",
    "users",
    "usergroups",
    "user",
    "auth",
    "files",
    "search",
    "stream_url",
    "object_types",
];

/// Whether a path is data storage's, be there something or not.
pub(super) fn is_below(path: &str) -> bool {
    let parts = parts(path);
    parts.first().is_some_and(|first| first == "v1")
        && parts
            .get(1)
            .is_some_and(|part| FIRST.contains(&part.as_str()))
}

/// What a path of a URL means.
pub(super) fn find(path: &str) -> Option<Route> {
    let mut parts = parts(path);
    // Some clients end the path of a list with a slash.
    if parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (first, rest) = match parts.as_slice() {
        ["v1", first, rest @ ..] => (*first, rest),
        _ => return None,
    };
    let own = |part: &&str| (*part).to_owned();
    Some(match (first, rest) {
        ("objects", [name, rest @ ..]) => {
            let kind = format!("objects.{name}");
            if !is_type(&kind) {
                return None;
            }
            below(kind, rest)?
        }
        ("usergroups", [id, "members"]) => Route::Members(own(id), None),
        ("usergroups", [id, "members", user]) => Route::Members(own(id), Some(own(user))),
        ("files", [id, "chunk"]) => Route::Chunk(own(id)),
        ("files", [id, "download_url"]) => Route::DownloadUrl(own(id)),
        ("files", [id, "content"]) => Route::Content(own(id)),
        ("users" | "usergroups" | "files", rest) => below(first.to_owned(), rest)?,
        ("user", []) => Route::Myself,
        ("auth", ["oauth2", "token"]) => Route::Token,
        ("auth", ["oauth2", "revoke"]) => Route::Revoke,
        ("auth", ["identity"]) => Route::Identity,
        ("search", []) => Route::Search,
        ("stream_url", []) => Route::StreamUrl,
        ("account", ["auth", "oauth2", "token"]) => Route::AccountToken,
        ("account", ["apps"]) => Route::Apps(None),
        ("account", ["apps", id]) => Route::Apps(Some(own(id))),
        ("object_types", []) => Route::ObjectTypes(None),
        ("object_types", [name]) => Route::ObjectTypes(Some(own(name))),
        _ => return None,
    })
}

fn below(kind: String, rest: &[&str]) -> Option<Route> {
    Some(match rest {
        [] => Route::List(kind),
        [id] => Route::Object(kind, (*id).to_owned()),
        [id, "access"] => Route::Access(kind, (*id).to_owned()),
        [id, "atomic"] => Route::Atomic(kind, (*id).to_owned()),
        _ => return None,
    })
}

/// The parts of a path, decoded.
fn parts(path: &str) -> Vec<String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let decode = |part| percent_decode_str(part).decode_utf8_lossy().into_owned();
    path.split('/').map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let own = str::to_owned;
        let todos = || own("objects.todos");
        for (path, expected) in [
            ("/v1/objects/todos", Some(Route::List(todos()))),
            ("/v1/objects/todos/", Some(Route::List(todos()))),
            (
                "/v1/objects/Todo-s_1",
                Some(Route::List(own("objects.Todo-s_1"))),
            ),
            (
                "/v1/objects/todos/x",
                Some(Route::Object(todos(), own("x"))),
            ),
            (
                "/v1/objects/todos/x/atomic",
                Some(Route::Atomic(todos(), own("x"))),
            ),
            (
                "/v1/objects/todos/x/access",
                Some(Route::Access(todos(), own("x"))),
            ),
            ("/v1/objects/todos/x/else", None),
            ("/v1/objects/to%2Fdos", None),
            ("/v1/objects/a'b", None),
            ("/v1/objects", None),
            ("/v1/users", Some(Route::List(own("users")))),
            (
                "/v1/users/x/access",
                Some(Route::Access(own("users"), own("x"))),
            ),
            (
                "/v1/usergroups/x/members",
                Some(Route::Members(own("x"), None)),
            ),
            (
                "/v1/usergroups/x/members/y",
                Some(Route::Members(own("x"), Some(own("y")))),
            ),
            ("/v1/user", Some(Route::Myself)),
            ("/v1/auth/oauth2/token", Some(Route::Token)),
            ("/v1/files", Some(Route::List(own("files")))),
            ("/v1/files/x/chunk", Some(Route::Chunk(own("x")))),
            (
                "/v1/files/x/download_url",
                Some(Route::DownloadUrl(own("x"))),
            ),
            ("/v1/search", Some(Route::Search)),
            ("/v1/account/auth/oauth2/token", Some(Route::AccountToken)),
            ("/v1/account/apps", Some(Route::Apps(None))),
            ("/v1/account/apps/x", Some(Route::Apps(Some(own("x"))))),
            ("/v1/account", None),
            ("/v1/object_types/", Some(Route::ObjectTypes(None))),
            (
                "/v1/object_types/objects.todos",
                Some(Route::ObjectTypes(Some(todos()))),
            ),
        ] {
            assert_eq!(find(path), expected, "{path}");
            assert!(is_below(path), "{path}");
        }
        // What gateways and collections have there.
        for path in [
            "/v1/sockets",
            "/v1/messages",
            "/v1",
            "/v1/colors",
            "/objects/todos",
            "/",
        ] {
            assert!(!is_below(path) && find(path).is_none(), "{path}");
        }
    }
}
