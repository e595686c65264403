//! Arguments by keyword, as CMake's `cmake_parse_arguments` takes them apart.

use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What was given after each keyword.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Keywords {
    /// The options that were given.
    pub(super) options: BTreeSet<String>,
    /// The value of each keyword that takes one.
    pub(super) single: BTreeMap<String, String>,
    /// The values of each keyword that takes several.
    pub(super) multi: BTreeMap<String, Vec<String>>,
    /// What belongs to no keyword.
    pub(super) rest: Vec<String>,
}

impl Keywords {
    /// Takes `arguments` apart.
    pub(super) fn parse<S: AsRef<str>>(
        arguments: &[String],
        options: &[S],
        single: &[S],
        multi: &[S],
    ) -> Self {
        enum To {
            Rest,
            Single(String),
            Multi(String),
        }
        let [options, single, multi] = [options, single, multi].map(|names| {
            let names = names.iter().map(AsRef::as_ref);
            names.collect::<HashSet<&str>>()
        });
        let mut parsed = Self::default();
        let mut to = To::Rest;
        for argument in arguments {
            if options.contains(argument.as_str()) {
                parsed.options.insert(argument.clone());
                to = To::Rest;
            } else if single.contains(argument.as_str()) {
                to = To::Single(argument.clone());
            } else if multi.contains(argument.as_str()) {
                parsed.multi.entry(argument.clone()).or_default();
                to = To::Multi(argument.clone());
            } else {
                match &to {
                    To::Rest => parsed.rest.push(argument.clone()),
                    To::Multi(name) => {
                        let values = parsed.multi.entry(name.clone()).or_default();
                        values.push(argument.clone());
                    }
                    To::Single(name) => {
                        parsed.single.insert(name.clone(), argument.clone());
                        to = To::Rest;
                    }
                }
            }
        }
        parsed
    }

    /// Whether the option was given.
    pub(super) fn has(&self, option: &str) -> bool {
        self.options.contains(option)
    }

    /// The value of a keyword that takes one.
    pub(super) fn one(&self, keyword: &str) -> Option<&str> {
        self.single.get(keyword).map(String::as_str)
    }

    /// The values of a keyword that takes several.
    pub(super) fn all(&self, keyword: &str) -> &[String] {
        self.multi
            .get(keyword)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}
