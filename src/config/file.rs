//! The config file as tables whose keys are taken one by one.
//!
//! What nobody takes is unknown: there is no second list of keys to keep up. A feature with a
//! section of its own reads it the same way: take the entry, make it a [`Table`], take its keys,
//! [`Table::finish`].

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::error::ConfigError;
use super::setting::Source;
use super::value::Value;

/// The text of a config file, and what it is called in messages.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    text: String,
}

impl File {
    /// The file's content, refused where it is not UTF-8. Nothing is parsed yet.
    pub(super) fn new(path: &Path, bytes: Vec<u8>) -> Result<Self, ConfigError> {
        let path = path.to_owned();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { path, text }),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let newlines = error.as_bytes().iter().take(good).filter(|b| **b == b'\n');
                let line = newlines.count() + 1;
                Err(ConfigError::Encoding { path, line })
            }
        }
    }

    /// The whole file as a table.
    pub(super) fn root(&self) -> Result<Table<'_>, ConfigError> {
        let root = DeTable::parse(&self.text)
            .map_err(|error| ConfigError::syntax(&self.path, &self.text, &error))?;
        let whole = root.span();
        let value = Spanned::new(whole, DeValue::Table(root.into_inner()));
        Table::read(self, "", Entry { key: 0..0, value })
    }

    fn source(&self, span: &Range<usize>) -> Source {
        let (line, _) = ConfigError::position(&self.text, span.start);
        let path = self.path.clone();
        Source::File { path, line }
    }
}

/// What stands at a key: where the key is, and the value.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    key: Range<usize>,
    value: Spanned<DeValue<'a>>,
}

/// A table of the file: its keys are taken, and what is left at the end is unknown.
#[derive(Debug)]
pub(super) struct Table<'a> {
    file: &'a File,
    section: String,
    /// Where it begins.
    at: Source,
    entries: DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'a> Table<'a> {
    /// The table at `entry`. `section` is its header as a person writes it, `[collections.colors]`.
    pub(super) fn read(
        file: &'a File,
        section: &str,
        entry: Entry<'a>,
    ) -> Result<Self, ConfigError> {
        let span = entry.value.span();
        match entry.value.into_inner() {
            DeValue::Table(entries) => Ok(Self {
                file,
                section: section.to_owned(),
                at: file.source(&span),
                entries,
                known: Vec::new(),
            }),
            _ => Err(refuse(file, section, &span, "a table".to_owned())),
        }
    }

    /// The table at `key`, called `section` in messages.
    pub(super) fn table(
        &mut self,
        key: &'static str,
        section: &str,
    ) -> Result<Option<Self>, ConfigError> {
        let entry = self.take(key);
        entry
            .map(|entry| Self::read(self.file, section, entry))
            .transpose()
    }

    /// The tables of the array at `key`, in the order of the file.
    pub(super) fn tables(
        &mut self,
        key: &'static str,
        section: &str,
    ) -> Result<Vec<Self>, ConfigError> {
        let Some(Entry { key: place, value }) = self.take(key) else {
            return Ok(Vec::new());
        };
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            let expected = format!("tables, each with the header {section}");
            return Err(refuse(self.file, key, &span, expected));
        };
        let entries = items.into_iter().map(|value| Entry {
            key: place.clone(),
            value,
        });
        entries
            .map(|entry| Self::read(self.file, section, entry))
            .collect()
    }

    /// Where it begins.
    pub(super) fn at(&self) -> &Source {
        &self.at
    }

    /// Something that the table says and may not.
    pub(super) fn wrong(&self, given: &str, expected: &str) -> ConfigError {
        ConfigError::value(self.at.clone(), &self.section, given, expected.to_owned())
    }

    /// The value at `key`, refused where it is missing.
    pub(super) fn required<T: Value>(
        &mut self,
        key: &'static str,
    ) -> Result<(T, Source), ConfigError> {
        match self.value(key)? {
            Some(found) => Ok(found),
            None => Err(ConfigError::Missing {
                at: self.at.clone(),
                section: self.section.clone(),
                key,
                expected: T::expected(),
            }),
        }
    }

    /// The entry at `key`, which is a known one from now on.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Entry<'a>> {
        self.known.push(key);
        let (key, value) = self.entries.remove_entry(key)?;
        let key = key.span();
        Some(Entry { key, value })
    }

    /// The value at `key` with its line, refused where it is not a `T`.
    pub(super) fn value<T: Value>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<(T, Source)>, ConfigError> {
        let Some(entry) = self.take(key) else {
            return Ok(None);
        };
        let value =
            T::read(&entry.value).map_err(|wrong| refuse(self.file, key, &wrong, T::expected()))?;
        Ok(Some((value, self.file.source(&entry.key))))
    }

    /// The tables of a table whose keys are names of the user's own, in the order of the file,
    /// each with its name and where that stands.
    pub(super) fn named(self) -> Result<Vec<(String, Source, Self)>, ConfigError> {
        let mut entries: Vec<_> = self.entries.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let outer = self.section.trim_end_matches(']');
        let read = |(key, value): (Spanned<DeString<'a>>, _)| {
            let span = key.span();
            let name = key.into_inner().to_string();
            let entry = Entry {
                key: span.clone(),
                value,
            };
            let header = format!("{outer}.{name}]");
            let table = Self::read(self.file, &header, entry)?;
            Ok((name, self.file.source(&span), table))
        };
        entries.into_iter().map(read).collect()
    }

    /// Refuses the first key, in the order of the file, that nothing has taken.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        let unknown = self.entries.keys().min_by_key(|key| key.span().start);
        let Some(key) = unknown else { return Ok(()) };
        let (line, _) = ConfigError::position(&self.file.text, key.span().start);
        Err(ConfigError::UnknownKey {
            path: self.file.path.clone(),
            line,
            section: self.section,
            key: key.get_ref().to_string(),
            known: self.known,
        })
    }
}

fn refuse(file: &File, key: &str, wrong: &Range<usize>, expected: String) -> ConfigError {
    let given = file.text.get(wrong.clone()).unwrap_or_default();
    ConfigError::value(file.source(wrong), key, given, expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File::new(Path::new("qmlserve.toml"), text.into()).unwrap()
    }

    /// What a feature's section looks like: a table of named tables, each with keys of its own.
    fn read_collections(file: &File) -> Result<Vec<Option<bool>>, ConfigError> {
        let mut root = file.root()?;
        let mut found = Vec::new();
        if let Some(section) = root.table("collections", "[collections]")? {
            for (_, _, mut table) in section.named()? {
                found.push(table.value::<bool>("readonly")?.map(|(value, _)| value));
                table.finish()?;
            }
        }
        root.finish()?;
        Ok(found)
    }

    #[test]
    fn nested_tables_are_held_to_their_keys() {
        let cases = [
            ("", Ok(vec![])),
            ("[collections.colors]", Ok(vec![None])),
            ("collections.colors.readonly = true", Ok(vec![Some(true)])),
            (
                "[collections.colors]\n\nreadonyl = true",
                Err(
                    "qmlserve.toml:3: unknown key \"readonyl\" in [collections.colors]; \
                     did you mean \"readonly\"?",
                ),
            ),
            (
                "[colections.colors]",
                Err("qmlserve.toml:1: unknown key \"colections\"; did you mean \"collections\"?"),
            ),
            (
                "[collections.colors]\nreadonly = 1",
                Err("qmlserve.toml:2: readonly = 1: expected true or false"),
            ),
            (
                "[collections]\ncolors = 7",
                Err("qmlserve.toml:2: [collections.colors] = 7: expected a table"),
            ),
            (
                "[zoo]\n[apes]",
                Err("qmlserve.toml:1: unknown key \"zoo\"; the keys are collections"),
            ),
        ];
        for (text, expected) in cases {
            let found = read_collections(&file(text)).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn what_is_not_toml_is_told_with_its_place() {
        let cases = [
            ("port = ", "qmlserve.toml:1:8: "),
            ("port = 1\nhost = [\"ü\", oops]\n", "qmlserve.toml:2:14: "),
            ("port = 1\nport = 2\n", "qmlserve.toml:2:1: duplicate key"),
        ];
        for (text, expected) in cases {
            let error = file(text).root().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?} gave {error:?}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_told_with_its_line() {
        let error = File::new(Path::new("q.toml"), b"port = 1\n# \xff\n".to_vec()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "q.toml:2: the file is not UTF-8 from here on; save it as UTF-8"
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_key() {
        let file = file("\u{feff}readonly = true\n");
        let mut root = file.root().unwrap();
        let (value, source) = root.value::<bool>("readonly").unwrap().unwrap();
        assert!(value);
        assert_eq!(source.to_string(), "from qmlserve.toml:1");
    }
}
