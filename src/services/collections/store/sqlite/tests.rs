//! A list is the same by every index and by none.

use rusqlite::Connection;

use super::indexes::{self, Begun};
use super::lists::{Orders, list, list_indexed};
use super::{insert, schema};
use crate::database::sqlite::prepare;
use crate::services::collections::object::Object;
use crate::services::collections::query::Query;

/// A number that looks random, and is the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        // Marsaglia's xorshift: Journal of Statistical Software 8 (14), 2003.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const VALUES: &[&str] = &[
    "1",
    "1.0",
    "2",
    "-3",
    "10",
    "1e2",
    "100",
    "0.1",
    "9007199254740993",
    "12345678901234567890",
    "1e400",
    r#""1""#,
    r#""10""#,
    r#""a""#,
    r#""A""#,
    r#""ä""#,
    r#""""#,
    r#""true""#,
    r#""null""#,
    r#""z\u0000y""#,
    r#""ab""#,
    "true",
    "false",
    "null",
    "[]",
    "[1]",
    "{}",
    r#"{"in":1}"#,
    r#"{"in":"x"}"#,
];

const GIVEN: &[&str] = &[
    "1",
    "1.0",
    "2",
    "-3",
    "10",
    "100",
    "0.1",
    "9007199254740993",
    "9007199254740992",
    "a",
    "A",
    "%C3%A4",
    "",
    "true",
    "false",
    "null",
    "b",
    "ab",
    "1e400",
    "0",
];

fn object(chance: &mut Chance, number: usize) -> Object {
    let mut text = format!(r#"{{"id":"{number}""#);
    for field in ["f", "g", "h"] {
        if chance.below(6) > 0 {
            text += &format!(r#","{field}":{}"#, chance.of(VALUES));
        }
    }
    Object::stored(&(text + "}")).unwrap()
}

fn query(chance: &mut Chance) -> String {
    let fields = ["f", "g", "h", "f.in", "id", "none"];
    let mut parts = Vec::new();
    for _ in 0..chance.below(3) {
        let op = chance.of(&[
            "eq",
            "ne",
            "lt",
            "lte",
            "gt",
            "gte",
            "in",
            "contains",
            "startsWith",
            "endsWith",
            "like",
        ]);
        parts.push(format!("{}:{op}={}", chance.of(&fields), chance.of(GIVEN)));
    }
    let sorts = (0..chance.below(3)).map(|_| chance.of(&["-", ""]).to_owned() + chance.of(&fields));
    let sorts: Vec<String> = sorts.collect();
    parts.push(format!("_sort={}", sorts.join(",")));
    match chance.below(4) {
        0 => parts.push(format!("_page={}&_per_page=7", 1 + chance.below(9))),
        1 => parts.push(format!("_start={}&_limit=5", chance.below(60))),
        2 => parts.push("q=a".to_owned()),
        _ => {}
    }
    parts.join("&")
}

fn make_index(connection: &Connection, field: &str) {
    let path = field.split('.').map(str::to_owned).collect();
    let Begun::New(id) = indexes::begin(connection, "c", &path).unwrap() else {
        panic!("{field} has no index");
    };
    let mut after = Some(i64::MIN);
    while let Some(last) = after {
        after = indexes::extend(connection, id, last).unwrap();
    }
}

#[test]
fn indexes_change_nothing_but_the_time() {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let connection = Connection::open_in_memory().unwrap();
    prepare(&connection, "", &schema()).unwrap();
    let orders = Orders::default();
    let mut keys: Vec<usize> = Vec::new();
    for number in 0..2_100 {
        let object = object(&mut chance, number);
        insert(&connection, "c", &number.to_string(), &object).unwrap();
        insert(&connection, "other", &number.to_string(), &object).unwrap();
        keys.push(number);
    }
    for (round, indexed) in ["f", "g", "h", "f.in", "id"].into_iter().enumerate() {
        make_index(&connection, indexed);
        for _ in 0..60 {
            let text = query(&mut chance);
            let query = Query::parse(&text).unwrap();
            let collection = ("c", if chance.below(2) == 0 { "id" } else { "f" });
            let without = list(&connection, &Orders::default(), &[], collection, &query).unwrap();
            for _ in 0..2 {
                let (with, indexes) =
                    list_indexed(&connection, &orders, collection, &query).unwrap();
                assert_eq!(indexes.len(), round + 1);
                assert_eq!(with.objects, without.objects, "{text}");
                assert_eq!(with.total, without.total, "{text}");
            }
            // What is written in between counts at once.
            let key = keys[chance.below(keys.len())];
            let (name, new) = (key.to_string(), object(&mut chance, key));
            match chance.below(3) {
                0 => {
                    let delete = "DELETE FROM objects WHERE collection = 'c' AND key = ?1";
                    connection.execute(delete, [&name]).unwrap();
                    keys.retain(|other| *other != key);
                }
                1 => {
                    let update = "UPDATE objects SET doc = ?1 WHERE collection = 'c' AND key = ?2";
                    connection.execute(update, [new.to_json(), name]).unwrap();
                }
                _ => {
                    let number = 10_000 + keys.len() + round * 1_000;
                    let name = format!("{number}-{}", chance.below(1 << 30));
                    let _ = insert(&connection, "c", &name, &new);
                }
            }
        }
    }
    let entries = "SELECT count(*) FROM entries";
    let entries: u32 = connection.query_row(entries, [], |row| row.get(0)).unwrap();
    let objects = "SELECT count(*) FROM objects WHERE collection = 'c'";
    let objects: u32 = connection.query_row(objects, [], |row| row.get(0)).unwrap();
    assert_eq!(
        entries,
        5 * objects,
        "one entry of each object in each index"
    );
}

#[test]
fn a_collection_has_a_bounded_number_of_indexes() {
    let connection = Connection::open_in_memory().unwrap();
    prepare(&connection, "", &schema()).unwrap();
    for number in 0..8 {
        make_index(&connection, &format!("f{number}"));
    }
    let more = vec!["more".to_owned()];
    assert_eq!(
        indexes::begin(&connection, "c", &more).unwrap(),
        Begun::Full
    );
    let again = vec!["f1".to_owned()];
    assert_eq!(
        indexes::begin(&connection, "other", &again).unwrap(),
        Begun::New(9)
    );
    assert_eq!(
        indexes::begin(&connection, "other", &again).unwrap(),
        Begun::Known
    );
}
