//! The folder of kept pictures: a folder for each setting, and in it the documents by their paths.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::picture::Picture;
use crate::path::TreePath;

/// The suffix of documents, which a picture's name does without.
const DOCUMENT: &str = ".qml";

/// A folder of kept pictures. It need not be there yet.
#[derive(Debug)]
pub(super) struct Gallery {
    dir: PathBuf,
}

/// What is kept of one document in one setting.
#[derive(Debug)]
pub(super) enum Kept {
    /// A picture, and the bytes of its file.
    Picture(Picture, Vec<u8>),
    /// No file.
    Nothing,
    /// A file that is no picture; why.
    Unreadable(String),
}

impl Gallery {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where a picture is kept.
    pub(super) fn file(&self, folder: &str, document: &TreePath) -> PathBuf {
        let name = document.as_str();
        let name = name.strip_suffix(DOCUMENT).unwrap_or(name);
        self.dir.join(folder).join(format!("{name}.png"))
    }

    /// Whether pictures can be written, before any is drawn.
    ///
    /// # Errors
    /// They cannot be; the message says where.
    pub(super) fn prepare(&self) -> anyhow::Result<()> {
        let tried = fs::create_dir_all(&self.dir).and_then(|()| tempfile::tempfile_in(&self.dir));
        tried.map(drop).with_context(|| {
            format!(
                "pictures cannot be kept in {}; name another folder: --pictures DIR",
                self.dir.display()
            )
        })
    }

    /// Writes a picture.
    ///
    /// # Errors
    /// It cannot be written; the message says where.
    pub(super) fn write(&self, file: &Path, png: &[u8]) -> anyhow::Result<()> {
        let dir = file.parent().unwrap_or(&self.dir);
        let written = fs::create_dir_all(dir).and_then(|()| fs::write(file, png));
        written.with_context(|| format!("{} cannot be written", file.display()))
    }

    /// The pictures in these folders of which no document is drawn any more.
    pub(super) fn left_over(
        &self,
        folders: &BTreeSet<String>,
        drawn: &BTreeSet<PathBuf>,
    ) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut dirs: Vec<_> = folders.iter().map(|name| self.dir.join(name)).collect();
        while let Some(dir) = dirs.pop() {
            // A folder that is not there has none.
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    dirs.push(path);
                } else if path.extension().is_some_and(|suffix| suffix == "png")
                    && !drawn.contains(&path)
                {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// Reads what is kept there.
pub(super) fn read(file: &Path) -> Kept {
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if is_nothing(&error) => return Kept::Nothing,
        Err(error) => return Kept::Unreadable(error.to_string()),
    };
    match Picture::decode(&bytes) {
        Ok(picture) => Kept::Picture(picture, bytes),
        Err(error) => Kept::Unreadable(format!("it is no PNG that can be read: {error}")),
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_documents_and_what_no_document_has_is_found() {
        let temp = tempfile::tempdir().unwrap();
        let gallery = Gallery::new(temp.path().join("kept"));
        let file = |folder: &str, path: &str| gallery.file(folder, &TreePath::parse(path).unwrap());
        let main = file("qt6.4", "main.qml");
        assert_eq!(main, temp.path().join("kept/qt6.4/main.png"));
        let form = file("qt6.4", "pages/Form.ui.qml");
        assert!(form.ends_with("kept/qt6.4/pages/Form.ui.png"), "{form:?}");
        assert!(matches!(read(&main), Kept::Nothing));

        gallery.prepare().unwrap();
        for file in [&main, &form, &file("qt5.15", "old.qml")] {
            gallery.write(file, b"no picture").unwrap();
        }
        assert!(matches!(read(&form), Kept::Unreadable(_)));
        assert!(matches!(read(&main.join("x")), Kept::Nothing));
        let folders = BTreeSet::from(["qt6.4".to_owned(), "qt6.8".to_owned()]);
        let drawn = BTreeSet::from([main]);
        assert_eq!(gallery.left_over(&folders, &drawn), [form]);
    }
}
