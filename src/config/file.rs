//! The config file as tables whose keys are taken one by one.
//!
//! What nobody takes is unknown: there is no second list of keys to keep up. Knows TOML and the
//! lines of the file; what a value means, and what is in force without one, is for `section`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::error::ConfigError;
use super::setting::Source;
use super::values::Value;

/// The text of a config file, and what it is called in messages.
#[derive(Debug, Default)]
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
struct Entry<'a> {
    key: Range<usize>,
    value: Spanned<DeValue<'a>>,
}

/// A table of the file: its keys are taken, and what is left at the end is unknown.
#[derive(Debug)]
pub(super) struct Table<'a> {
    file: &'a File,
    header: String,
    /// Where it begins.
    start: Source,
    entries: DeTable<'a>,
    /// The keys that it may have, each with its line where it is there.
    known: Vec<(&'static str, Option<Source>)>,
}

impl<'a> Table<'a> {
    /// The table at `entry`. `header` is as a person writes it, `[collections.colors]`.
    fn read(file: &'a File, header: &str, entry: Entry<'a>) -> Result<Self, ConfigError> {
        let span = entry.value.span();
        match entry.value.into_inner() {
            DeValue::Table(entries) => Ok(Self {
                file,
                header: header.to_owned(),
                start: file.source(&span),
                entries,
                known: Vec::new(),
            }),
            _ => Err(refuse(file, header, &span, "a table".to_owned())),
        }
    }

    /// The table at `key`, called `header` in messages; an empty one where there is none.
    pub(super) fn table(&mut self, key: &'static str, header: &str) -> Result<Self, ConfigError> {
        match self.take(key) {
            Some(entry) => Self::read(self.file, header, entry),
            None => Ok(Self {
                file: self.file,
                header: header.to_owned(),
                start: Source::Default,
                entries: DeTable::new(),
                known: Vec::new(),
            }),
        }
    }

    /// The tables of the array at `key`, in the order of the file.
    pub(super) fn tables(
        &mut self,
        key: &'static str,
        header: &str,
    ) -> Result<Vec<Self>, ConfigError> {
        let Some(Entry { key: place, value }) = self.take(key) else {
            return Ok(Vec::new());
        };
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            let expected = format!("tables, each with the header {header}");
            return Err(refuse(self.file, key, &span, expected));
        };
        let entries = items.into_iter().map(|value| Entry {
            key: place.clone(),
            value,
        });
        entries
            .map(|entry| Self::read(self.file, header, entry))
            .collect()
    }

    /// The tables of a table whose keys are names of the user's own, in the order of the file.
    pub(super) fn named(self) -> Result<Vec<(String, Self)>, ConfigError> {
        let mut entries: Vec<_> = self.entries.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let outer = self.header.trim_end_matches(']');
        let read = |(key, value): (Spanned<DeString<'a>>, _)| {
            let span = key.span();
            let name = key.into_inner().to_string();
            let header = format!("{outer}.{name}]");
            let table = Self::read(self.file, &header, Entry { key: span, value })?;
            Ok((name, table))
        };
        entries.into_iter().map(read).collect()
    }

    /// The keys of the table at `key`, where there is one that nobody has taken.
    pub(super) fn names_of(&self, key: &str) -> Vec<String> {
        match self.entries.get(key).map(Spanned::get_ref) {
            Some(DeValue::Table(entries)) => entries
                .keys()
                .map(|key| key.get_ref().to_string())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Its header as messages have it.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// Where `key`, which was taken, stands; else where the table begins.
    pub(super) fn at(&self, key: &str) -> Source {
        let mut known = self.known.iter();
        let found = known.find(|(known, _)| *known == key);
        let source = found.and_then(|(_, source)| source.clone());
        source.unwrap_or_else(|| self.start.clone())
    }

    /// The key that the table cannot do without.
    pub(super) fn missing(&self, key: &'static str, expected: String) -> ConfigError {
        ConfigError::Missing {
            at: self.start.clone(),
            section: self.header.clone(),
            key,
            expected,
        }
    }

    /// The entry at `key`, which is a known one from now on.
    fn take(&mut self, key: &'static str) -> Option<Entry<'a>> {
        let entry = self.entries.remove_entry(key).map(|(key, value)| Entry {
            key: key.span(),
            value,
        });
        let source = entry.as_ref().map(|entry| self.file.source(&entry.key));
        self.known.push((key, source));
        entry
    }

    /// The value at `key` with its line, refused where it is not a `T`.
    pub(super) fn value<T: Value>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<(T, Source)>, ConfigError> {
        let Some(entry) = self.take(key) else {
            return Ok(None);
        };
        let value = T::read(&entry.value).map_err(|wrong| {
            let given = self.file.text.get(wrong.clone()).unwrap_or_default();
            ConfigError::value(
                self.file.source(&wrong),
                key,
                T::quote(given),
                T::expected(),
            )
        })?;
        Ok(Some((value, self.file.source(&entry.key))))
    }

    /// Refuses the first key, in the order of the file, that nothing has taken.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        let unknown = self.entries.keys().min_by_key(|key| key.span().start);
        let Some(key) = unknown else { return Ok(()) };
        let (line, _) = ConfigError::position(&self.file.text, key.span().start);
        Err(ConfigError::UnknownKey {
            path: self.file.path.clone(),
            line,
            section: self.header,
            key: key.get_ref().to_string(),
            known: self.known.into_iter().map(|(key, _)| key).collect(),
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
        let section = root.table("collections", "[collections]")?;
        for (_, mut table) in section.named()? {
            found.push(table.value::<bool>("readonly")?.map(|(value, _)| value));
            table.finish()?;
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
