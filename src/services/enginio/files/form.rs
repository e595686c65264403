//! A file that comes as `multipart/form-data`: the part `object` with JSON, the part `file` with
//! the content, which goes to the disk as it comes.

use multer::{Constraints, Multipart, SizeLimit};

use super::{Announced, Disk, Draft};
use crate::http::Pieces;
use crate::services::enginio::error::Refusal;

/// The longest text between parts, in bytes (RFC 2046, section 5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// What has to be known of a body to see whether it is a form, in bytes.
pub(in crate::services::enginio) const FIRST_LINE: usize = LONGEST_BOUNDARY + 4;

/// The most parts of a form.
const MOST_PARTS: usize = 8;

/// The most bytes of a form beside the file.
const ENVELOPE: u64 = 64 << 10;

/// A form.
#[derive(Debug)]
pub(super) struct Form {
    /// What is said of the file.
    pub(super) announced: Announced,
    /// What is in it.
    pub(super) content: Draft,
    /// Its media type, if it is said.
    pub(super) media: String,
}

/// What separates the parts of a body; nothing where that is no form. Node's SDK sends forms
/// without a Content-Type: they begin with what JSON never begins with.
pub(in crate::services::enginio) fn boundary(media: &str, begin: &[u8]) -> Option<String> {
    if media.is_empty() {
        let line = begin
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

impl Form {
    /// The form of a body. `may` is asked before anything is written, with what is known until
    /// then; a file has `most` bytes at most.
    pub(super) async fn receive(
        boundary: String,
        body: Pieces,
        most: u64,
        disk: &Disk,
        may: impl AsyncFn(&Announced) -> Result<(), Refusal>,
    ) -> Result<Self, Refusal> {
        if boundary.is_empty() {
            let message =
                "the form has no boundary; send Content-Type: multipart/form-data; boundary=…";
            return Err(Refusal::bad(message));
        }
        let wrong = |error: multer::Error| refused(error, most);
        let limits = SizeLimit::new()
            .whole_stream(most.saturating_add(ENVELOPE))
            .per_field(ENVELOPE)
            .for_field("file", most);
        let limits = Constraints::new().size_limit(limits);
        let spent = body.spent();
        let mut parts = Multipart::with_constraints(body, boundary, limits);
        let (mut announced, mut file, mut name, mut count) = (None, None, None, 0);
        while let Some(mut part) = parts.next_field().await.map_err(wrong)? {
            count += 1;
            if count > MOST_PARTS {
                return Err(Refusal::bad(format!(
                    "the form has more than {MOST_PARTS} parts"
                )));
            }
            match part.name() {
                Some("object") => {
                    announced = Some(Announced::parse(&part.bytes().await.map_err(wrong)?)?);
                }
                Some("file") => {
                    may(announced.as_ref().unwrap_or(&Announced::default())).await?;
                    let media = part
                        .content_type()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    name = name.or(part.file_name().map(str::to_owned));
                    let mut content = disk.draft(spent.clone())?;
                    while let Some(piece) = part.chunk().await.map_err(wrong)? {
                        content.write(piece).await?;
                    }
                    file = Some((content, media));
                }
                Some("filename") => name = Some(part.text().await.map_err(wrong)?),
                _ => {}
            }
        }
        let (mut content, media) =
            file.ok_or_else(|| Refusal::bad("the form has no part file, with the content"))?;
        content.flush().await?;
        Ok(Self {
            announced: announced.unwrap_or_default().or_called(name)?,
            content,
            media,
        })
    }
}

fn refused(error: multer::Error, most: u64) -> Refusal {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            Refusal::TooLarge {
                limit: most,
                key: "max_file",
            }
        }
        multer::Error::StreamReadFailed(error) => Refusal::Incomplete(error.to_string()),
        error => Refusal::bad(format!(
            "the form cannot be read: {error}; send multipart/form-data with the parts object \
             (JSON) and file"
        )),
    }
}
