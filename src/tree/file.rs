//! One file of a snapshot: what it is, its hash, and what was read off it.

use std::fs::{self, Metadata};
use std::io::{self, Read as _, Seek as _};
use std::path::Path;
use std::str;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::context::{self, Context};
use super::root::{OpenError, OpenFile};
use crate::path::TreePath;
pub(crate) use crate::path::{Kind, QMLDIR};
use crate::project::{self, Source};
use crate::qml::document::{self, Document};
use crate::qml::qmldir::{self, Qmldir};

/// From this size on, in bytes, a document is served from disk like an asset,
/// and a file's size and modification time stand in for its content when it
/// is hashed. No QML engine makes sense of a 16 MiB document.
pub const LARGE: u64 = 16 * 1024 * 1024;

/// Up to this size, in bytes, a file is read for what it says of the project.
const LARGEST_SOURCE: u64 = 4 * 1024 * 1024;

/// A file modified less than this ago may be another one although its times say
/// that it is the same: the clocks of file systems tick in steps, of some
/// milliseconds on Linux before 6.13, of up to two seconds on FAT.
const RACY: Duration = Duration::from_secs(2);

/// Up to this size, in bytes, a file is read in one go. The buffer that a larger one is hashed
/// through would take longer to make than most files to read.
const SMALL: u64 = 64 * 1024;

/// A BLAKE3 hash of a content.
pub type ContentHash = [u8; 32];

/// A file as it was read.
#[derive(Debug)]
pub struct File {
    /// Hash of the content.
    pub hash: ContentHash,
    /// What the file system said when it was read.
    pub stat: Stat,
    /// What is kept of the content.
    pub content: Content,
    /// What it says of the project, whatever else it is.
    pub source: Option<Arc<Source>>,
    /// What it gives to documents by name, if it is the file for that.
    pub context: Option<Result<Arc<Context>, context::Wrong>>,
}

/// What is kept in memory of a file.
#[derive(Debug)]
pub enum Content {
    /// A document: its bytes and what was parsed of them.
    Document(Bytes, Arc<Document>),
    /// A `qmldir`.
    Qmldir(Bytes, Qmldir),
    /// A document whose bytes are not UTF-8: handed out as it is. What it
    /// refers to is read off as far as it goes.
    NotUtf8 {
        /// As they are on disk.
        bytes: Bytes,
        /// The offset of the first bad byte.
        offset: usize,
        /// A document is parsed with the bad bytes replaced, a qmldir is not.
        document: Option<Arc<Document>>,
    },
    /// Served from disk.
    OnDisk,
}

/// Identity of a file's state on disk: two equal ones mean that nobody wrote
/// in between, as far as the file system can tell ([`Stat::is_racy`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Size in bytes.
    pub len: u64,
    /// Time of the last modification.
    pub modified: SystemTime,
    /// Device, inode and time of the last change of either; zero where the
    /// platform has none.
    inode: (u64, u64, i64, i64),
}

/// How an attempt to read a file ended.
#[derive(Debug)]
pub enum ReadError {
    /// Somebody wrote while it was being read: read again later.
    Unstable,
    /// It could not be opened or read.
    Open(OpenError),
}

impl Stat {
    /// That of the file at `path`, wherever it lies; nothing where there is none.
    pub fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }

    /// Takes the identity out of what the file system says.
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = {
            use std::os::unix::fs::MetadataExt as _;
            (
                metadata.dev(),
                metadata.ino(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            )
        };
        #[cfg(not(unix))]
        let inode = (0, 0, 0, 0);
        Self {
            len: metadata.len(),
            modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            inode,
        }
    }

    /// Whether the file was modified so recently that an equal [`Stat`] proves
    /// nothing.
    pub fn is_racy(&self) -> bool {
        SystemTime::now()
            .duration_since(self.modified)
            .is_ok_and(|age| age < RACY)
    }
}

impl File {
    /// Reads a file that was found at `path`.
    pub fn read_open(open: OpenFile, path: &TreePath) -> Result<Self, ReadError> {
        let OpenFile { mut file, metadata } = open;
        let kind = path.kind();
        let (mut source, mut context) = (None, None);
        let stat = Stat::of(&metadata);
        let io = |error: io::Error| ReadError::Open(OpenError::Io(error));
        let is_context = *path == context::path();
        let is_read = kind.is_document() || is_context || is_source(path, &stat);
        let (hash, content) = if is_read && stat.len < LARGE {
            let bytes = read_all(&mut file, &stat).map_err(io)?;
            if is_context {
                context = Some(context::parse(&bytes));
            } else if !kind.is_document() {
                let text = String::from_utf8_lossy(&bytes);
                source = project::parse(path, &text).map(Arc::new);
            }
            let hash = *blake3::hash(&bytes).as_bytes();
            (hash, Content::parse(kind, bytes.into()))
        } else {
            let hash = hash_of(&mut file, &stat).map_err(io)?;
            (hash, Content::OnDisk)
        };
        let after = file.metadata().map_err(io)?;
        if Stat::of(&after) != stat {
            return Err(ReadError::Unstable);
        }
        Ok(Self {
            hash,
            stat,
            content,
            source,
            context,
        })
    }

    /// The bytes kept in memory, if any.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Document(bytes, _)
            | Content::Qmldir(bytes, _)
            | Content::NotUtf8 { bytes, .. } => Some(bytes),
            Content::OnDisk => None,
        }
    }

    /// The parsed document, if this is one.
    pub fn document(&self) -> Option<&Arc<Document>> {
        match &self.content {
            Content::Document(_, document) => Some(document),
            Content::NotUtf8 { document, .. } => document.as_ref(),
            _ => None,
        }
    }

    /// Memory that the content takes, in bytes, roughly: what is parsed of a document takes one and
    /// a half times as much as its text (19.7 MB of 12.2 MB for 2,728 documents of 19 projects).
    pub fn weight(&self) -> usize {
        let text = self.bytes().map_or(0, Bytes::len);
        match self.document() {
            Some(_) => text * 5 / 2,
            None => text,
        }
    }

    /// What a person should know about this file, which is at `path`: line (0 for the whole file)
    /// and message.
    pub fn problems(&self, path: &TreePath) -> Vec<(u32, String)> {
        let kind = path.kind();
        if let Some(Err(wrong)) = &self.context {
            return vec![(wrong.line, wrong.message.clone())];
        }
        match &self.content {
            Content::Qmldir(_, qmldir) => qmldir
                .problems
                .iter()
                .map(|problem| (problem.line, problem.message.clone()))
                .collect(),
            Content::NotUtf8 { offset, .. } => {
                let until_then = match kind {
                    Kind::Qmldir => "its entries do not count",
                    _ => "its imports are served as they are",
                };
                vec![(
                    0,
                    format!(
                        "it is not UTF-8 (byte {offset}); save it as UTF-8, until then {until_then}"
                    ),
                )]
            }
            Content::OnDisk if kind.is_document() => vec![(
                0,
                format!(
                    "it has {} bytes; a document of 16 MiB or more is served as it is, its imports unresolved",
                    self.stat.len
                ),
            )],
            Content::OnDisk if project::is_source(path) && self.stat.len > LARGEST_SOURCE => {
                vec![(
                    0,
                    format!(
                        "it has {} bytes; beyond 4 MiB a file is not read for what it says of the \
                     project",
                        self.stat.len
                    ),
                )]
            }
            _ => Vec::new(),
        }
    }
}

/// Whether a file is read for what it says of the project.
fn is_source(path: &TreePath, stat: &Stat) -> bool {
    stat.len <= LARGEST_SOURCE && project::is_source(path)
}

impl Content {
    fn parse(kind: Kind, bytes: Bytes) -> Self {
        match (kind, str::from_utf8(&bytes)) {
            (Kind::Document(language), Ok(text)) => {
                let document = Arc::new(document::parse(language, text));
                Self::Document(bytes, document)
            }
            (Kind::Document(language), Err(error)) => {
                let document = document::parse(language, &String::from_utf8_lossy(&bytes));
                Self::NotUtf8 {
                    offset: error.valid_up_to(),
                    bytes,
                    document: Some(Arc::new(document)),
                }
            }
            (Kind::Qmldir, Ok(text)) => {
                let qmldir = qmldir::parse(text);
                Self::Qmldir(bytes, qmldir)
            }
            (Kind::Qmldir, Err(error)) => Self::NotUtf8 {
                offset: error.valid_up_to(),
                bytes,
                document: None,
            },
            (Kind::Asset, _) => Self::OnDisk,
        }
    }
}

impl OpenFile {
    /// The hash of the content as it is now. What is read afterwards begins at the
    /// beginning.
    pub fn hash(&mut self) -> Option<ContentHash> {
        let stat = Stat::of(&self.metadata);
        let hash = hash_of(&mut self.file, &stat).ok()?;
        let after = self.file.metadata().ok()?;
        self.file.rewind().ok()?;
        (Stat::of(&after) == stat).then_some(hash)
    }
}

/// The whole content. One more byte than expected tells the end without another call.
fn read_all(file: &mut impl io::Read, stat: &Stat) -> io::Result<Vec<u8>> {
    let expected = usize::try_from(stat.len).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected + 1);
    file.take(u64::MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The hash of a content that is not needed in memory.
fn hash_of(file: &mut impl io::Read, stat: &Stat) -> io::Result<ContentHash> {
    if stat.len >= LARGE {
        return Ok(hash_of_stat(stat));
    }
    if stat.len < SMALL {
        let bytes = read_all(file, stat)?;
        return Ok(*blake3::hash(&bytes).as_bytes());
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok(*hasher.finalize().as_bytes())
}

/// Stands in for the content of a file too large to read at every change.
fn hash_of_stat(stat: &Stat) -> ContentHash {
    let since = stat
        .modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"large");
    hasher.update(&stat.len.to_le_bytes());
    hasher.update(&since.as_nanos().to_le_bytes());
    *hasher.finalize().as_bytes()
}
