//! `$near`: places by their distance from another one.

use serde_json::Value;

use super::condition::Parser;
use super::{Place, Refusal};
use crate::database::earth::Position;

/// The property is a place, no further away than so many metres.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::services::enginio) struct Near {
    pub(super) place: Place,
    pub(super) from: Position,
    /// In metres; any distance, if there is none.
    pub(super) most: Option<f64>,
}

impl Near {
    /// The value of `$near`, and that of `$maxDistance` beside it.
    pub(super) fn parse(
        place: Place,
        value: &Value,
        most: Option<&Value>,
    ) -> Result<Self, Refusal> {
        let from = position(value).ok_or_else(|| {
            Refusal::bad(
                "$near needs a place: [longitude, latitude] in degrees, from -180 to 180 and from \
                 -90 to 90, as in {\"place\": {\"$near\": [24.94, 60.17], \"$maxDistance\": 5000}}",
            )
        })?;
        let within = || value.as_object()?.get("$maxDistance");
        let most = most.or_else(within).map(|most| {
            let most = most
                .as_f64()
                .filter(|most| most.is_finite() && *most >= 0.0);
            most.ok_or_else(|| {
                Refusal::bad("$maxDistance is a distance in metres: a number from 0")
            })
        });
        Ok(Self {
            place,
            from,
            most: most.transpose()?,
        })
    }

    /// The value of `near` in a search: a property with its `$near`.
    pub(super) fn of_search(value: &Value) -> Result<Self, Refusal> {
        let wrong = || {
            Refusal::bad(
                "near needs one property with a place, as in \
                 {\"place\": {\"$near\": [24.94, 60.17], \"$maxDistance\": 5000}}",
            )
        };
        let fields = value.as_object().filter(|fields| fields.len() == 1);
        let (name, value) = fields.and_then(|f| f.iter().next()).ok_or_else(wrong)?;
        let condition = match value.get("$near") {
            Some(_) => serde_json::json!({name: value}),
            None => serde_json::json!({name: {"$near": value}}),
        };
        let mut parser = Parser::default();
        parser.object(&condition, 1)?;
        parser.near.ok_or_else(wrong)
    }
}

/// A place as clients write it: as it is kept, typed as it is sent, or as GeoJSON.
fn position(value: &Value) -> Option<Position> {
    let geometry = value.get("$geometry").and_then(|of| of.get("coordinates"));
    let pair = value.get("$value").or(geometry);
    match pair {
        Some(pair) => Position::of(pair).filter(|_| pair.is_array()),
        None => Position::of(value),
    }
}
