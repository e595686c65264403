//! Files over HTTP: forms, chunks, and where they can be fetched.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Payload;
use serde_json::{Value, json};

use super::{Answer, Incoming, ok, text_of};
use crate::access::asked_base;
use crate::http::{Body, Caching, Content, Pieces, from_file, in_pieces, iso, respond};
use crate::services::enginio::Running;
use crate::services::enginio::asked::Asked;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::files::{self, Announced, FIRST_LINE, Range, Uploader, boundary};
use crate::services::enginio::query::Parameters;

impl Incoming<'_> {
    fn uploader(&self) -> Uploader {
        Uploader {
            backend: Arc::clone(self.backend),
            credentials: self.credentials.clone(),
            request: self.id.clone(),
        }
    }

    pub(super) async fn upload(&self, payload: Payload) -> Answer {
        let value = in_pieces(self.request, payload, async |pieces| {
            self.uploaded(pieces).await
        })
        .await?;
        Ok(ok(StatusCode::CREATED, &value))
    }

    async fn uploaded(&self, mut body: Pieces) -> Result<Value, Refusal> {
        let files = &self.running.files;
        let media = text_of(self.request, "content-type").unwrap_or_default();
        let begin = match media {
            "" => body.peek(FIRST_LINE).await?,
            _ => b"",
        };
        match boundary(media, begin) {
            Some(boundary) => files.keep(self.uploader(), boundary, body).await,
            None => {
                let announced = Announced::parse(&body.whole(self.backend.max_body).await?)?;
                files.announce(self.uploader(), announced).await
            }
        }
    }

    pub(super) async fn chunk(&self, id: String, payload: Payload) -> Result<Value, Refusal> {
        let header = text_of(self.request, "content-range").unwrap_or_default();
        in_pieces(self.request, payload, async |pieces| {
            let range = Range::parse(header)?;
            let files = &self.running.files;
            files.chunk(self.uploader(), id, range, pieces).await
        })
        .await
    }

    pub(super) async fn download_url(&self, id: String) -> Result<Value, Refusal> {
        let variant = self.parameters.get("variant").map(str::to_owned);
        let (file, wanted) = (id.clone(), variant.clone());
        let read = async move |asked: &Asked<'_>| {
            files::content_of(asked, &file, wanted.as_deref())
                .await
                .map(|()| Value::Null)
        };
        self.read(read).await?;
        let variant = variant.unwrap_or_default();
        let (expires, signature) = self.running.signer.sign(&id, &variant);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("variant", &variant)
            .append_pair("expires", &expires.to_string())
            .append_pair("signature", &signature)
            .finish();
        let base = asked_base(self.request).unwrap_or_default();
        let expires = UNIX_EPOCH + Duration::from_secs(expires.unsigned_abs());
        Ok(json!({
            "expiringUrl": format!("{base}/v1/files/{id}/content?{query}"),
            "expiresAt": iso(expires),
        }))
    }
}

/// A file, or a part of it, for whoever has its address.
pub(super) async fn content(
    request: &HttpRequest,
    running: &Running,
    id: &str,
    parameters: &Parameters,
) -> Answer {
    let text = |name| parameters.get(name).unwrap_or_default();
    let variant = text("variant");
    running
        .signer
        .check(id, variant, text("expires"), text("signature"))?;
    let wanted = Some(variant).filter(|variant| !variant.is_empty());
    let opened = running.files.disk.open_file(id, wanted).await?;
    // What somebody uploaded is no page of this server.
    let media = match imagesize::image_type(&opened.head) {
        Ok(imagesize::ImageType::Png) => Some("image/png"),
        Ok(imagesize::ImageType::Jpeg) => Some("image/jpeg"),
        _ => None,
    };
    let (file, length) = (opened.file, opened.length);
    let read = move |range| from_file(file, range, |_| Ok(true));
    let body = Body {
        content: Content::Elsewhere(length, Box::new(read)),
        media_type: HeaderValue::from_static(media.unwrap_or("application/octet-stream")),
        // The content of an id never changes.
        etag: format!("{id}{variant}"),
        modified: None,
        caching: Caching::Revalidate,
    };
    let mut response = respond(request, body);
    let headers = response.headers_mut();
    let mut add = |name, value| headers.insert(name, HeaderValue::from_static(value));
    add(header::CACHE_CONTROL, "no-store");
    add(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox",
    );
    if media.is_none() {
        add(header::CONTENT_DISPOSITION, "attachment");
    }
    Ok(response)
}
