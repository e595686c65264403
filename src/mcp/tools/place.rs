//! Where in what a client shows something is done: at a point, or at an item.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client;
use crate::live::Client;
use crate::live::remote::{Told, Wanted};
use crate::mcp::speaker::Trouble;

/// Items of one name that are told of.
const MOST: u32 = 10;

/// A place: either x and y, or an item, whose middle it is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Pixels from the left of what the client shows; with y
    pub x: Option<f64>,
    /// Pixels from its top; with x
    pub y: Option<f64>,
    /// Instead of x and y: an item's objectName, or the text, title or label that it shows
    pub item: Option<String>,
}

/// A point that was found, with the item that it is the middle of, if that was asked for.
#[derive(Debug, Serialize)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Value>,
}

impl Place {
    /// Where that is now.
    pub(super) async fn find(&self, client: &Client) -> Result<Point, Trouble> {
        match (self.x, self.y, &self.item) {
            (Some(x), Some(y), None) => Ok(Point { x, y, item: None }),
            (None, None, Some(name)) => middle(client, name).await,
            _ => Err(Trouble::new(
                "it is not clear where that is",
                "give either x and y, or item",
            )),
        }
    }
}

async fn middle(client: &Client, name: &str) -> Result<Point, Trouble> {
    let wanted = Wanted {
        depth: 0,
        most: MOST,
        hidden: false,
        find: Some(name.to_owned()),
    };
    let told = client::items(client, wanted).await?;
    match told.items.as_slice() {
        [item] => visible_middle(&told, item).ok_or_else(|| {
            Trouble::new(
                format!("{name:?} lies outside of what is shown: {item}"),
                "scroll to it first",
            )
        }),
        [] => Err(Trouble::new(
            format!("no visible item is called {name:?}, nor shows that text"),
            "read_items tells what there is",
        )),
        several => {
            let several: Vec<_> = several.iter().map(Value::to_string).collect();
            Err(Trouble::new(
                format!("several items are called {name:?}, or show that text"),
                format!("give x and y instead; they are {}", several.join(" ")),
            ))
        }
    }
}

/// The middle of what can be seen of an item; none if nothing can.
fn visible_middle(told: &Told, item: &Value) -> Option<Point> {
    let number = |name: &str| item[name].as_f64();
    let middle = |start: f64, length: f64, end: f64| {
        let (from, to) = (start.max(0.0), (start + length).min(end));
        (from < to).then_some(f64::midpoint(from, to))
    };
    Some(Point {
        x: middle(number("x")?, number("width")?, told.width)?,
        y: middle(number("y")?, number("height")?, told.height)?,
        item: Some(item.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_middle_of_what_can_be_seen() {
        let told = Told {
            width: 100.0,
            height: 50.0,
            items: Vec::new(),
            left_out: 0,
        };
        let check = |item: Value, expected: Option<(f64, f64)>| {
            let found = visible_middle(&told, &item).map(|point| (point.x, point.y));
            assert_eq!(found, expected, "{item}");
        };
        let item = |x: i32, y: i32, width: i32, height: i32| json!({"x": x, "y": y, "width": width, "height": height});
        check(item(10, 10, 20, 20), Some((20.0, 20.0)));
        check(item(90, -10, 40, 20), Some((95.0, 5.0)));
        check(item(100, 0, 10, 10), None);
        check(item(10, 10, 0, 10), None);
        check(json!({"x": "10"}), None);
    }
}
