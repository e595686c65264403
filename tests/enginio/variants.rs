//! The variants of pictures that a declared property asks for.

use serde_json::{Value, json};

use crate::api::{Api, CONFIG, on_every_database};
use crate::files::{chunk, fetched, on_disk, png, target, upload};
use crate::support::TestServer;

#[track_caller]
fn declare(server: &TestServer, variants: &Value) {
    let pictures = json!({"properties": [{
        "name": "file",
        "type": "ref",
        "objectType": "files",
        "indexed": true,
        "processors": [{"type": "image", "variants": variants}],
    }]});
    let admin = Api::admin(server);
    let path = "/v1/object_types/pictures";
    let (status, told) = match admin.get(path).0 {
        200 => admin.call("PUT", path, &pictures),
        _ => {
            let mut all = pictures.as_object().unwrap().clone();
            all.insert("name".to_owned(), json!("pictures"));
            admin.call("POST", "/v1/object_types", &json!(all))
        }
    };
    assert_eq!(status, 200, "{told}");
}

#[track_caller]
fn size(api: &Api<'_>, id: &str, variant: &str) -> (u32, u32) {
    let response = fetched(api, id, &format!("?variant={variant}"));
    assert_eq!(response.header("content-type"), Some("image/png"));
    let reader = png::Decoder::new(std::io::Cursor::new(response.body));
    let reader = reader.read_info().unwrap();
    (reader.info().width, reader.info().height)
}

#[test]
fn pictures_have_the_variants_that_are_declared() {
    on_every_database(CONFIG, |server| {
        let ann = Api::user(server, "ann");
        let variants = json!({
            "small": {"crop": "20x20"},
            "large": {"crop": "300x100"},
            "whole": {"fit": "90x90"},
        });
        declare(server, &variants);
        let picture = ann.create("/v1/objects/pictures", &json!({"title": "sky"}));
        let content = png(181, 54);
        let (status, file) = upload(&ann, &target(&picture), &content);
        assert_eq!(status, 201, "{file}");
        let complete = json!({"status": "complete"});
        let all = json!({
            "small": complete, "large": complete, "whole": complete, "thumbnail": complete,
        });
        assert_eq!(file["variants"], all);
        let id = file["id"].as_str().unwrap();
        for (variant, expected) in [
            ("small", (20, 20)),
            ("large", (300, 100)),
            ("whole", (90, 27)),
            ("thumbnail", (181, 54)),
        ] {
            assert_eq!(size(&ann, id, variant), expected, "{variant}");
        }
        let path = format!("/v1/files/{id}/download_url");
        for unknown in ["none", "part", "Small", "../x", "small%00"] {
            let (status, refused) = ann.get(&format!("{path}?variant={unknown}"));
            assert!([400, 404].contains(&status), "{unknown}: {refused}");
            let message = refused["errors"][0]["message"].as_str().unwrap();
            let is_clear = message.contains("only small, large") || message.contains("NUL");
            assert!(is_clear, "{message}");
        }
        // The address is of that variant alone.
        let (_, url) = ann.get(&format!("{path}?variant=small"));
        let url = url["expiringUrl"].as_str().unwrap();
        let other = url.replace("variant=small", "variant=large");
        assert_eq!(server.get(&other).status, 403);

        // In chunks, with another declaration: one of them stands for the ordinary thumbnail.
        declare(server, &json!({"thumbnail": {"crop": "20x20"}}));
        assert_eq!(size(&ann, id, "small"), (20, 20), "what is there stays");
        let (_, second) = ann.call("POST", "/v1/files", &target(&picture));
        assert_eq!(
            second["variants"],
            json!({"thumbnail": {"status": "processing"}})
        );
        let second = second["id"].as_str().unwrap();
        let total = content.len();
        let (_, told) = chunk(&ann, second, &format!("0-9/{total}"), &content[..9]);
        assert_eq!(told["variants"]["thumbnail"]["status"], "processing");
        let (_, told) = chunk(&ann, second, &format!("9-{total}/{total}"), &content[9..]);
        assert_eq!(told["variants"], json!({"thumbnail": complete}));
        assert_eq!(size(&ann, second, "thumbnail"), (20, 20));
        if on_disk(server) > 0 {
            assert_eq!(on_disk(server), 2, "the first is gone with its variants");
        }

        // What is no picture has none, and says so.
        let (status, third) = upload(&ann, &target(&picture), b"no picture");
        assert_eq!(status, 201, "{third}");
        assert_eq!(
            third["variants"],
            json!({"thumbnail": {"status": "failed"}})
        );
        let third = third["id"].as_str().unwrap();
        let (status, refused) =
            ann.get(&format!("/v1/files/{third}/download_url?variant=thumbnail"));
        assert_eq!(status, 400, "{refused}");
        assert!(refused.to_string().contains("PNG, JPEG"), "{refused}");
        assert_eq!(fetched(&ann, third, "").body, b"no picture");
        // Neither has one that says that it is huge.
        let mut huge = png(1, 1);
        huge[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        let (_, fourth) = upload(&ann, &target(&picture), &huge);
        assert_eq!(fourth["variants"]["thumbnail"]["status"], "failed");
        let path = format!("/v1/objects/pictures/{picture}");
        assert_eq!(ann.call("DELETE", &path, &Value::Null).0, 200);
        assert_eq!(on_disk(server), 0, "nothing is left of them");
    });
}
