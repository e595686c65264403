//! What the first bytes of a frame say of it, and what a close says
//! (RFC 6455, sections 5.2 and 5.5). Pure.

use actix_http::ws::CloseReason;

use super::reader::ReadError;

/// The opcode of a close.
pub(super) const CLOSE: u8 = 8;

/// The bytes of a mask.
pub(super) const MASK: usize = 4;

/// The most bytes of a ping, pong or close (RFC 6455, section 5.5).
const MOST_CONTROL: u64 = 125;

/// The header of a frame.
pub(super) struct Header {
    /// Whether it is the last of its message.
    is_final: bool,
    /// The three bits that only extensions use, in their place.
    reserved: u8,
    /// What it is.
    pub opcode: u8,
    is_masked: bool,
    /// The bytes of the header, with the mask.
    pub size: usize,
    /// The bytes of the content.
    pub length: u64,
}

impl Header {
    /// Read as soon as the length is there, else `None`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (first, second) = (*bytes.first()?, *bytes.get(1)?);
        let is_masked = second & 0x80 != 0;
        let (size, length) = match second & 0x7f {
            126 => {
                let length: [u8; 2] = bytes.get(2..4)?.try_into().ok()?;
                (4, u16::from_be_bytes(length).into())
            }
            127 => {
                let length: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
                (10, u64::from_be_bytes(length))
            }
            short => (2, short.into()),
        };
        Some(Self {
            is_final: first & 0x80 != 0,
            reserved: first & 0x70,
            opcode: first & 0x0f,
            is_masked,
            size: size + if is_masked { MASK } else { 0 },
            length,
        })
    }

    /// Whether it is a ping, pong or close, or will be one.
    pub(super) fn is_control(&self) -> bool {
        self.opcode >= CLOSE
    }

    /// What no client may send, whatever the limits are.
    pub(super) fn fault(&self) -> Option<String> {
        let fault = match self.opcode {
            _ if self.reserved != 0 => "reserved bits are set",
            code @ (3..=7 | 11..) => return Some(format!("{code} is no opcode")),
            _ if !self.is_masked => "a client's frames have to be masked",
            CLOSE.. if !self.is_final => "a control frame has to be in one piece",
            CLOSE.. if self.length > MOST_CONTROL => "a control frame has 125 bytes at most",
            _ if self.length >> 63 != 0 => "a length has 63 bits",
            _ => return None,
        };
        Some(fault.to_owned())
    }
}

/// The code and the words of a close, from its unmasked content
/// (RFC 6455, sections 5.5.1 and 7.4).
pub(super) fn close_reason(content: &[u8]) -> Result<Option<CloseReason>, ReadError> {
    let Some((code, words)) = content.split_first_chunk() else {
        return match content {
            [] => Ok(None),
            _ => Err(ReadError::Protocol("half a close code".to_owned())),
        };
    };
    let code = u16::from_be_bytes(*code);
    // The others are for other uses, or for none yet.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        let fault = format!("{code} is no code to close with");
        return Err(ReadError::Protocol(fault));
    }
    let Ok(words) = std::str::from_utf8(words) else {
        return Err(ReadError::NotUtf8);
    };
    Ok(Some(CloseReason {
        code: code.into(),
        description: (!words.is_empty()).then(|| words.to_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_to_close() {
        for (content, expected) in [
            (&b"\x03\xe8bye"[..], "1000 bye"),
            (b"\x0f\xa0", "4000 "),
            (b"", "none"),
            (b"\x03", "1002: half a close code"),
            (b"\x03\xed", "1002: 1005 is no code to close with"),
            (b"\xff\xff", "1002: 65535 is no code to close with"),
            (b"\x03\xe8\xff", "1007: text has to be UTF-8"),
        ] {
            let got = match close_reason(content) {
                Ok(None) => "none".to_owned(),
                Ok(Some(reason)) => format!(
                    "{} {}",
                    u16::from(reason.code),
                    reason.description.unwrap_or_default()
                ),
                Err(error) => format!("{}: {error}", u16::from(error.code())),
            };
            let got = got.replace("this is not the WebSocket protocol: ", "");
            assert_eq!(got, expected, "{content:?}");
        }
    }
}
