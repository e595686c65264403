//! Files over HTTP: forms, chunks, and where they can be fetched.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::{StatusCode, header};
use actix_web::web::Payload;
use serde_json::{Value, json};

use super::{Answer, Incoming, ok, text_of};
use crate::access::asked_base;
use crate::http::{BodyError, body, iso, uncached};
use crate::services::enginio::Running;
use crate::services::enginio::asked::Asked;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::files::{self, Announced, Form, Range, Uploader};
use crate::services::enginio::query::Parameters;

/// The most bytes of a form with a file beside the file.
const ENVELOPE: u64 = 64 << 10;

impl Incoming<'_> {
    fn uploader(&self) -> Uploader {
        Uploader {
            backend: Arc::clone(self.backend),
            credentials: self.credentials.clone(),
            request: self.id.clone(),
        }
    }

    pub(super) async fn upload(&self, payload: Payload) -> Answer {
        let files = &self.running.files;
        let media = text_of(self.request, "content-type").unwrap_or_default();
        let is_json = !media.is_empty() && Form::boundary(media, b"").is_none();
        let (limit, key) = match is_json {
            true => (self.backend.max_body, "max_body"),
            false => (self.backend.max_file, "max_file"),
        };
        let body = body(payload, limit.saturating_add(ENVELOPE)).await;
        let body = body.map_err(|error| match error {
            BodyError::TooLarge(_) => Refusal::TooLarge { limit, key },
            error => error.into(),
        })?;
        let value = match Form::boundary(media, &body) {
            None => {
                files
                    .announce(self.uploader(), Announced::parse(&body)?)
                    .await?
            }
            Some(boundary) => {
                let parse = move || Form::parse(boundary, body, limit);
                let parsed = tokio::task::spawn_blocking(parse).await;
                let (announced, form) = parsed.unwrap_or(Err(Refusal::Failed))?;
                files.keep(self.uploader(), announced, form).await?
            }
        };
        Ok(ok(StatusCode::CREATED, &value))
    }

    pub(super) async fn chunk(&self, id: String, payload: Payload) -> Result<Value, Refusal> {
        let body = self.body(payload).await?;
        let header = text_of(self.request, "content-range").unwrap_or_default();
        let range = Range::parse(header, body.len())?;
        self.running
            .files
            .chunk(self.uploader(), id, range, body)
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

/// A file, for whoever has its address.
pub(super) async fn content(running: &Running, id: &str, parameters: &Parameters) -> Answer {
    let text = |name| parameters.get(name).unwrap_or_default();
    let variant = text("variant");
    running
        .signer
        .check(id, variant, text("expires"), text("signature"))?;
    let variant = Some(variant).filter(|variant| !variant.is_empty());
    let bytes = running.files.disk.read(id, variant).await?;
    // What somebody uploaded is no page of this server.
    let media = imagesize::image_type(&bytes)
        .ok()
        .and_then(|kind| match kind {
            imagesize::ImageType::Png => Some("image/png"),
            imagesize::ImageType::Jpeg => Some("image/jpeg"),
            _ => None,
        });
    let mut response = uncached(StatusCode::OK);
    response
        .content_type(media.unwrap_or("application/octet-stream"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ));
    if media.is_none() {
        response.insert_header((header::CONTENT_DISPOSITION, "attachment"));
    }
    Ok(response.body(bytes))
}
