//! Which rule is for which path, whatever its spelling; which hashes and passwords are taken.

use super::verify::{Credentials, Verdict};
use super::*;

const SECRET: &str =
    "$argon2id$v=19$m=8,t=1,p=1$4OtxrsI/8aI$nCR6xoUhqtUq9LVv9wWIC+aZuD5wNofyI0Igk6xKWGg";

fn users(paths: &[&str]) -> Users {
    let rule = |path: &&str| UsersConfig {
        path: (*path).to_owned(),
        users: BTreeMap::from([("ann".to_owned(), StoredHash::parse(SECRET).unwrap())]),
        realm: None,
    };
    Users::new(paths.iter().map(rule).collect(), |path| {
        path == "/@qmlserve/health"
    })
}

#[test]
fn which_rule_is_for_a_path() {
    let users = users(&["/private", "/private/more", "/Größe", "/api/colors"]);
    for (path, expected) in [
        ("/", &[][..]),
        ("/main.qml", &[]),
        ("/privateer", &[]),
        ("/public/private", &[]),
        ("/api", &[]),
        ("/api/colors", &[3]),
        ("/api/colors.xml", &[3]),
        ("/api/colors.xml/", &[3]),
        ("/api/colors/events", &[3]),
        ("/private", &[0]),
        ("/private/", &[0]),
        ("/private/x.qml", &[0]),
        ("/private/more/x", &[1]),
        ("//private", &[0]),
        ("/./private/x", &[0]),
        ("/%70rivate", &[0]),
        ("/%2fprivate", &[0]),
        ("/private%2fx", &[0]),
        ("/private%5cx", &[0]),
        ("/PRIVATE/x", &[0]),
        ("/private./x", &[0]),
        ("/private%20/x", &[0]),
        ("/private;a=b/x", &[0]),
        ("/public/../private/x", &[0]),
        ("/public/%2e%2e/private/x", &[0]),
        // Whoever does not climb is below it, too.
        ("/private/../x", &[0]),
        ("/@0123456789abcdef/private/x", &[0]),
        ("/@0123456789abcdef//private/x", &[0]),
        ("/@0123456789abcdef/public/../private/x", &[0]),
        ("/%400123456789abcdef/private/x", &[0]),
        ("/gr%C3%B6%C3%9fe/x", &[2]),
        ("/GR%C3%96%C3%9fE", &[2]),
        ("/@qmlserve/live.qml", &[]),
        ("/@qmlserve/events", &[]),
        ("/@qmlserve/health", &[]),
        ("/@qmlserve/mcp", &[0, 1, 2, 3]),
        ("/@qmlserve/log", &[0, 1, 2, 3]),
        ("/@qmlserve/git/info/refs", &[0, 1, 2, 3]),
        ("/@qmlserve/status", &[0, 1, 2, 3]),
        ("/channel", &[0, 1, 2, 3]),
        ("//channel/", &[0, 1, 2, 3]),
        ("/channel/program", &[]),
        ("/@qmlserve/page/document", &[0, 1, 2, 3]),
        ("/%40qmlserve/page/document", &[0, 1, 2, 3]),
    ] {
        assert_eq!(users.asked_for(path), expected, "{path}");
    }
    let all = super::tests::users(&["/", "/open"]);
    for (path, expected) in [
        ("/", &[0][..]),
        ("/x", &[0]),
        ("/@0123456789abcdef/x", &[0]),
        ("/@qmlserve/events", &[0]),
        ("/@qmlserve/health", &[]),
        ("/open/x", &[1]),
    ] {
        assert_eq!(all.asked_for(path), expected, "{path}");
    }
}

#[test]
fn only_hashes_by_argon2_are_taken() {
    for (text, expected) in [
        (SECRET, true),
        ("", false),
        ("secret", false),
        ("***", false),
        ("$argon2id$v=19$m=8,t=1,p=1", false),
        ("$argon2id$v=19$m=8,t=1,p=1$4OtxrsI/8aI", false),
        (
            "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            false,
        ),
        (
            "$pbkdf2-sha256$i=1000,l=32$4OtxrsI/8aI$nCR6xoUhqtUq9LVv9wWIC+aZuD5wNofyI0Igk6xKWGg",
            false,
        ),
    ] {
        assert_eq!(StoredHash::parse(text).is_some(), expected, "{text}");
    }
    assert!(StoredHash::parse(StoredHash::of("pä:ß").unwrap().as_str()).is_some());
    assert!(StoredHash::of("").is_err());
    let shown = format!("{:?}", StoredHash::parse(SECRET).unwrap());
    assert_eq!(shown, "***");
}

#[actix_web::test]
async fn whoever_guesses_waits_and_nobody_else_does() {
    let users = users(&["/private"]);
    let [far, near] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().ok());
    let check = async |user: &str, password: &str, client| {
        let given = Credentials {
            user: user.to_owned(),
            password: password.to_owned(),
        };
        users.verifier.check(&given, &users.rules[0], client).await
    };
    assert_eq!(check("ann", "secret", near).await, Verdict::Right);
    assert_eq!(check("bob", "secret", near).await, Verdict::Wrong);
    for guess in 0..10 {
        // What is asked again is no other guess.
        for _ in 0..3 {
            assert_eq!(check("ann", &guess.to_string(), far).await, Verdict::Wrong);
        }
    }
    assert!(matches!(check("ann", "11", far).await, Verdict::Later(_)));
    assert!(matches!(
        check("bob", "secret2", far).await,
        Verdict::Later(_)
    ));
    assert_eq!(
        check("ann", "secret", far).await,
        Verdict::Right,
        "it was known"
    );
    assert_eq!(check("ann", "12", near).await, Verdict::Wrong);
}
