//! The few types of `QDataStream` (big-endian) that the debug protocol is made of.

/// Why a packet cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// A length leads beyond the end of the packet.
    #[error("a packet ends too early")]
    Short,
    /// A text is no UTF-16.
    #[error("a packet has a text that is no UTF-16")]
    Text,
    /// Not what this place of the protocol has.
    #[error("a packet begins with something else than the protocol says")]
    Unexpected,
}

/// The length that stands for a null byte array or string.
const NULL: u32 = u32::MAX;

/// Reads one value after the other.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything is read.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// A `qint8`.
    pub(super) fn byte(&mut self) -> Result<u8, Broken> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A `quint32`.
    pub(super) fn unsigned(&mut self) -> Result<u32, Broken> {
        self.array().map(u32::from_be_bytes)
    }

    /// A `qint32`.
    pub(super) fn signed(&mut self) -> Result<i32, Broken> {
        self.array().map(i32::from_be_bytes)
    }

    /// A `QByteArray`; a null one is an empty one.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Broken> {
        match self.unsigned()? {
            NULL => Ok(&[]),
            len => self.take(usize::try_from(len).map_err(|_| Broken::Short)?),
        }
    }

    /// A `QByteArray` with UTF-8 in it, or nearly so.
    pub(super) fn text(&mut self) -> Result<String, Broken> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }

    /// A `QString`.
    pub(super) fn string(&mut self) -> Result<String, Broken> {
        let (units, odd) = self.bytes()?.as_chunks::<2>();
        if !odd.is_empty() {
            return Err(Broken::Text);
        }
        let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.map_err(|_| Broken::Text)
    }

    /// A `QStringList`.
    pub(super) fn strings(&mut self) -> Result<Vec<String>, Broken> {
        let count = self.unsigned()?;
        // Not collected into what the count says: the packet may be shorter.
        let mut strings = Vec::new();
        for _ in 0..count {
            strings.push(self.string()?);
        }
        Ok(strings)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Broken::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Broken::Short)?;
        self.rest = rest;
        Ok(*taken)
    }
}

/// Writes one value after the other.
#[derive(Debug, Default)]
pub(super) struct Writer {
    written: Vec<u8>,
}

impl Writer {
    /// A `qint8`, or a bool.
    #[must_use]
    pub(super) fn byte(mut self, byte: u8) -> Self {
        self.written.push(byte);
        self
    }

    /// A `qint32`.
    #[must_use]
    pub(super) fn signed(mut self, number: i32) -> Self {
        self.written.extend(number.to_be_bytes());
        self
    }

    /// A `QByteArray`.
    #[must_use]
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let mut counted = self.count(bytes.len());
        counted.written.extend(bytes);
        counted
    }

    /// A `QString`.
    #[must_use]
    pub(super) fn string(self, text: &str) -> Self {
        let units = text.encode_utf16();
        let bytes: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
        self.bytes(&bytes)
    }

    /// A `QStringList`.
    #[must_use]
    pub(super) fn strings<'a>(self, strings: impl IntoIterator<Item = &'a str>) -> Self {
        let strings: Vec<_> = strings.into_iter().collect();
        let counted = self.count(strings.len());
        strings.into_iter().fold(counted, Self::string)
    }

    /// All of it.
    #[must_use]
    pub(super) fn finish(self) -> Vec<u8> {
        self.written
    }

    fn count(mut self, count: usize) -> Self {
        // Nothing of 4 GiB is ever sent: files are bounded far below.
        let count = u32::try_from(count).unwrap_or(NULL);
        self.written.extend(count.to_be_bytes());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let bytes = Writer::default()
            .byte(7)
            .signed(-2)
            .bytes(b"abc")
            .string("Grüße 🌍")
            .strings(["one", ""])
            .finish();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.byte(), Ok(7));
        assert_eq!(reader.signed(), Ok(-2));
        assert_eq!(reader.bytes(), Ok(&b"abc"[..]));
        assert_eq!(reader.string().as_deref(), Ok("Grüße 🌍"));
        assert_eq!(reader.strings().unwrap(), ["one", ""]);
        assert!(reader.is_at_end());
    }

    #[test]
    fn lengths_are_not_believed() {
        let check = |bytes: &[u8], expected| {
            assert_eq!(Reader::new(bytes).strings(), Err(expected), "{bytes:?}");
        };
        check(&[0xff, 0xff, 0xff, 0xfe], Broken::Short);
        check(&[0, 0, 0, 1, 0, 0, 0, 9, b'a'], Broken::Short);
        check(&[0, 0, 0, 1, 0, 0, 0, 1, b'a'], Broken::Text);
        check(&[0, 0, 0, 1, 0, 0, 0, 2, 0xd8, 0], Broken::Text);
        assert_eq!(Reader::new(&[0xff; 4]).string().as_deref(), Ok(""));
    }
}
