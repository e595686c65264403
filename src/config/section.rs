//! A section as it is read: each key that is taken is noted down with the value in force and its
//! source, which is what `--print-config` prints.
//!
//! There is no list of keys anywhere: what nobody takes is unknown, and refused. A section takes
//! its keys first and the tables in it afterwards, since TOML has no other order. A section that
//! the file does not have is read as well: all of it is default then.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::file::Table;
use super::setting::{Names, Setting, Source, silent};
use super::values::Value;

/// The folders that relative paths start from.
#[derive(Clone, Debug)]
struct Folders {
    /// The current directory: for flags and variables, and for what is printed.
    cwd: PathBuf,
    /// The config file's.
    file: PathBuf,
}

/// A table of the file, an empty one where the file does not have it.
#[derive(Debug)]
pub(super) struct Section<'a> {
    table: Table<'a>,
    folders: Folders,
    printed: String,
}

impl<'a> Section<'a> {
    /// The top level of the file that lies in `folder`.
    pub(super) fn top(table: Table<'a>, folder: &Path, cwd: &Path) -> Self {
        let folders = Folders {
            cwd: cwd.to_owned(),
            file: folder.to_owned(),
        };
        Self {
            table,
            folders,
            printed: String::new(),
        }
    }

    fn below(&self, table: Table<'a>, header: &str) -> Self {
        Self {
            table,
            folders: self.folders.clone(),
            printed: format!("\n{header}\n"),
        }
    }

    /// What the file says at `key`.
    fn found<T: Value>(&mut self, key: &'static str) -> Result<Option<Setting<T>>, ConfigError> {
        let found = self.table.value::<T>(key)?;
        Ok(found.map(|(value, source)| Setting {
            value: value.resolve(&self.folders.file),
            source,
        }))
    }

    fn note<T: Value>(&mut self, key: &str, setting: Setting<T>) -> Setting<T> {
        self.printed += &setting.line(key, &self.folders.cwd);
        setting
    }

    /// The value of the highest layer that has one.
    ///
    /// The file's value is checked even where a higher layer decides: the mistake would otherwise
    /// wait for the day on which the flag is left out.
    pub(super) fn setting<T: Value>(
        &mut self,
        names: &Names,
        flag: Option<T>,
        env: &dyn Fn(&str) -> Option<String>,
        default: impl FnOnce(&Path) -> T,
    ) -> Result<Setting<T>, ConfigError> {
        let in_file = self.found(names.key)?;
        let cwd = &self.folders.cwd;
        let setting = if let Some(value) = flag {
            Setting {
                value: value.resolve(cwd),
                source: Source::Flag(names.flag),
            }
        } else if let Some((name, text)) = names.variable(env) {
            let source = Source::Env(name);
            let Some(value) = T::parse(&text) else {
                let given = format!("{text:?}");
                let given = T::quote(&given);
                return Err(ConfigError::value(source, names.key, given, T::expected()));
            };
            let value = value.resolve(cwd);
            Setting { value, source }
        } else if let Some(found) = in_file {
            found
        } else {
            Setting {
                value: default(cwd),
                source: Source::Default,
            }
        };
        Ok(self.note(names.key, setting))
    }

    /// The value at `key`, or the default.
    pub(super) fn or<T: Value>(&mut self, key: &'static str, default: T) -> Result<T, ConfigError> {
        let setting = self.found(key)?.unwrap_or(Setting {
            value: default,
            source: Source::Default,
        });
        Ok(self.note(key, setting).value)
    }

    /// The value at `key`. `unset` says what it means to leave it out.
    pub(super) fn optional<T: Value>(
        &mut self,
        key: &'static str,
        unset: &str,
    ) -> Result<Option<T>, ConfigError> {
        match self.found(key)? {
            Some(setting) => Ok(Some(self.note(key, setting).value)),
            None => {
                self.printed += &silent(key, unset, &Source::Default);
                Ok(None)
            }
        }
    }

    /// The value at `key`, refused where it is missing.
    pub(super) fn required<T: Value>(&mut self, key: &'static str) -> Result<T, ConfigError> {
        match self.found(key)? {
            Some(setting) => Ok(self.note(key, setting).value),
            None => Err(self.table.missing(key, T::expected())),
        }
    }

    /// The section `[key]`.
    pub(super) fn table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        let header = format!("[{key}]");
        let table = self.table.table(key, &header)?;
        let mut section = self.below(table, &header);
        let value = read(&mut section)?;
        self.printed += &section.finish()?;
        Ok(value)
    }

    /// The sections `[[key]]`, in the order of the file. `none` says what it means to have none.
    pub(super) fn tables<T>(
        &mut self,
        key: &'static str,
        none: &str,
        mut read: impl FnMut(&mut Self) -> Result<T, ConfigError>,
    ) -> Result<Vec<T>, ConfigError> {
        let header = format!("[[{key}]]");
        let tables = self.table.tables(key, &header)?;
        self.note_absent(&header, none, tables.is_empty());
        let mut all = Vec::new();
        for table in tables {
            let mut section = self.below(table, &header);
            all.push(read(&mut section)?);
            self.printed += &section.finish()?;
        }
        Ok(all)
    }

    /// The sections `[key.NAME]`, whose names are the user's own, in the order of the file. `none`
    /// says what it means to have none.
    pub(super) fn named<T>(
        &mut self,
        key: &'static str,
        none: &str,
        mut read: impl FnMut(&str, &mut Self) -> Result<T, ConfigError>,
    ) -> Result<Vec<T>, ConfigError> {
        let tables = self.table.table(key, &format!("[{key}]"))?.named()?;
        self.note_absent(&format!("[{key}.NAME]"), none, tables.is_empty());
        let mut all = Vec::new();
        for (name, table) in tables {
            let quoted = toml::Value::from(name.as_str());
            let mut section = self.below(table, &format!("[{key}.{quoted}]"));
            all.push(read(&name, &mut section)?);
            self.printed += &section.finish()?;
        }
        Ok(all)
    }

    /// The names of the sections `[key.NAME]`, which stay to be read: before they are.
    pub(super) fn names_of(&self, key: &str) -> Vec<String> {
        self.table.names_of(key)
    }

    fn note_absent(&mut self, header: &str, none: &str, absent: bool) {
        if absent {
            self.printed.push('\n');
            self.printed += &silent(header, none, &Source::Default);
        }
    }

    /// The folder of the config file.
    pub(super) fn folder(&self) -> &Path {
        &self.folders.file
    }

    /// Whether the file has the section.
    pub(super) fn is_there(&self) -> bool {
        self.at("") != Source::Default
    }

    /// Where `key` stands, or else where the section begins.
    pub(super) fn at(&self, key: &str) -> Source {
        self.table.at(key)
    }

    /// Something that the section says and may not: keys that do not go together, a bad name.
    pub(super) fn wrong(&self, given: &str, expected: &str) -> ConfigError {
        let header = self.table.header();
        ConfigError::value(self.at(""), header, given, expected.to_owned())
    }

    /// What was read as a config file. Refuses the first key that nothing has taken.
    pub(super) fn finish(self) -> Result<String, ConfigError> {
        self.table.finish()?;
        Ok(self.printed)
    }
}
