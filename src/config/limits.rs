//! The section `[limits]`.

use std::time::Duration;

use super::error::ConfigError;
use super::section::Section;
use super::values::{Bounded, Size};
use crate::http::Limits;

/// How many there may be.
type Count = Bounded<1, { u32::MAX }>;

/// `[limits]`.
pub(super) fn limits(top: &mut Section<'_>) -> Result<Limits, ConfigError> {
    top.table("limits", |section| {
        let standard = Limits::default();
        let size = |bytes: u64| Size(usize::try_from(bytes).unwrap_or(usize::MAX));
        let count = |count: u64| Bounded(u32::try_from(count).unwrap_or(u32::MAX));
        let all = "as many as leave 128 of the files that the system allows";
        Ok(Limits {
            memory: section.or("memory", size(standard.memory))?.0 as u64,
            memory_per_address: section
                .or("memory_per_address", size(standard.memory_per_address))?
                .0 as u64,
            connections: section
                .optional::<Count>("connections", all)?
                .map(|count| count.0.into()),
            connections_per_address: section
                .or::<Count>(
                    "connections_per_address",
                    count(standard.connections_per_address),
                )?
                .0
                .into(),
            body: section.or::<Duration>("body", standard.body)?,
            streams: section
                .or::<Count>("streams", count(standard.streams))?
                .0
                .into(),
            streams_per_address: section
                .or::<Count>("streams_per_address", count(standard.streams_per_address))?
                .0
                .into(),
        })
    })
}
