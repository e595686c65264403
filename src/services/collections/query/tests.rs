//! What query strings mean, and what is refused.

use super::sql::{Index, Listing, Plan, Statement};
use super::*;

fn path(text: &str) -> Path {
    text.split('.').map(str::to_owned).collect()
}

#[test]
fn filters() {
    type Expected<'a> = &'a [(&'a str, Op, &'a [&'a str])];
    let cases: [(&str, Expected<'_>); 15] = [
        ("", &[]),
        ("name=red", &[("name", Op::In, &["red"])]),
        ("name=red&name=blue", &[("name", Op::In, &["red", "blue"])]),
        ("name:in=red,blue", &[("name", Op::In, &["red", "blue"])]),
        ("name_in=red", &[("name", Op::In, &["red"])]),
        (
            "address.city=K%C3%B6ln",
            &[("address.city", Op::In, &["Köln"])],
        ),
        (
            "price_gte=1&price_lte=2",
            &[("price", Op::Gte, &["1"]), ("price", Op::Lte, &["2"])],
        ),
        ("price:gt=1", &[("price", Op::Gt, &["1"])]),
        ("price:lt=", &[("price", Op::Lt, &[""])]),
        ("name:startsWith=a+b", &[("name", Op::StartsWith, &["a b"])]),
        (
            "name_endsWith=x&n_contains=y",
            &[("name", Op::EndsWith, &["x"]), ("n", Op::Contains, &["y"])],
        ),
        ("first_name=A", &[("first_name", Op::In, &["A"])]),
        ("checked_in:eq=1", &[("checked_in", Op::In, &["1"])]),
        ("_id:ne=1", &[("_id", Op::Ne, &["1"])]),
        ("title_like=News", &[("title", Op::Like, &["News"])]),
    ];
    for (text, expected) in cases {
        let expected: Vec<Filter> = expected
            .iter()
            .map(|(name, op, values)| Filter {
                path: path(name),
                op: *op,
                values: values.iter().map(|value| (*value).to_owned()).collect(),
            })
            .collect();
        assert_eq!(Query::parse(text).unwrap().filters, expected, "{text}");
    }
}

#[test]
fn windows() {
    for (text, expected) in [
        ("", Window::All),
        (
            "_page=2",
            Window::Page {
                page: 2,
                per_page: 10,
            },
        ),
        (
            "_page=2&_per_page=5",
            Window::Page {
                page: 2,
                per_page: 5,
            },
        ),
        (
            "_page=2&_limit=5",
            Window::Page {
                page: 2,
                per_page: 5,
            },
        ),
        (
            "_per_page=5",
            Window::Page {
                page: 1,
                per_page: 5,
            },
        ),
        (
            "_start=3",
            Window::Slice {
                start: 3,
                limit: None,
            },
        ),
        (
            "_limit=0",
            Window::Slice {
                start: 0,
                limit: Some(0),
            },
        ),
        (
            "_start=3&_limit=2",
            Window::Slice {
                start: 3,
                limit: Some(2),
            },
        ),
        (
            "_start=3&_end=5",
            Window::Slice {
                start: 3,
                limit: Some(2),
            },
        ),
    ] {
        assert_eq!(Query::parse(text).unwrap().window, expected, "{text}");
    }
}

#[test]
fn orders_fields_and_words() {
    let query = Query::parse("_sort=-value,+name,a.b&_fields=name,a.b&q=R%C3%96T").unwrap();
    let sorted: Vec<_> = query
        .sort
        .iter()
        .map(|sort| (sort.path.join("."), sort.descending))
        .collect();
    let expected = [("value", true), ("name", false), ("a.b", false)];
    assert_eq!(sorted, expected.map(|(name, down)| (name.to_owned(), down)));
    for (text, expected) in [
        ("_sort=a&_order=desc", "-a"),
        ("_sort=a,b,c&_order=asc,DESC", "a,-b,c"),
        ("_order=&_sort=-a", "-a"),
    ] {
        let sort = Query::parse(text).unwrap().sort;
        let expected = Query::parse(&format!("_sort={expected}")).unwrap().sort;
        assert_eq!(sort, expected, "{text}");
    }
    let related = Query::parse("_embed=a,b&_embed=a&_expand=c").unwrap();
    assert_eq!(related.embed, ["a", "b"]);
    assert_eq!(related.expand, ["c"]);
    assert_eq!(query.fields, [path("name"), path("a.b")]);
    assert_eq!(query.text, ["röt"]);
}

#[test]
fn what_is_not_understood_is_refused() {
    for (text, message, hint) in [
        (
            "name:lte2=1",
            "there is no operator \"lte2\"",
            "did you mean lte?",
        ),
        ("name:xyz=1", "there is no operator", "there are eq, ne, lt"),
        (
            "_srot=name",
            "there is no parameter \"_srot\"",
            "did you mean _sort?",
        ),
        ("_page=0", "_page is \"0\"", "whole number"),
        ("_page=-1", "_page is \"-1\"", "whole number"),
        ("_page=%2B1", "_page is \"+1\"", "whole number"),
        ("_page=x", "_page is \"x\"", "whole number"),
        ("_page=", "_page is \"\"", "whole number"),
        ("_per_page=0", "_per_page is \"0\"", "whole number"),
        ("_start=1.5", "_start is \"1.5\"", "whole number"),
        ("_limit=99999999999999999999", "_limit is", "whole number"),
        ("a..b=1", "\"a..b\" is no name of a field", "address.city"),
        ("a%22b=1", "is no name of a field", "address.city"),
        ("a%5C=1", "is no name of a field", "address.city"),
        ("_sort=a..b", "is no name of a field", "address.city"),
        ("_fields=.", "is no name of a field", "address.city"),
        ("name=%00", "NUL", "leave it out"),
        ("_order=desc", "nothing to order", "_sort=name&_order=desc"),
        ("_sort=a&_order=down", "neither asc nor desc", "_sort=-name"),
        ("_sort=a&_order=desc,asc", "nothing to order", "_sort=name"),
        ("_embed=a,b,c,d,e,f,g,h,i", "8 relations", "several times"),
        ("t_like=%5Ea", "regular expression", "startsWith"),
    ] {
        let error = Query::parse(text).unwrap_err();
        assert!(error.to_string().contains(message), "{text} gave {error}");
        assert!(error.hint().contains(hint), "{text} gave {}", error.hint());
    }
}

/// Injection is a question of shape: nothing of the request may be in the text.
#[test]
fn nothing_of_the_request_is_in_the_sql() {
    let hostile = "x'); DROP TABLE objects; --";
    let encoded: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    let text = format!(
        "{encoded}={encoded}&{encoded}:contains={encoded}&q={encoded}&_sort={encoded}&_page=1"
    );
    let query = Query::parse(&text).unwrap();
    let statement = Statement::new(hostile, hostile, &query);
    for sql in [&statement.select, &statement.count] {
        assert!(!sql.contains("DROP"), "{sql}");
    }
    assert!(statement.params.len() > statement.filters);
    let index = Index {
        id: 1,
        path: vec![hostile.to_owned()],
    };
    let indexes = [index];
    let filter = &query.filters[0];
    for plan in [
        Plan::Scan,
        Plan::Filter(filter, &indexes[0]),
        Plan::Sort(&indexes[0], &indexes),
    ] {
        let listing = Listing::new("doc", hostile, "key", &query, plan);
        assert!(!listing.text.contains("DROP"), "{}", listing.text);
        assert!(!listing.params.is_empty());
    }
    let counted = Listing::count_up_to(7, filter, &indexes[0]);
    assert!(!counted.text.contains("DROP"), "{}", counted.text);
}
