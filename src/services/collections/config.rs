//! What collections are told by the configuration.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::database::Location;
use crate::http::Faults;

/// Everything about collections.
#[derive(Clone, Debug)]
pub(crate) struct CollectionsConfig {
    /// Where objects are kept.
    pub location: Location,
    /// The folder in which collections are found, and seeds that are named without a folder.
    pub data: PathBuf,
    /// A file with several collections in it.
    pub db: Option<PathBuf>,
    /// Those that are declared.
    pub declared: Vec<CollectionConfig>,
    /// Whether objects may be in memory, where they cannot be kept.
    pub may_forget: bool,
}

impl CollectionsConfig {
    /// The configuration for the tree in `tree`: `data` and `.qmlserve` lie beside it.
    #[must_use]
    pub(crate) fn beside(
        tree: &Path,
        location: Option<Location>,
        declared: Vec<CollectionConfig>,
    ) -> Self {
        let tree = std::path::absolute(tree).unwrap_or_else(|_| tree.to_owned());
        let beside = tree.parent().unwrap_or(&tree);
        // Trees that lie beside each other do not share objects.
        let name = tree.file_name().unwrap_or("tree".as_ref());
        let mut file = name.to_owned();
        file.push(".db");
        let may_forget = location.is_none();
        let location =
            location.unwrap_or_else(|| Location::File(beside.join(".qmlserve").join(file)));
        Self {
            location,
            data: beside.join("data"),
            db: None,
            declared,
            may_forget,
        }
    }

    /// Whether nobody chose where objects are kept, there are none yet, and nothing can be written
    /// there.
    pub(super) fn cannot_be_kept(&self) -> bool {
        let Location::File(path) = &self.location else {
            return false;
        };
        let folder = path.parent().filter(|_| self.may_forget && !path.exists());
        folder.is_some_and(|folder| {
            let written = std::fs::create_dir_all(folder).and_then(|()| probe(folder));
            let kind = written.map_err(|error| error.kind());
            matches!(
                kind,
                Err(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
            )
        })
    }
}

/// Makes a file in the folder, and removes it.
fn probe(folder: &Path) -> std::io::Result<()> {
    let file = folder.join(format!(".writable-{}", std::process::id()));
    let made = std::fs::File::create_new(&file);
    made.and_then(|_| std::fs::remove_file(&file))
}

/// One collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CollectionConfig {
    /// What it is called: in the database, in lists and in events.
    pub name: String,
    /// The file with its first objects.
    pub seed: Option<Seed>,
    /// The field that is the key; `id` or `name`, whichever the objects have, if it is not said.
    pub key: Option<String>,
    /// The path of its list; `/NAME` if it is not said.
    pub path: Option<String>,
    /// What an object is called in XML; the singular of the name if it is not said.
    pub item: Option<String>,
    /// How a list is wrapped.
    pub envelope: Envelope,
    /// The JSON Schema that objects have to fit.
    pub schema: Option<Seed>,
    /// Whether writes are refused.
    pub readonly: bool,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// The most bytes of a body; 1 MiB if it is not said.
    pub max_body: Option<u64>,
    /// Where changes are pushed to. Only carried here: `server` joins the collections with what
    /// understands it.
    pub push: Option<String>,
}

/// The most bytes of a body where nothing else is said.
pub(super) const MAX_BODY: u64 = 1 << 20;

/// A file that the configuration names: relative to the folder of the config file, or else in the
/// folder of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seed {
    /// As it was named.
    pub named: PathBuf,
    /// From the folder of the config file.
    pub resolved: PathBuf,
}

impl Seed {
    /// Where the file is: where the config file says, else in `data`.
    #[must_use]
    pub(crate) fn locate(&self, data: &Path) -> PathBuf {
        let in_data = data.join(&self.named);
        if !self.resolved.exists() && in_data.exists() {
            in_data
        } else {
            self.resolved.clone()
        }
    }
}

/// How a list is wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// `{"colors": […], "data": […], "count": n}`: the book's text reads one, its client the other.
    #[default]
    Book,
    /// The bare array.
    None,
}
