//! Distances on the earth, which is a sphere here: so poles and the date line are places like any
//! other. They are up to 0.6 % from those on the ellipsoid.

use serde_json::Value;

use super::sql::{Builder, Dialect, Param};

/// The mean radius of the earth, in metres (IUGG).
const RADIUS: f64 = 6_371_008.8;

/// A place, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Position {
    longitude: f64,
    latitude: f64,
}

impl Position {
    /// The place, if it is one: −180 to 180 and −90 to 90.
    pub(crate) fn new(longitude: f64, latitude: f64) -> Option<Self> {
        let fits = longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
        fits.then_some(Self {
            longitude,
            latitude,
        })
    }

    /// The place that a value is: `[longitude, latitude]`, or an object with both by name.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let (longitude, latitude) = match value {
            Value::Array(pair) => match pair.as_slice() {
                [longitude, latitude] => (longitude, latitude),
                _ => return None,
            },
            value => (value.get("longitude")?, value.get("latitude")?),
        };
        Self::new(longitude.as_f64()?, latitude.as_f64()?)
    }

    /// How far it is to another place, in metres along the surface (haversine, which is as good for
    /// near places as for far ones).
    pub(crate) fn metres_to(self, other: Self) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let along = half(self.longitude, other.longitude);
        let cosines = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let chord = half(self.latitude, other.latitude) + cosines * along;
        2.0 * RADIUS * chord.sqrt().min(1.0).asin()
    }
}

/// How far the property at this path of an object is from `from`, in metres: NULL where it is no
/// place ([`Position::of`]).
pub(crate) fn distance(builder: &mut Builder, path: &[String], from: Position) -> String {
    let from_longitude = number(builder, from.longitude);
    let from_latitude = number(builder, from.latitude);
    let place = builder.bind(Param::Path(path.to_vec()));
    if builder.dialect() == Dialect::Sqlite {
        return format!("metres(doc -> {place}, {from_longitude}, {from_latitude})");
    }
    // Beyond these there is no cast. Nobody measures in more digits.
    let mut degrees = |index: u8, name: &str, most: u8| {
        let mut inner = path.to_vec();
        inner.push(name.to_owned());
        let by_name = builder.field(&inner).number;
        let coordinate = format!(
            "(CASE jsonb_typeof(doc #> {place}) WHEN 'object' THEN {by_name} WHEN 'array' THEN \
             CASE WHEN jsonb_array_length(doc #> {place}) = 2 \
             AND jsonb_typeof(doc #> {place} -> {index}) = 'number' \
             THEN (doc #> {place} ->> {index})::numeric END END)"
        );
        format!(
            "(CASE WHEN {coordinate} BETWEEN -{most} AND {most} \
             THEN round({coordinate}, 15)::float8 END)"
        )
    };
    let (longitude, latitude) = (degrees(0, "longitude", 180), degrees(1, "latitude", 90));
    // No more than 1 whatever rounding does; least() would take NULL for 1.
    format!(
        "(2 * {RADIUS} * asin(1 - abs(1 - sqrt(\
         power(sin(radians({latitude} - {from_latitude}::float8) / 2), 2) + \
         cos(radians({from_latitude}::float8)) * cos(radians({latitude})) * \
         power(sin(radians({longitude} - {from_longitude}::float8) / 2), 2)))))"
    )
}

/// A number as a value.
pub(crate) fn number(builder: &mut Builder, number: f64) -> String {
    builder.bind(Param::Number(number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let at = |longitude, latitude| Position::new(longitude, latitude).unwrap();
        let quarter = RADIUS * std::f64::consts::FRAC_PI_2;
        for (from, to, metres) in [
            (at(0.0, 0.0), at(0.0, 0.0), 0.0),
            (at(0.0, 0.0), at(90.0, 0.0), quarter),
            (at(0.0, 0.0), at(180.0, 0.0), 2.0 * quarter),
            // The pole is one place, whatever its longitude.
            (at(17.0, 90.0), at(-120.0, 90.0), 0.0),
            (at(0.0, 89.0), at(180.0, 89.0), quarter / 45.0),
            // Across the date line.
            (at(179.5, 0.0), at(-179.5, 0.0), quarter / 90.0),
            (at(180.0, 10.0), at(-180.0, 10.0), 0.0),
            // Helsinki and Oslo.
            (at(24.9384, 60.1699), at(10.7522, 59.9139), 787_000.0),
        ] {
            let found = from.metres_to(to);
            assert!((found - metres).abs() < 1000.0, "{from:?} {to:?}: {found}");
        }
        for (longitude, latitude) in [(180.1, 0.0), (0.0, -90.1), (f64::NAN, 0.0)] {
            assert_eq!(Position::new(longitude, latitude), None);
        }
    }
}
