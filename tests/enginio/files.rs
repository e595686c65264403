//! Files: forms and chunks, addresses without headers, small pictures, and what goes when.

use serde_json::{Value, json};

use crate::api::{Api, CONFIG, encoded, on_every_database, start};
use crate::support::TestServer;

/// A form as Qt sends it.
fn form(object: &Value, name: &str, content: &[u8]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    let head = format!(
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"object\"\r\n\r\n{object}\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: image/png\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend(content);
    body.extend(b"\r\n--BOUNDARY--\r\n");
    ("multipart/form-data; boundary=BOUNDARY".to_owned(), body)
}

fn target(id: &str) -> Value {
    json!({
        "targetFileProperty": {"objectType": "objects.pictures", "id": id, "propertyName": "file"},
        "file": {"fileName": "sky.png"},
    })
}

#[track_caller]
pub fn upload(api: &Api<'_>, object: &Value, content: &[u8]) -> (u16, Value) {
    let (media, body) = form(object, "sky.png", content);
    let response = api.send("POST", "/v1/files", &[("Content-Type", &media)], &body);
    (response.status, response.json())
}

#[track_caller]
pub fn chunk(api: &Api<'_>, id: &str, range: &str, content: &[u8]) -> (u16, Value) {
    let headers = [
        ("Content-Type", "application/octet-stream"),
        ("Content-Range", range),
    ];
    let response = api.send("PUT", &format!("/v1/files/{id}/chunk"), &headers, content);
    (response.status, response.json())
}

/// What anybody gets at the address that `api` is told.
#[track_caller]
fn fetched(api: &Api<'_>, id: &str, query: &str) -> crate::support::Response {
    let (status, url) = api.get(&format!("/v1/files/{id}/download_url{query}"));
    assert_eq!(status, 200, "{url}");
    assert!(url["expiresAt"].is_string());
    api.server.get(url["expiringUrl"].as_str().unwrap())
}

/// A picture of this size.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    let pixels = vec![128; (width * height) as usize];
    writer.write_image_data(&pixels).unwrap();
    drop(writer);
    bytes
}

pub fn on_disk(server: &TestServer) -> usize {
    let folder = server.folder.around().join(".qmlserve/.tree.enginio/files");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn a_picture_that_comes_whole() {
    on_every_database(CONFIG, |server| {
        let (ann, ben) = (Api::user(server, "ann"), Api::user(server, "ben"));
        let picture = ann.create("/v1/objects/pictures", &json!({"title": "sky"}));
        let content = png(400, 300);
        let (status, file) = upload(&ann, &target(&picture), &content);
        assert_eq!(status, 201, "{file}");
        assert_eq!(file["objectType"], "files");
        assert_eq!(file["status"], "complete");
        assert_eq!(file["fileName"], "sky.png");
        assert_eq!(file["fileSize"], content.len());
        assert_eq!(file["variants"]["thumbnail"]["status"], "complete");
        let id = file["id"].as_str().unwrap();
        let path = format!("/v1/objects/pictures/{picture}");
        assert_eq!(
            ann.get(&path).1["file"],
            json!({"id": id, "objectType": "files"})
        );
        let include = encoded(&json!({"file": {}}));
        let (_, whole) = ann.get(&format!("{path}?include={include}"));
        assert_eq!(whole["file"]["fileSize"], content.len());

        let response = fetched(&ann, id, "");
        assert_eq!((response.status, response.body), (200, content));
        let small = fetched(&ann, id, "?variant=thumbnail");
        assert_eq!(small.header("content-type"), Some("image/png"));
        let info = png::Decoder::new(std::io::Cursor::new(small.body))
            .read_info()
            .unwrap();
        assert_eq!((info.info().width, info.info().height), (200, 150));

        // Others see it as they see its object.
        let file_path = format!("/v1/files/{id}");
        assert_eq!(ben.get(&file_path).0, 404);
        assert_eq!(ben.get(&format!("{file_path}/download_url")).0, 404);
        let reads = json!({"read": [{"id": ben.id, "objectType": "users"}]});
        assert_eq!(ann.call("PUT", &format!("{path}/access"), &reads).0, 200);
        assert_eq!(ben.get(&file_path).0, 200);
        assert_eq!(upload(&ben, &target(&picture), b"x").0, 403);

        // Another file in its place, and then none.
        let (_, second) = upload(&ann, &target(&picture), b"no picture");
        assert_eq!(second["variants"], json!({}));
        assert_eq!(ann.get(&file_path).0, 404);
        let second = format!("/v1/files/{}", second["id"].as_str().unwrap());
        assert_eq!(
            ann.get(&format!("{second}/download_url?variant=thumbnail"))
                .0,
            404
        );
        assert_eq!(ann.call("DELETE", &path, &Value::Null).0, 200);
        assert_eq!(ann.get(&second).0, 404);
        assert_eq!(on_disk(server), 0, "nothing is left of them");
    });
}

#[test]
fn a_file_that_comes_in_chunks() {
    on_every_database(CONFIG, |server| {
        let ann = Api::user(server, "ann");
        let picture = ann.create("/v1/objects/pictures", &json!({}));
        let content: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
        let (status, file) = ann.call("POST", "/v1/files", &target(&picture));
        assert_eq!((status, &file["status"]), (201, &json!("empty")));
        let id = file["id"].as_str().unwrap();
        let (first, second) = content.split_at(524_288);
        // What is out of order is refused, and says what is next.
        let (status, refused) = chunk(&ann, id, "524288-1000000/1000000", second);
        assert_eq!(status, 400);
        let message = refused["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("begins at 0"), "{message}");
        let (status, told) = chunk(&ann, id, "0-524288/1000000", first);
        assert_eq!(
            (status, &told["status"]),
            (200, &json!("incomplete")),
            "{told}"
        );
        assert_eq!(told["objectType"], "files");
        assert_eq!(
            chunk(&ann, id, "0-524288/1000000", first).0,
            400,
            "once is enough"
        );
        assert_eq!(
            chunk(&ann, id, "524288-1000001/1000001", &content[524_287..]).0,
            400
        );
        let (status, told) = chunk(&ann, id, "524288-1000000/1000000", second);
        assert_eq!(
            (status, &told["status"]),
            (200, &json!("complete")),
            "{told}"
        );
        assert_eq!(told["fileSize"], 1_000_000);
        let response = fetched(&ann, id, "");
        assert_eq!(response.body, content);
        // No page of this server's origin.
        assert_eq!(response.header("content-disposition"), Some("attachment"));
        assert_eq!(
            chunk(&ann, id, "1000000-1000001/1000001", b"x").0,
            400,
            "it is complete"
        );
        let (_, object) = ann.get(&format!("/v1/objects/pictures/{picture}"));
        assert_eq!(object["file"]["id"], id);
        let ben = Api::user(server, "ben");
        assert_eq!(chunk(&ben, id, "0-1/1", b"x").0, 404);
    });
}

#[test]
fn what_is_no_upload() {
    let config = "[enginio.main]\nmax_file = \"10KiB\"\n";
    let server = start(config, Some(":memory:"));
    let nobody = Api::nobody(&server);
    let (status, refused) = upload(&nobody, &json!({}), &[0; 10_241]);
    assert_eq!(status, 413, "{refused}");
    assert!(refused.to_string().contains("max_file"), "{refused}");
    assert_eq!(upload(&nobody, &json!({}), &[0; 10_240]).0, 201);
    let (_, file) = nobody.call("POST", "/v1/files", &json!({"file": {"fileName": "x"}}));
    let id = file["id"].as_str().unwrap();
    for (range, content) in [
        ("", "x"),
        ("bytes 0-0/1", "x"),
        ("0-2/2", "x"),
        ("0-1/0", "x"),
        ("1-0/1", "x"),
        ("0-0/0", ""),
    ] {
        assert_eq!(
            chunk(&nobody, id, range, content.as_bytes()).0,
            400,
            "{range}"
        );
    }
    assert_eq!(chunk(&nobody, id, "0-1/10241", b"x").0, 413);
    for (media, body) in [
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=B", "x"),
        ("multipart/form-data; boundary=B", "--B--\r\n"),
    ] {
        let response = nobody.send(
            "POST",
            "/v1/files",
            &[("Content-Type", media)],
            body.as_bytes(),
        );
        assert_eq!(response.status, 400, "{media} {body}: {}", response.text());
    }
    // An address is good for one file, as it was told.
    let (_, file) = upload(&nobody, &json!({}), b"content");
    let id = file["id"].as_str().unwrap();
    let (_, url) = nobody.get(&format!("/v1/files/{id}/download_url"));
    let url = url["expiringUrl"].as_str().unwrap();
    for wrong in [
        url.replace(id, "541df1c1e5bde554a805b213"),
        url.replace("variant=", "variant=thumbnail"),
        url.replace("expires=1", "expires=2"),
        url.replace("signature=", "signature=0"),
        url.split_once('?').unwrap().0.to_owned(),
    ] {
        assert_eq!(server.get(&wrong).status, 403, "{wrong}");
    }
}

#[test]
fn a_picture_that_says_it_is_huge_is_kept_and_not_made_small() {
    let server = start(CONFIG, Some(":memory:"));
    let mut content = png(1, 1);
    // Width and height, in the first chunk.
    content[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    let (status, file) = upload(&Api::nobody(&server), &json!({}), &content);
    assert_eq!((status, &file["variants"]), (201, &json!({})), "{file}");
}
