//! Lists by the index of a declared property: the same objects as without it.

use serde_json::{Value, json};

use super::{PATH, declare, todos};
use crate::api::{Api, CONFIG, encoded, on_every_database};

#[test]
fn lists_by_an_index_say_the_same_as_without() {
    on_every_database(CONFIG, |server| {
        let ann = Api::user(server, "ann");
        let lists: Vec<String> = (0..3)
            .map(|n| ann.create("/v1/objects/lists", &json!({"n": n})))
            .collect();
        let list = |n: usize| json!({"id": lists[n], "objectType": "objects.lists"});
        let objects = [
            json!({"title": "milk", "n": 1, "done": true, "list": list(0), "tags": ["a"]}),
            json!({"title": "milk", "n": 1.0, "done": false, "list": list(1)}),
            json!({"title": "", "n": -0.0, "list": null}),
            json!({"title": "'1", "n": 9_007_199_254_740_993_u64, "done": null}),
            json!({"n": 9_007_199_254_740_992_u64, "list": list(1), "due": "2013-06-28T16:38:32Z"}),
            json!({"title": null, "n": 0, "tags": ["a", "b"]}),
            json!({"title": "x".repeat(20_000)}),
        ];
        let queries = [
            json!({"title": "milk"}),
            json!({"title": ""}),
            json!({"title": null}),
            json!({"title": "x".repeat(20_000)}),
            json!({"title": 1}),
            json!({"title": {"$ne": "milk"}}),
            json!({"title": {"$in": ["milk", "'1"]}}),
            json!({"title": {"$in": ["milk", null]}}),
            json!({"title": {"$in": []}}),
            json!({"title": {"$nin": ["milk"]}}),
            json!({"n": 1}),
            json!({"n": "1"}),
            json!({"n": 0}),
            json!({"n": 9_007_199_254_740_993_u64}),
            json!({"n": {"$gt": 0}}),
            json!({"done": true}),
            json!({"done": "true"}),
            json!({"list": list(1)}),
            json!({"list": {"id": lists[1]}}),
            json!({"list.id": lists[1]}),
            json!({"list": {"id": lists[1], "objectType": "users"}}),
            json!({"list": {"$in": [list(0), list(1)]}}),
            json!({"list": null}),
            json!({"tags": "a"}),
            json!({"title": "milk", "n": 1, "done": false}),
            json!({"$or": [{"title": "milk"}, {"n": 0}]}),
            json!({"$or": [{"title": "milk"}, {"title": "'1"}]}),
            json!({"$and": [{"title": "milk"}, {"$or": [{"done": true}, {"list": list(1)}]}]}),
            json!({"$nor": [{"title": "milk"}]}),
            json!({"title": {"$not": {"$eq": "milk"}}}),
        ];
        let ids: Vec<String> = objects
            .iter()
            .map(|object| ann.create("/v1/objects/todos", object))
            .collect();
        let ask = |query: &Value| {
            let query = encoded(query);
            let found = ann.list(&format!("/v1/objects/todos?q={query}"));
            let (_, count) = ann.get(&format!("/v1/objects/todos?count&q={query}"));
            assert_eq!(count["count"], found.len(), "{query}");
            let ids = found.into_iter().map(|object| object["id"].clone());
            ids.collect::<Vec<Value>>()
        };
        let without: Vec<_> = queries.iter().map(ask).collect();
        assert!(without.iter().filter(|found| !found.is_empty()).count() > 20);
        declare(server, &todos());
        let compare = |when: &str, expected: &[Vec<Value>]| {
            for (query, expected) in queries.iter().zip(expected) {
                assert_eq!(ask(query), *expected, "{when}: {query:.200}");
            }
        };
        compare("of objects that were there", &without);
        // The first two and the third change their places, and one goes and comes again.
        for (id, object) in ids.iter().zip([&objects[2], &objects[0], &objects[1]]) {
            let path = format!("/v1/objects/todos/{id}");
            let mut all = json!({"done": null, "tags": null});
            let all = all.as_object_mut().unwrap();
            all.extend(object.as_object().unwrap().clone());
            assert_eq!(ann.call("PUT", &path, &json!(all)).0, 200);
        }
        ann.call(
            "DELETE",
            &format!("/v1/objects/todos/{}", ids[3]),
            &Value::Null,
        );
        ann.create("/v1/objects/todos", &objects[3]);
        let changed: Vec<_> = queries.iter().map(ask).collect();
        let path = format!("{PATH}/todos");
        Api::admin(server).call("DELETE", &path, &Value::Null);
        compare("without the index again", &changed);
        assert_ne!(changed, without);
    });
}
