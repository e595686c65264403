//! One row for each path, method, parameter and status: who asks what, and what the answer says.

use std::collections::HashMap;

use serde_json::Value;

use crate::api::{ADMIN, Api, CONFIG, encoded, on_every_database};

/// Who, method, path, body, status, and what the answer has: `/place = JSON`, `/place` (something
/// is there), `/place !` (nothing is), `/place -> name` (what is kept as `{name}`), `;` between.
/// In a path, what stands between `<` and `>` is encoded.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    u16,
    &'static str,
);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Users and logins.
    ("", "POST", "/v1/users", r#"{"username":"ann","password":"a+b","email":"a@b"}"#, 201, r#"/id -> ann; /username = "ann"; /email = "a@b"; /password !; /objectType = "users"; /creator/id"#),
    ("", "POST", "/v1/users/", r#"{"username":"ben","password":"b"}"#, 201, "/id -> ben"),
    ("", "POST", "/v1/users", r#"{"username":"ann","password":"x"}"#, 400, r#"/errors/0/property = "username"; /errors/0/reason = "BadRequest"; /errors/0/message"#),
    ("", "POST", "/v1/users", r#"{"username":"eve"}"#, 400, r#"/errors/0/property = "password""#),
    ("", "POST", "/v1/auth/oauth2/token", "grant_type=password&username=ann&password=a%2Bb", 200, r#"/access_token -> ann-token; /refresh_token -> ann-refresh; /token_type = "bearer"; /expires_in = 28799; /enginio_data/user/username = "ann"; /enginio_data/usergroups = []"#),
    ("", "POST", "/v1/auth/oauth2/token", "grant_type=password&username=ben&password=b", 200, "/access_token -> ben-token; /enginio_data/user/password !"),
    ("", "POST", "/v1/auth/oauth2/token", "grant_type=password&username=ann&password=wrong", 401, r#"/errors/0/message; /error = "invalid_grant""#),
    ("", "POST", "/v1/auth/oauth2/token", "grant_type=password&username=nobody&password=b", 401, "/errors/0/message"),
    ("", "POST", "/v1/auth/oauth2/token", "grant_type=other", 400, "/errors/0/message"),
    ("", "POST", "/v1/auth/identity", r#"{"username":"ben","password":"b"}"#, 200, r#"/sessionToken -> old; /user/username = "ben"; /usergroups = []"#),
    ("{old}", "GET", "/v1/user", "", 200, r#"/username = "ben""#),
    ("{ann-token}", "GET", "/v1/user", "", 200, r#"/username = "ann"; /usergroups = []; /createdAt; /updatedAt"#),
    ("", "GET", "/v1/user", "", 401, "/errors/0/message"),
    ("not-a-token", "GET", "/v1/user", "", 401, r#"/errors/0/reason = "Unauthorized""#),
    ("{ann-token}", "GET", "/v1/users/{ben}", "", 200, r#"/username = "ben""#),
    ("", "GET", "/v1/users/{ben}", "", 404, "/errors/0/message"),
    ("", "GET", "/v1/users", "", 200, "/results = []"),
    ("{ann-token}", "GET", r#"/v1/users?q=<{"username":"ben"}>"#, "", 200, r#"/results/0/username = "ben"; /results/1 !; /query/query/username = "ben""#),
    ("{ann-token}", "PUT", "/v1/users/{ann}", r#"{"firstName":"Ann"}"#, 200, r#"/firstName = "Ann"; /email = "a@b""#),
    ("{ben-token}", "PUT", "/v1/users/{ann}", r#"{"firstName":"Eve"}"#, 403, r#"/errors/0/reason = "AccessDenied""#),
    ("", "POST", "/v1/auth/oauth2/token", "grant_type=refresh_token&refresh_token={ann-refresh}", 200, "/access_token -> ann-token; /refresh_token -> ann-refresh2"),
    ("", "POST", "/v1/auth/oauth2/token", "grant_type=refresh_token&refresh_token={ann-refresh}", 401, "/errors/0/message"),
    // Objects.
    ("{ann-token}", "POST", "/v1/objects/todos", r#"{"title":"milk","n":2,"done":false,"objectType":"objects.todos"}"#, 201, r#"/id -> milk; /title = "milk"; /objectType = "objects.todos"; /creator/objectType = "users"; /updater/id; /createdAt"#),
    ("{ann-token}", "POST", "/v1/objects/todos/", r#"{"title":"bread","n":10,"tags":["warm"],"who":{"$type":"ref","$value":{"id":"{ann}","objectType":"users"}}}"#, 201, r#"/id -> bread; /who/objectType = "users""#),
    ("", "POST", "/v1/objects/todos", r#"{"title":"open"}"#, 201, "/id -> open; /creator !"),
    ("{ann-token}", "GET", "/v1/objects/todos/{milk}", "", 200, r#"/n = 2; /done = false"#),
    ("{ben-token}", "GET", "/v1/objects/todos/{milk}", "", 404, r#"/errors/0/reason = "NotFound""#),
    ("", "GET", "/v1/objects/todos/{open}", "", 200, r#"/title = "open""#),
    ("{ann-token}", "GET", "/v1/objects/todos/541df1c1e5bde554a805b213", "", 404, "/errors/0/message"),
    ("{ann-token}", "GET", "/v1/objects/others/{milk}", "", 404, "/errors/0/message"),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}", r#"{"n":3,"id":"{milk}","objectType":"objects.todos"}"#, 200, r#"/n = 3; /title = "milk"; /updater/id"#),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}", r#"{"id":"{bread}"}"#, 400, r#"/errors/0/property = "id""#),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}/atomic", r#"{"$push":{"list":"x"},"$inc":{"n":1}}"#, 200, r#"/list = ["x"]; /n = 4"#),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}/atomic", r#"{"$pull":{"list":"x"}}"#, 200, r#"/list = []"#),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}/atomic", r#"{"$rename":{"list":"x"}}"#, 400, "/errors/0/message"),
    ("{ben-token}", "PUT", "/v1/objects/todos/{milk}", r#"{"n":3}"#, 404, "/errors/0/message"),
    ("{ben-token}", "DELETE", "/v1/objects/todos/{milk}", "", 404, "/errors/0/message"),
    ("{ben-token}", "POST", "/v1/objects/public", r#"{"title":"to read"}"#, 201, "/id -> public"),
    ("", "POST", "/v1/objects/public", r#"{"title":"to read"}"#, 401, "/errors/0/message"),
    ("", "GET", "/v1/objects/public/{public}", "", 200, r#"/title = "to read""#),
    ("{ann-token}", "PUT", "/v1/objects/public/{public}", r#"{"title":"x"}"#, 403, "/errors/0/message"),
    ("{ann-token}", "DELETE", "/v1/objects/public/{public}", "", 403, "/errors/0/message"),
    // Lists.
    ("{ann-token}", "GET", "/v1/objects/todos", "", 200, r#"/results/0/title = "milk"; /results/1/title = "bread"; /results/2/title = "open"; /results/3 !"#),
    ("{ben-token}", "GET", "/v1/objects/todos/", "", 200, r#"/results/0/title = "open"; /results/1 !"#),
    ("{ann-token}", "GET", "/v1/objects/todos?limit=1&offset=1", "", 200, r#"/results/0/title = "bread"; /results/1 !; /query/limit = 1; /query/offset = 1"#),
    ("{ann-token}", "GET", "/v1/objects/todos?count=", "", 200, "/count = 3; /results !"),
    ("{ben-token}", "GET", "/v1/objects/todos?count=1", "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?sort=<[{"sortBy":"n","direction":"desc"}]>"#, "", 200, r#"/results/0/n = 10; /results/1/n = 4; /results/2/title = "open""#),
    ("{ann-token}", "GET", r#"/v1/objects/todos?sort=<[{"sortBy":"title"}]>&limit=2"#, "", 200, r#"/results/0/title = "bread"; /results/1/title = "milk"; /results/2 !"#),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"done":false}>"#, "", 200, r#"/results/0/title = "milk"; /results/1 !"#),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$gt":4}}>"#, "", 200, r#"/results/0/title = "bread"; /results/1 !"#),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$gte":4,"$lt":10}}>"#, "", 200, r#"/results/0/title = "milk"; /results/1 !"#),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$lte":4}}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$in":[4,10]}}>&count"#, "", 200, "/count = 2"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$nin":[4,10]}}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$ne":null}}>&count"#, "", 200, "/count = 2"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$ne":4}}>&count"#, "", 200, "/count = 2"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":null}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$exists":false}}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"n":{"$not":{"$gt":4}}}>&count"#, "", 200, "/count = 2"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"$or":[{"n":10},{"title":"open"}]}>&count"#, "", 200, "/count = 2"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"$and":[{"n":{"$gt":1}},{"title":{"$eq":"milk"}}]}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"$nor":[{"n":10},{"title":"open"}]}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"tags":"warm"}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"who":{"id":"{ann}","objectType":"users"}}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"creator.id":"{ann}"}>&count"#, "", 200, "/count = 2"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?q=<{"title":"4"}>&count"#, "", 200, "/count = 0"),
    ("{ann-token}", "GET", r#"/v1/objects/todos?include=<{"creator":{},"who":{}}>&limit=2"#, "", 200, r#"/results/0/creator/username = "ann"; /results/1/who/firstName = "Ann""#),
    ("", "GET", r#"/v1/objects/public?include=<{"creator":{}}>"#, "", 200, r#"/results/0/creator/id = "{ben}"; /results/0/creator/username !"#),
    ("{ann-token}", "GET", r#"/v1/objects/todos/{milk}?include=<{"creator":{}}>"#, "", 200, r#"/creator/username = "ann""#),
    // Search.
    ("{ann-token}", "GET", r#"/v1/search?objectTypes[]=objects.todos&objectTypes[]=objects.public&search=<{"phrase":"MILK OR read"}>"#, "", 200, r#"/results/0/title = "milk"; /results/1/title = "bread"; /results/2/title = "to read"; /results/3 !"#),
    ("{ben-token}", "GET", r#"/v1/search?objectTypes=objects.todos,objects.public&search=<{"phrase":"milk read","properties":"title"}>"#, "", 200, r#"/results/0/title = "to read"; /results/1 !"#),
    ("{ann-token}", "GET", r#"/v1/search?objectTypes[]=objects.todos&search=<{"phrase":"milk bread","defaultOperator":"AND","properties":["title"]}>&count"#, "", 200, "/count = 0"),
    ("{ann-token}", "GET", "/v1/search?objectTypes[]=objects.todos", "", 400, "/errors/0/message"),
    ("{ann-token}", "GET", r#"/v1/search?search=<{"phrase":"x"}>"#, "", 400, "/errors/0/message"),
    // Places.
    ("{ann-token}", "POST", "/v1/objects/shops", r#"{"name":"far","place":{"$type":"geoloc","$value":[-179.9,0]}}"#, 201, r#"/place = [-179.9,0]"#),
    ("{ann-token}", "POST", "/v1/objects/shops", r#"{"name":"near","place":{"longitude":179.99,"latitude":0}}"#, 201, "/id"),
    ("{ann-token}", "POST", "/v1/objects/shops", r#"{"name":"nowhere"}"#, 201, "/id"),
    ("{ann-token}", "GET", r#"/v1/objects/shops?q=<{"place":{"$near":[180,0]}}>"#, "", 200, r#"/results/0/name = "near"; /results/1/name = "far"; /results/2 !"#),
    ("{ann-token}", "GET", r#"/v1/objects/shops?q=<{"place":{"$near":[180,0],"$maxDistance":2000},"name":{"$ne":"x"}}>"#, "", 200, r#"/results/0/name = "near"; /results/1 !"#),
    ("{ann-token}", "GET", r#"/v1/objects/shops?q=<{"place":{"$near":{"$geometry":{"type":"Point","coordinates":[180,0]},"$maxDistance":2000}}}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/objects/shops?q=<{"place":{"$near":[180,0]}}>&sort=<[{"sortBy":"name"}]>"#, "", 200, r#"/results/0/name = "far"; /results/1/name = "near""#),
    ("{ben-token}", "GET", r#"/v1/objects/shops?q=<{"place":{"$near":[180,0]}}>&count"#, "", 200, "/count = 0"),
    ("{ann-token}", "GET", r#"/v1/objects/shops?q=<{"place":{"$near":[200,0]}}>"#, "", 400, "/errors/0/message"),
    ("{ann-token}", "GET", r#"/v1/search?objectTypes=objects.shops&search=<{"phrase":"near far","near":{"place":[180,0]}}>"#, "", 200, r#"/results/0/name = "near"; /results/1/name = "far""#),
    ("{ann-token}", "GET", r#"/v1/search?objectTypes=objects.shops&search=<{"phrase":"near far","near":{"place":{"$near":[180,0],"$maxDistance":2000}}}>&count"#, "", 200, "/count = 1"),
    ("{ann-token}", "GET", r#"/v1/search?objectTypes=objects.shops&search=<{"phrase":"far","near":{"place":[180,0]}}>&q=<{"place":{"$near":[0,0]}}>"#, "", 400, "/errors/0/message"),
    ("{ann-token}", "GET", r#"/v1/search?objectTypes=objects.shops&search=<{"phrase":"far","near":[180,0]}>"#, "", 400, "/errors/0/message"),
    // Access lists.
    ("{ann-token}", "GET", "/v1/objects/todos/{milk}/access", "", 200, r#"/read/0/id = "{ann}"; /update/0/objectType = "users"; /delete/0/id; /admin/0/id; /admin/1 !"#),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}/access", r#"{"read":[{"id":"{ben}","objectType":"users"}]}"#, 200, "/read/1/id; /update/1 !; /delete/0; /admin/0"),
    ("{ben-token}", "GET", "/v1/objects/todos/{milk}", "", 200, r#"/title = "milk""#),
    ("{ben-token}", "PUT", "/v1/objects/todos/{milk}", r#"{"n":5}"#, 403, "/errors/0/message"),
    ("{ben-token}", "GET", "/v1/objects/todos/{milk}/access", "", 403, "/errors/0/message"),
    ("{ann-token}", "DELETE", "/v1/objects/todos/{milk}/access", r#"{"read":[{"id":"{ben}","objectType":"users"}]}"#, 200, "/read/1 !"),
    ("{ben-token}", "GET", "/v1/objects/todos/{milk}", "", 404, "/errors/0/message"),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}/access", r#"{"read":[{"id":"*","objectType":"aclSubject"}]}"#, 200, r#"/read/0 = {"id":"*","objectType":"aclSubject"}"#),
    ("", "GET", "/v1/objects/todos/{milk}", "", 200, "/title"),
    ("{ann-token}", "DELETE", r#"/v1/objects/todos/{milk}/access?acl=<{"read":[{"id":"*","objectType":"aclSubject"}]}>"#, "", 200, "/read/1 !"),
    ("", "GET", "/v1/objects/todos/{milk}", "", 404, "/errors/0/message"),
    ("{ann-token}", "POST", "/v1/objects/todos/{milk}/access", r#"{"read":[{"id":"users","objectType":"aclSubject"}],"admin":[{"id":"{ann}","objectType":"users"}]}"#, 200, r#"/read/0/id = "users"; /read/1 !; /update = []; /admin/0/id = "{ann}""#),
    ("{ben-token}", "GET", "/v1/objects/todos/{milk}", "", 200, "/title"),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}/access", r#"{"write":[]}"#, 400, r#"/errors/0/property = "write""#),
    ("{ann-token}", "PUT", "/v1/objects/todos/{milk}/access", r#"{"read":[{"id":"x","objectType":"users"}]}"#, 400, "/errors/0/message"),
    // Groups.
    ("", "POST", "/v1/usergroups", r#"{"name":"staff"}"#, 401, "/errors/0/message"),
    ("{ann-token}", "POST", "/v1/usergroups", r#"{"name":"staff","description":"all"}"#, 201, r#"/id -> staff; /objectType = "usergroups""#),
    ("{ann-token}", "GET", "/v1/usergroups", "", 200, r#"/results/0/name = "staff""#),
    ("{ann-token}", "POST", "/v1/usergroups/{staff}/members", r#"{"id":"{ben}","objectType":"users"}"#, 200, r#"/id = "{ben}""#),
    ("{ben-token}", "POST", "/v1/usergroups/{staff}/members", r#"{"id":"{ann}","objectType":"users"}"#, 403, "/errors/0/message"),
    ("{ben-token}", "GET", "/v1/usergroups/{staff}/members", "", 200, r#"/results/0/id = "{ben}"; /results/1 !"#),
    ("{ben-token}", "GET", "/v1/usergroups/{staff}/members?count=", "", 200, "/count = 1"),
    ("{ben-token}", "GET", "/v1/user", "", 200, r#"/usergroups/0/id = "{staff}"; /usergroups/0/objectType = "usergroups""#),
    ("{ann-token}", "PUT", "/v1/objects/todos/{bread}/access", r#"{"update":[{"id":"{staff}","objectType":"usergroups"}],"read":[{"id":"{staff}","objectType":"usergroups"}]}"#, 200, r#"/update/0/objectType = "usergroups"; /update/1/objectType = "users""#),
    ("{ben-token}", "PUT", "/v1/objects/todos/{bread}", r#"{"by":"ben"}"#, 200, r#"/by = "ben"; /creator/id = "{ann}"; /updater/id = "{ben}""#),
    ("{ann-token}", "DELETE", "/v1/usergroups/{staff}/members", "", 400, "/errors/0/message"),
    ("{ann-token}", "DELETE", "/v1/usergroups/{staff}/members", r#"{"id":"{ben}","objectType":"users"}"#, 200, ""),
    ("{ben-token}", "GET", "/v1/objects/todos/{bread}", "", 404, "/errors/0/message"),
    ("{ann-token}", "POST", "/v1/usergroups/{staff}/members", r#"{"id":"{ben}"}"#, 200, ""),
    ("{ben-token}", "DELETE", "/v1/usergroups/{staff}/members?id={ben}", "", 200, ""),
    ("{ben-token}", "GET", "/v1/user", "", 200, "/usergroups = []"),
    ("{ann-token}", "PUT", "/v1/usergroups/{staff}", r#"{"name":"crew"}"#, 200, r#"/name = "crew"; /description = "all""#),
    ("{ann-token}", "DELETE", "/v1/usergroups/{staff}", "", 200, ""),
    // Inheritance: notes have the rights of their list, too, and go with it.
    ("{ann-token}", "POST", "/v1/objects/lists", r#"{"name":"home"}"#, 201, "/id -> list"),
    ("{ann-token}", "POST", "/v1/objects/notes", r#"{"text":"a","list":{"id":"{list}","objectType":"objects.lists"}}"#, 201, "/id -> note"),
    ("{ben-token}", "POST", "/v1/objects/notes", r#"{"text":"b","list":{"id":"{list}","objectType":"objects.lists"}}"#, 404, "/errors/0/message"),
    ("{ben-token}", "GET", "/v1/objects/notes/{note}", "", 404, ""),
    ("{ann-token}", "PUT", "/v1/objects/lists/{list}/access", r#"{"read":[{"id":"{ben}","objectType":"users"}]}"#, 200, ""),
    ("{ben-token}", "GET", "/v1/objects/notes/{note}", "", 200, r#"/text = "a""#),
    ("{ben-token}", "GET", r#"/v1/objects/notes?include=<{"list":{"include":{"creator":{}}}}>"#, "", 200, r#"/results/0/list/name = "home"; /results/0/list/creator/username = "ann""#),
    ("{ben-token}", "PUT", "/v1/objects/notes/{note}", r#"{"text":"c"}"#, 403, ""),
    ("{ann-token}", "DELETE", "/v1/objects/lists/{list}", "", 200, ""),
    ("{ann-token}", "GET", "/v1/objects/notes/{note}", "", 404, ""),
    // The token of the configuration, and another backend.
    ("{admin}", "GET", "/v1/objects/todos?count", "", 200, "/count = 3"),
    ("{admin}", "POST", "/v1/object_types", r#"{"name":"todos","properties":[{"name":"title","type":"string"}]}"#, 200, r#"/properties/0/name = "title""#),
    ("{ann-token}", "POST", "/v1/object_types", r#"{"name":"todos"}"#, 403, ""),
    ("another:", "GET", "/v1/objects/todos?count", "", 200, "/count = 0"),
    ("another:{ann-token}", "GET", "/v1/user", "", 401, ""),
    ("another:{admin}", "GET", "/v1/objects/todos", "", 401, ""),
    ("nowhere:", "GET", "/v1/objects/todos", "", 400, "/errors/0/message"),
    // Notifications and files have tests of their own; here is who may ask.
    ("{ann-token}", "GET", r#"/v1/stream_url?filter=<{"data":{"objectType":"objects.todos"},"event":"create"}>"#, "", 200, "/expiringUrl; /expiresAt"),
    ("not-a-token", "GET", "/v1/stream_url", "", 401, ""),
    ("{ann-token}", "POST", "/v1/files", r#"{"targetFileProperty":{"objectType":"objects.todos","id":"{milk}","propertyName":"picture"},"file":{"fileName":"a.png"}}"#, 201, r#"/id -> file; /objectType = "files"; /status = "empty"; /fileName = "a.png""#),
    ("{ann-token}", "GET", "/v1/files/{file}", "", 200, r#"/fileSize = 0; /variants = {}"#),
    ("{ann-token}", "GET", "/v1/files/{file}/download_url", "", 400, "/errors/0/message"),
    ("{ben-token}", "POST", "/v1/files", r#"{"targetFileProperty":{"objectType":"objects.todos","id":"{bread}","propertyName":"picture"}}"#, 404, ""),
    ("{ann-token}", "DELETE", "/v1/files/{file}", "", 200, ""),
    ("{ann-token}", "GET", "/v1/files/{file}", "", 404, ""),
    // Paths and methods that are none.
    ("", "GET", "/v1/objects", "", 404, "/errors/0/message"),
    ("", "GET", "/v1/objects/a%27b", "", 404, "/errors/0/message"),
    ("", "PATCH", "/v1/objects/todos", "", 405, "/errors/0/message"),
    ("", "PUT", "/v1/files/{file}", "{}", 405, "/errors/0/message"),
    // The end.
    ("{ann-token}", "DELETE", "/v1/objects/todos/{milk}", "", 200, ""),
    ("{ann-token}", "DELETE", "/v1/objects/todos/{milk}", "", 404, ""),
    ("", "POST", "/v1/auth/oauth2/revoke", "token={ben-token}", 200, ""),
    ("{ben-token}", "GET", "/v1/user", "", 401, ""),
    ("{ann-token}", "DELETE", "/v1/users/{ann}", "", 200, ""),
    ("{ann-token}", "GET", "/v1/user", "", 401, ""),
    ("", "POST", "/v1/auth/oauth2/token", "grant_type=password&username=ann&password=a%2Bb", 401, ""),
];

#[test]
fn every_row_of_the_protocol() {
    on_every_database(CONFIG, |server| {
        let mut names = HashMap::from([("admin".to_owned(), ADMIN.to_owned())]);
        for (who, method, path, body, status, expected) in TABLE {
            let (who, body) = (filled(who, &names), filled(body, &names));
            let path = encoded_path(&filled(path, &names));
            let row = format!("{who:.12} {method} {path} {body}");
            let api = match who.split_once(':') {
                Some(("another", token)) => with_token(Api::nobody(server).at("another"), token),
                Some(_) => Api::nobody(server).at("nowhere"),
                None => with_token(Api::nobody(server), &who),
            };
            let answer = match path.contains("/oauth2/") {
                true => api.form(&path, &body),
                false => {
                    let media = ("Content-Type", "text/plain");
                    let response = api.send(method, &path, &[media], body.as_bytes());
                    assert_eq!(
                        response.header("content-type"),
                        Some("application/json"),
                        "{row}"
                    );
                    (response.status, response.json())
                }
            };
            assert_eq!(answer.0, *status, "{row}: {}", answer.1);
            for expected in expected.split(';').map(str::trim).filter(|e| !e.is_empty()) {
                check(
                    &row,
                    &answer.1,
                    &filled(expected, &names),
                    expected,
                    &mut names,
                );
            }
        }
    });
}

fn with_token<'s>(api: Api<'s>, token: &str) -> Api<'s> {
    match token {
        "" => api,
        token => api.with(token),
    }
}

fn check(row: &str, answer: &Value, filled: &str, raw: &str, names: &mut HashMap<String, String>) {
    let at = |place: &str| answer.pointer(place).filter(|value| !value.is_null());
    if let Some((place, name)) = raw.split_once(" -> ") {
        let value = at(place).and_then(Value::as_str);
        let value = value.unwrap_or_else(|| panic!("{row}: no text at {place}: {answer}"));
        names.insert(name.to_owned(), value.to_owned());
    } else if let Some((place, value)) = filled.split_once(" = ") {
        let value: Value = serde_json::from_str(value).unwrap();
        assert_eq!(
            answer.pointer(place),
            Some(&value),
            "{row}: {place}: {answer}"
        );
    } else if let Some(place) = filled.strip_suffix(" !") {
        assert_eq!(at(place), None, "{row}: {answer}");
    } else {
        assert!(at(filled).is_some(), "{row}: nothing at {filled}: {answer}");
    }
}

/// A text with the names that are known in the place of `{name}`.
fn filled(text: &str, names: &HashMap<String, String>) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

fn encoded_path(path: &str) -> String {
    let mut parts = path.split(['<', '>']);
    let mut encoded_path = parts.next().unwrap_or_default().to_owned();
    while let Some(json) = parts.next() {
        encoded_path += &encoded(&serde_json::from_str(json).unwrap());
        encoded_path += parts.next().unwrap_or_default();
    }
    encoded_path
}
