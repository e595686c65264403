//! A file that comes as `multipart/form-data`: the part `object` with JSON, the part `file` with
//! the content.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};

use super::Announced;
use crate::services::enginio::error::Refusal;

/// The longest text between parts, in bytes (RFC 2046, section 5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// The most parts of a form.
const MOST_PARTS: usize = 8;

/// A form.
#[derive(Clone, Debug)]
pub(in crate::services::enginio) struct Form {
    /// What is in the file.
    pub(in crate::services::enginio) content: Bytes,
    /// Its media type, if it is said.
    pub(in crate::services::enginio) media: String,
}

impl Form {
    /// What separates the parts of a body; nothing where that is no form. Node's SDK sends forms
    /// without a Content-Type: they begin with what JSON never begins with.
    pub(in crate::services::enginio) fn boundary(media: &str, body: &[u8]) -> Option<String> {
        if media.is_empty() {
            let line = body
                .strip_prefix(b"--")?
                .split(|byte| *byte == b'\r')
                .next()?;
            let line = line.get(..line.len().min(LONGEST_BOUNDARY))?;
            return Some(String::from_utf8_lossy(line).into_owned());
        }
        let is_form = media
            .to_ascii_lowercase()
            .starts_with("multipart/form-data");
        is_form.then(|| multer::parse_boundary(media).unwrap_or_default())
    }

    /// The form of a body that is there as a whole.
    pub(in crate::services::enginio) fn parse(
        boundary: String,
        body: Bytes,
        most: u64,
    ) -> Result<(Announced, Self), Refusal> {
        // All of it is there, so that nothing is ever waited for.
        let read = read(boundary, body).now_or_never();
        let (announced, form) = read.unwrap_or(Err(Refusal::Failed))?;
        if form.content.len() as u64 > most {
            return Err(Refusal::TooLarge {
                limit: most,
                key: "max_file",
            });
        }
        Ok((announced, form))
    }
}

async fn read(boundary: String, body: Bytes) -> Result<(Announced, Form), Refusal> {
    let wrong = |error: multer::Error| {
        Refusal::bad(format!(
            "the form cannot be read: {error}; send multipart/form-data with the parts object \
             (JSON) and file"
        ))
    };
    if boundary.is_empty() {
        let message =
            "the form has no boundary; send Content-Type: multipart/form-data; boundary=…";
        return Err(Refusal::bad(message));
    }
    let body = stream::iter([Ok::<_, Infallible>(body)]);
    let mut parts = multer::Multipart::new(body, boundary);
    let (mut object, mut file, mut name, mut count) = (None, None, None, 0);
    while let Some(part) = parts.next_field().await.map_err(wrong)? {
        count += 1;
        if count > MOST_PARTS {
            return Err(Refusal::bad(format!(
                "the form has more than {MOST_PARTS} parts"
            )));
        }
        match part.name() {
            Some("object") => object = Some(part.bytes().await.map_err(wrong)?),
            Some("file") => {
                let media = part
                    .content_type()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                name = name.or(part.file_name().map(str::to_owned));
                let content = part.bytes().await.map_err(wrong)?;
                file = Some(Form { content, media });
            }
            Some("filename") => name = Some(part.text().await.map_err(wrong)?),
            _ => {}
        }
    }
    let file = file.ok_or_else(|| Refusal::bad("the form has no part file, with the content"))?;
    let announced = match object {
        Some(object) => Announced::parse(&object)?,
        None => Announced::parse(b"{}")?,
    };
    Ok((announced.or_called(name)?, file))
}
