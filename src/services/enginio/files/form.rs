//! A file that comes as `multipart/form-data`: the part `object` with JSON, the part `file` with
//! the content.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};

use super::Announced;
use crate::services::enginio::error::Refusal;

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
    /// The form of a body that is there as a whole.
    pub(in crate::services::enginio) fn parse(
        content_type: &str,
        body: Bytes,
        most: u64,
    ) -> Result<(Announced, Self), Refusal> {
        // All of it is there, so that nothing is ever waited for.
        let read = read(content_type, body).now_or_never();
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

async fn read(content_type: &str, body: Bytes) -> Result<(Announced, Form), Refusal> {
    let wrong = |error: multer::Error| {
        Refusal::bad(format!(
            "the form cannot be read: {error}; send multipart/form-data with the parts object \
             (JSON) and file"
        ))
    };
    let boundary = multer::parse_boundary(content_type).map_err(wrong)?;
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
