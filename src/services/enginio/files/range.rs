//! Enginio's own `Content-Range`: `START-END/TOTAL`, where END is the byte behind the last one and
//! no unit stands in front. Pure.

use std::cmp::Ordering;

use crate::services::enginio::error::Refusal;

/// Which part of a file a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::services::enginio) struct Range {
    pub(in crate::services::enginio) start: u64,
    pub(in crate::services::enginio) end: u64,
    pub(in crate::services::enginio) total: u64,
}

impl Range {
    /// The range that the header says.
    pub(in crate::services::enginio) fn parse(header: &str) -> Result<Self, Refusal> {
        let number = |text: &str| {
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u64>().ok().filter(|_| is_plain)
        };
        let parts = header.trim().split_once('/').and_then(|(range, total)| {
            let (start, end) = range.split_once('-')?;
            Some((number(start)?, number(end)?, number(total)?))
        });
        let (start, end, total) =
            parts.ok_or_else(|| wrong(&format!("Content-Range {header:?} is no range")))?;
        if start >= end || end > total {
            return Err(wrong(&format!(
                "Content-Range {header:?} is not in the file"
            )));
        }
        Ok(Self { start, end, total })
    }

    /// How many bytes it has.
    pub(super) fn length(self) -> u64 {
        self.end - self.start
    }

    /// Refuses a body of another length.
    pub(super) fn fits(self, body: u64) -> Result<(), Refusal> {
        let length = self.length();
        match body.cmp(&length) {
            Ordering::Equal => Ok(()),
            Ordering::Less => Err(wrong(&format!(
                "Content-Range says {length} bytes, the body has {body}"
            ))),
            Ordering::Greater => Err(wrong(&format!(
                "Content-Range says {length} bytes, the body has more"
            ))),
        }
    }
}

fn wrong(what: &str) -> Refusal {
    Refusal::bad(format!(
        "{what}; send Content-Range: START-END/TOTAL, such as 0-524288/1000000, where END is the \
         byte behind the last one"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, length, is_good) in [
            ("0-524288/1000000", 524_288, true),
            ("5-6/6", 1, true),
            ("bytes 0-4/5", 5, false),
            ("0-4/5", 5, false),
            ("0-6/5", 6, false),
            ("3-3/5", 0, false),
            ("4-3/5", 1, false),
            ("-3/5", 3, false),
            ("+0-3/5", 3, false),
            ("0-3/*", 3, false),
            ("", 0, false),
            ("0-99999999999999999999/99999999999999999999", 1, false),
        ] {
            let range = Range::parse(header).and_then(|range| range.fits(length));
            assert_eq!(range.is_ok(), is_good, "{header}");
        }
    }
}
