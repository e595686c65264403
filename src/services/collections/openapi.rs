//! `GET /@qmlserve/openapi.json`: all collections as an OpenAPI 3.1 document.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde_json::{Map, Value, json};

use super::Collections;
use super::collection::Collection;
use super::config::Envelope;
use super::list;
use super::object::LONGEST_KEY;
use crate::http::uncached;

/// The document.
pub(super) async fn document(collections: Data<Collections>) -> HttpResponse {
    uncached(StatusCode::OK).json(describe(&collections.all))
}

fn describe(collections: &[Collection]) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    schemas.insert("Error".to_owned(), error_schema());
    for (number, collection) in collections.iter().enumerate() {
        // Names of components are plainer than names of collections may be.
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name = format!(
            "{}_{number}",
            collection.name.replace(|c| plain(c) != c, "_")
        );
        let schema = collection
            .schema
            .as_ref()
            .map(|schema| schema.value.clone());
        schemas.insert(
            name.clone(),
            schema.unwrap_or_else(|| object_schema(&collection.key)),
        );
        let object = json!({"$ref": format!("#/components/schemas/{name}")});
        let path = list::path_of(collection);
        paths.insert(path.clone(), list_item(collection, &object));
        paths.insert(format!("{path}/{{key}}"), entry_item(collection, &object));
        if !collection.without_xml {
            paths.insert(format!("{path}.xml"), xml_item(collection));
        }
        paths.insert(format!("{path}/events"), events_item(collection));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "qmlserve collections",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every path also works with a slash at its end. A list can be \
                filtered by any field: name=red, address.city=Rome, price:gt=5; the operators \
                are eq, ne, lt, lte, gt, gte, in, contains, startsWith, endsWith and like. \
                A field that no object has is told in the header Warning.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": {
            "type": "object",
            "required": ["status", "message", "hint"],
            "properties": {
                "status": {"type": "integer"},
                "message": {"type": "string"},
                "hint": {"type": "string"},
            },
        }},
    })
}

/// A key, and whatever else.
fn object_schema(key: &str) -> Value {
    json!({
        "type": "object",
        "required": [key],
        "properties": {key: {"anyOf": [key_schema(), {"type": "integer"}]}},
    })
}

/// What an object may be without that is going to be made.
fn new_object(collection: &Collection, object: &Value) -> Value {
    if !collection.makes_keys() || collection.schema.is_some() {
        return object.clone();
    }
    let mut new = object_schema(&collection.key);
    new["required"] = json!([]);
    new
}

fn key_schema() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_KEY,
        "pattern": r"^[^\u0000]*$",
    })
}

fn list_item(collection: &Collection, object: &Value) -> Value {
    // With _fields, what the schema of the object asks for may be left out.
    let array = json!({"type": "array", "items": {"type": "object"}});
    let list = match collection.envelope {
        Envelope::None => array,
        Envelope::Book => json!({
            "type": "object",
            "required": [collection.name, "data", "count"],
            "properties": {
                "count": {"type": "integer"},
                "data": array,
                collection.name.clone(): array,
            },
        }),
    };
    let mut get = operation(
        collection,
        "list",
        "The objects, in the order of their creation",
    );
    get["parameters"] = list_parameters();
    get["responses"] = responses(
        json!({"200": {
            "description": "The list",
            "headers": {
                "X-Total-Count": {
                    "description": "How many there are on all pages",
                    "schema": {"type": "integer"},
                },
                "Link": {
                    "description": "The other pages, if the list has pages",
                    "schema": {"type": "string"},
                },
            },
            "content": json_or_xml(&list),
        }}),
        &["400"],
    );
    let mut item = json!({"get": get});
    if !collection.readonly {
        let mut post = operation(collection, "create", "Creates an object");
        post["requestBody"] = body(&new_object(collection, object));
        post["responses"] = responses(
            json!({"201": {
                "description": "The new object",
                "headers": {"Location": {
                    "description": "Its path",
                    "schema": {"type": "string"},
                }},
                "content": json_or_xml(object),
            }}),
            &["400", "413", "422"],
        );
        item["post"] = post;
    }
    item
}

fn entry_item(collection: &Collection, object: &Value) -> Value {
    let mut get = operation(collection, "read", "One object");
    get["parameters"] = json!([fields_parameter()]);
    let any = json!({"type": "object"});
    get["responses"] = responses(ok(json_or_xml(&any)), &["400", "404"]);
    let mut item = json!({
        "parameters": [{
            "name": "key",
            "in": "path",
            "required": true,
            "schema": key_schema(),
        }],
        "get": get,
    });
    if collection.readonly {
        return item;
    }
    let mut put = operation(
        collection,
        "update",
        "Updates the fields that are given; with replace=true, the others go",
    );
    put["parameters"] = json!([{
        "name": "replace",
        "in": "query",
        "schema": {"type": "boolean"},
    }]);
    put["requestBody"] = body(&any);
    put["responses"] = responses(ok(json_or_xml(object)), &["400", "404", "413", "422"]);
    let mut patch = operation(collection, "patch", "Applies a merge patch (RFC 7396)");
    patch["requestBody"] = json!({"required": true, "content": {
        "application/merge-patch+json": {"schema": any},
        "application/json": {"schema": any},
    }});
    patch["responses"] = responses(ok(json_or_xml(object)), &["400", "404", "413", "422"]);
    let mut delete = operation(collection, "delete", "Removes the object");
    delete["responses"] = responses(
        ok(json!({"application/json": {"schema": {
            "type": "object",
            "required": ["result"],
            "properties": {"result": {"const": true}},
        }}})),
        &["404"],
    );
    item["put"] = put;
    item["patch"] = patch;
    item["delete"] = delete;
    item
}

fn xml_item(collection: &Collection) -> Value {
    let mut get = operation(collection, "xml", "The list as XML, for XmlListModel");
    get["parameters"] = list_parameters();
    get["responses"] = responses(ok(json!({"application/xml": {}})), &["400"]);
    json!({"get": get})
}

fn events_item(collection: &Collection) -> Value {
    let mut get = operation(collection, "events", "Each change, as server-sent events");
    get["responses"] = responses(ok(json!({"text/event-stream": {}})), &[]);
    json!({"get": get})
}

fn operation(collection: &Collection, what: &str, summary: &str) -> Value {
    json!({
        "operationId": format!("{what} {}", collection.name),
        "tags": [collection.name],
        "summary": summary,
    })
}

fn list_parameters() -> Value {
    let count = |name: &str, least: u64, what: &str| {
        json!({
            "name": name,
            "in": "query",
            "description": what,
            "schema": {"type": "integer", "minimum": least, "maximum": i64::MAX},
        })
    };
    let text = |name: &str, what: &str| {
        json!({
            "name": name,
            "in": "query",
            "description": what,
            "schema": {"type": "string"},
        })
    };
    json!([
        count("_page", 1, "Which page"),
        count("_per_page", 1, "How many objects are on a page"),
        count(
            "_start",
            0,
            "How many objects are left out before the first"
        ),
        count("_limit", 0, "The most objects"),
        names("_sort", "Fields to order by, - in front for descending"),
        fields_parameter(),
        text("q", "A text that is somewhere in the object"),
    ])
}

fn fields_parameter() -> Value {
    names("_fields", "The fields to tell; all, if none are named")
}

/// Names of fields with commas between them, `address.city` for one inside.
fn names(name: &str, what: &str) -> Value {
    const NAME: &str = r#"([^",.\u0000]+(\.[^",.\u0000]+)*)?"#;
    json!({
        "name": name,
        "in": "query",
        "description": what,
        "schema": {"type": "string", "pattern": format!("^{NAME}(,{NAME})*$")},
    })
}

fn body(schema: &Value) -> Value {
    json!({"required": true, "content": {"application/json": {"schema": schema}}})
}

fn json_or_xml(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}, "application/xml": {}})
}

fn ok(content: Value) -> Value {
    json!({"200": {"description": "Done", "content": content}})
}

/// The answers of an operation: what is good, these errors, and those that any request can get.
fn responses(mut good: Value, errors: &[&str]) -> Value {
    let descriptions = [
        ("400", "The body or the query is not understood"),
        ("404", "There is no such object"),
        ("413", "The body is too large"),
        ("422", "The object cannot be kept as it is"),
        (
            "503",
            "The database does not answer, or the failure was ordered",
        ),
    ];
    for (status, description) in descriptions {
        if status == "503" || errors.contains(&status) {
            good[status] = json!({
                "description": description,
                "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Error"},
                }},
            });
        }
    }
    good
}
