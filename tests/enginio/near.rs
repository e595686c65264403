//! Places: what is near comes first, beside a model that measures all of them in another way.

use serde_json::{Value, json};

use crate::api::{Api, CONFIG, encoded, on_every_database};
use crate::support::Random;

/// The mean radius of the earth, in metres.
const RADIUS: f64 = 6_371_008.8;

/// What two ways to measure may differ by, in metres.
const TOLERANCE: f64 = 1.0;

/// Longitude and latitude.
type Place = (f64, f64);

/// The angle between two directions, and not the formula of the server.
fn metres(one: Place, other: Place) -> f64 {
    let direction = |(longitude, latitude): Place| {
        let (along, up) = (longitude.to_radians(), latitude.to_radians());
        [up.cos() * along.cos(), up.cos() * along.sin(), up.sin()]
    };
    let (a, b) = (direction(one), direction(other));
    let cross = [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ];
    let length = cross.iter().map(|part| part * part).sum::<f64>().sqrt();
    let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    RADIUS * length.atan2(dot)
}

/// Often at a pole, or at the date line.
fn some_place(random: &mut Random) -> Place {
    let mut part = |most: usize| random.below(most * 2000 + 1) as f64 / 1000.0 - most as f64;
    let (longitude, latitude) = (part(180), part(90));
    match random.below(6) {
        0 => (longitude, if latitude < 0.0 { -90.0 } else { 90.0 }),
        1 => (longitude, 90.0 - latitude.abs() / 100.0),
        2 => (if longitude < 0.0 { -180.0 } else { 180.0 }, latitude),
        3 => (180.0 - longitude.abs() / 100.0, latitude / 100.0),
        4 => (longitude / 100.0 - 178.2, latitude / 100.0),
        _ => (longitude, latitude),
    }
}

/// As clients write it.
fn written(random: &mut Random, (longitude, latitude): Place) -> Value {
    match random.below(3) {
        0 => json!([longitude, latitude]),
        1 => json!({"longitude": longitude, "latitude": latitude}),
        _ => json!({"$type": "geoloc", "$value": [longitude, latitude]}),
    }
}

#[test]
fn what_is_near_comes_first() {
    on_every_database(CONFIG, |server| {
        let mut random = Random::new(7);
        let users = [Api::user(server, "ann"), Api::user(server, "ben")];
        let mut objects: Vec<(String, Place, usize)> = Vec::new();
        for n in 0..120 {
            let (place, user) = (some_place(&mut random), n % 2);
            let body = json!({"place": written(&mut random, place), "word": "milk"});
            let id = users[user].create("/v1/objects/shops", &body);
            objects.push((id, place, user));
        }
        // What is no place is nowhere.
        for wrong in [
            json!("here"),
            json!([1]),
            json!([1, 2, 3]),
            json!(["1", "2"]),
            json!([181, 0]),
            json!([0, -90.1]),
            json!({"longitude": 1}),
            json!({"longitude": 1e300, "latitude": 1e-300}),
            Value::Null,
        ] {
            users[0].create(
                "/v1/objects/shops",
                &json!({"place": wrong, "word": "milk"}),
            );
        }
        for round in 0..60 {
            let (from, user) = (some_place(&mut random), random.below(2));
            let most = match round % 3 {
                0 => None,
                1 => Some(20_015_115.0 * random.below(1000) as f64 / 1000.0),
                _ => Some(200_000.0 * random.below(1000) as f64 / 1000.0),
            };
            let mut near = json!({"$near": written(&mut random, from)});
            if let Some(most) = most {
                near["$maxDistance"] = json!(most);
            }
            let path = match round % 2 {
                0 => format!(
                    "/v1/objects/shops?limit=1000&q={}",
                    encoded(&json!({"place": near}))
                ),
                _ => {
                    let search = json!({"phrase": "milk", "near": {"place": near}});
                    let search = encoded(&search);
                    format!("/v1/search?objectTypes[]=objects.shops&limit=1000&search={search}")
                }
            };
            let found = users[user].list(&path);
            let found: Vec<&str> = found.iter().map(|o| o["id"].as_str().unwrap()).collect();
            let own = objects.iter().filter(|(_, _, of)| *of == user);
            let own: Vec<(&str, f64)> = own
                .map(|(id, place, _)| (id.as_str(), metres(from, *place)))
                .collect();
            for (id, distance) in &own {
                let beyond = most.map_or(-1.0, |most| distance - most);
                if beyond.abs() > TOLERANCE {
                    let is_found = found.contains(id);
                    assert_eq!(
                        is_found,
                        beyond < 0.0,
                        "{distance} m of {most:?} from {from:?}"
                    );
                }
            }
            let distance = |id: &str| {
                let known = own.iter().find(|(known, _)| *known == id);
                known.unwrap_or_else(|| panic!("{id} is found by {path}")).1
            };
            let distances: Vec<f64> = found.iter().map(|id| distance(id)).collect();
            let in_order = distances.windows(2).all(|two| two[0] <= two[1] + TOLERANCE);
            assert!(in_order, "from {from:?}: {distances:?}");
            let (_, counted) = users[user].get(&format!("{path}&count="));
            assert_eq!(counted["count"], found.len());
        }
        // Another order, if one is asked for; and the nearest ones alone.
        let q = encoded(
            &json!({"place": {"$near": {"$geometry": {"type": "Point", "coordinates": [0, 0]}}}}),
        );
        let sort = encoded(&json!([{"sortBy": "createdAt", "direction": "asc"}, {"sortBy": "id"}]));
        let path = format!("/v1/objects/shops?q={q}&limit=1000");
        let sorted = users[0].list(&format!("{path}&sort={sort}"));
        let times: Vec<&str> = sorted
            .iter()
            .map(|o| o["createdAt"].as_str().unwrap())
            .collect();
        assert!(times.is_sorted());
        let first = users[0].list(&format!("/v1/objects/shops?q={q}&limit=2&offset=1"));
        assert_eq!(first, users[0].list(&path)[1..3]);
    });
}
