//! One value in force and where it came from, and the table that makes a setting out of one line.

use std::fmt;
use std::path::{Path, PathBuf};

use super::values::Value;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
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
pub(crate) struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

impl<T: Value> Setting<T> {
    /// A line of TOML that sets the value, as a file in `folder` would have it; a comment where
    /// only leaving the key out says it. Behind it where the value came from.
    pub(super) fn line(&self, key: &str, folder: &Path) -> String {
        match self.value.write(folder) {
            Some(value) => format!("{key} = {value}  # {}\n", comment(&self.source)),
            None => silent(key, T::UNSET, &self.source),
        }
    }
}

/// The line of something that no key sets.
pub(super) fn silent(what: &str, meaning: &str, source: &Source) -> String {
    format!("# {what}: {meaning}  # {}\n", comment(source))
}

/// Text fit for a comment of TOML, which may hold no control characters.
pub(super) fn comment(text: &impl fmt::Display) -> String {
    let text = text.to_string();
    text.replace(|c: char| c.is_control(), "\u{fffd}")
}

/// What a setting is called in each layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    /// Its key in the file.
    pub key: &'static str,
    /// Its flag, as a person types it; empty where it has none.
    pub flag: &'static str,
    /// Its variables; the first that is set counts.
    pub env: &'static [&'static str],
}

impl Names {
    /// The first of the variables that is set; an empty one is not.
    pub(super) fn variable(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Option<(&'static str, String)> {
        let set = |name: &&'static str| env(name).map(|text| (*name, text));
        let mut set = self.env.iter().filter_map(set);
        set.find(|(_, text)| !text.is_empty())
    }
}

/// Declares what can be configured. A line under `settings` makes a key of the file's top level:
/// its field in `Config`, in `Flags` where it has a flag, its entry in `NAMES`, its reading and its
/// printing. A line under `sections` makes the field of a table and names what reads it.
macro_rules! config {
    (@flag $flags:ident.$name:ident $flag:literal) => { $flags.$name };
    (@flag $flags:ident.$name:ident) => { None };
    (
        settings {$(
            $(#[$doc:meta])+
            $name:ident: $type:ty, [$($flag:literal)?], [$($env:literal),*], $default:expr;
        )+}
        sections {$(
            $(#[$section_doc:meta])+
            $section:ident: $section_type:ty, $read:path;
        )+}
    ) => {
        /// What is in force.
        #[derive(Clone, Debug)]
        pub(crate) struct Config {
            /// The config file that was read, if any.
            pub file: Option<Setting<PathBuf>>,
            $($(#[$doc])+ pub $name: Setting<$type>,)+
            $($(#[$section_doc])+ pub $section: $section_type,)+
            /// All of it as a config file, with where each value came from.
            printed: String,
        }

        /// What the command line says; nothing where it is silent.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Flags {
            /// The config file to read.
            pub config: Option<PathBuf>,
            $($(#[doc = concat!("What `", $flag, "` says.")] pub $name: Option<$type>,)?)+
        }

        /// What each setting is called in each layer, in the order of `--print-config`.
        pub(crate) const NAMES: &[Names] = &[
            $(Names {
                key: stringify!($name),
                flag: concat!($($flag)?),
                env: &[$($env),*],
            },)+
        ];

        impl Config {
            /// Reads every key and every section. Nothing is left over in the file afterwards.
            fn read(
                mut top: Section<'_>,
                flags: Flags,
                env: &dyn Fn(&str) -> Option<String>,
                file: Option<Setting<PathBuf>>,
            ) -> Result<Self, ConfigError> {
                $(let $name = {
                    const NAMES: Names = Names {
                        key: stringify!($name),
                        flag: concat!($($flag)?),
                        env: &[$($env),*],
                    };
                    let flag: Option<$type> = config!(@flag flags.$name $($flag)?);
                    top.setting(&NAMES, flag, env, $default)?
                };)+
                $(let $section = $read(&mut top)?;)+
                let printed = top.finish()?;
                Ok(Self { file, $($name,)+ $($section,)+ printed })
            }
        }
    };
}
pub(super) use config;
