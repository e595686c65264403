//! One value in force and where it came from; the layers that it is picked from; the table that
//! makes a setting out of one line.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::file::Table;
use super::value::Value;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The config file.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
    },
    /// The environment variable of this name.
    Env(&'static str),
    /// The flag of this name.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File { path, line } => write!(out, "from {}:{line}", path.display()),
            Self::Env(name) | Self::Flag(name) => write!(out, "from {name}"),
        }
    }
}

/// A value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// What a setting is called in each layer.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// Its key in the file.
    pub key: &'static str,
    /// Its flag, as a person types it.
    pub flag: &'static str,
    /// Its variables; the first that is set counts.
    pub env: &'static [&'static str],
}

/// The first of the setting's variables that is set; an empty one is not.
pub(super) fn variable(
    env: &dyn Fn(&str) -> Option<String>,
    names: &Names,
) -> Option<(&'static str, String)> {
    let set = |name: &&'static str| env(name).map(|text| (*name, text));
    let mut set = names.env.iter().filter_map(set);
    set.find(|(_, text)| !text.is_empty())
}

/// The layers under the flags.
pub(super) struct Layers<'a> {
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    /// The file's table, and the folder that its relative paths start from.
    pub(super) file: Option<(Table<'a>, PathBuf)>,
    pub(super) cwd: &'a Path,
}

impl Layers<'_> {
    /// The value of the highest layer that has one.
    ///
    /// The file's value is checked even where a higher layer decides: the mistake would otherwise
    /// wait for the day on which the flag is left out.
    pub(super) fn pick<T: Value>(
        &mut self,
        names: &Names,
        flag: Option<T>,
        default: impl FnOnce(&Path) -> T,
    ) -> Result<Setting<T>, ConfigError> {
        let in_file = match &mut self.file {
            Some((table, folder)) => table
                .value(names.key)?
                .map(|(value, source): (T, _)| (value.resolve(folder), source)),
            None => None,
        };
        let (value, source) = if let Some(value) = flag {
            (value.resolve(self.cwd), Source::Flag(names.flag))
        } else if let Some((name, text)) = variable(self.env, names) {
            let source = Source::Env(name);
            match T::parse(&text) {
                Some(value) => (value.resolve(self.cwd), source),
                None => {
                    let given = format!("{text:?}");
                    return Err(ConfigError::value(source, names.key, &given, T::expected()));
                }
            }
        } else if let Some(found) = in_file {
            found
        } else {
            (default(self.cwd), Source::Default)
        };
        Ok(Setting { value, source })
    }
}

/// A line of TOML that sets the value, or a comment where only leaving it out says it, and behind
/// it where the value came from.
pub(super) fn line<T: Value>(key: &str, setting: &Setting<T>, folder: &Path) -> String {
    let source = comment(&setting.source);
    match setting.value.write(folder) {
        Some(value) => format!("{key} = {value}  # {source}\n"),
        None => format!("# {key}: {}  # {source}\n", T::UNSET),
    }
}

/// Text fit for a comment of TOML, which may hold no control characters.
pub(super) fn comment(text: &impl fmt::Display) -> String {
    let text = text.to_string();
    text.replace(|c: char| c.is_control(), "\u{fffd}")
}

/// Declares the settings: a line for each makes its field in `Config` and in `Flags`, its entry in
/// `NAMES`, its reading and its printing.
macro_rules! settings {
    ($(
        $(#[$doc:meta])+
        $name:ident: $type:ty, $flag:literal, [$($env:literal),+], $default:expr;
    )+) => {
        /// What is in force.
        #[derive(Clone, Debug)]
        pub struct Config {
            /// The config file that was read, if any.
            pub file: Option<Setting<PathBuf>>,
            /// The sections of the hub.
            pub websockets: WebSockets,
            $($(#[$doc])+ pub $name: Setting<$type>,)+
            /// The collections that are declared.
            pub collections: Vec<CollectionConfig>,
        }

        /// What the command line says; nothing where it is silent.
        #[derive(Clone, Debug, Default)]
        pub struct Flags {
            /// The config file to read.
            pub config: Option<PathBuf>,
            $($(#[$doc])+ pub $name: Option<$type>,)+
        }

        /// What each setting is called in each layer, in the order of `--print-config`.
        pub const NAMES: &[Names] = &[
            $(Names { key: stringify!($name), flag: $flag, env: &[$($env),+] },)+
        ];

        impl Config {
            fn pick(
                layers: &mut Layers<'_>,
                flags: Flags,
                file: Option<Setting<PathBuf>>,
            ) -> Result<Self, ConfigError> {
                Ok(Self {
                    file,
                    websockets: WebSockets::default(),
                    $($name: {
                        const NAMES: Names = Names {
                            key: stringify!($name),
                            flag: $flag,
                            env: &[$($env),+],
                        };
                        layers.pick(&NAMES, flags.$name, $default)?
                    },)+
                    collections: Vec::new(),
                })
            }

            fn lines(&self, folder: &Path) -> String {
                [$(line(stringify!($name), &self.$name, folder),)+].concat()
            }
        }
    };
}
pub(super) use settings;
