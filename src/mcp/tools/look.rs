//! What a client shows: as a picture, and as items.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::{CallToolResult, ContentBlock};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::client;
use super::{Effect, Entry, Here, Outcome, told, tool};
use crate::live::remote::{Answer, Command, Picture, Wanted};
use crate::mcp::speaker::Trouble;

/// The width of a picture, unless it is said.
const WIDTH: u32 = 1024;

/// Levels of items and items that are told of, unless it is said.
const DEPTH: u32 = 20;
const ITEMS: u32 = 200;

pub(super) fn tools() -> Vec<Entry> {
    vec![
        tool(
            "get_picture",
            Effect::None,
            "Returns a picture of what a client shows now, popups included, and tells its size in \
             the client's pixels, in which places are given to click, drag and scroll.",
            picture,
        ),
        tool(
            "read_items",
            Effect::None,
            "Reads the items that a client shows, as a tree: type, objectName, place and size in \
             the client's pixels, and what they have of text, title, placeholderText, checked, \
             value, currentIndex, count, contentX, contentY, color, source, state and the like. \
             enabled and visible are told where false, focus where true, outside where an item is \
             outside of the window, left_out where inner items were left out. With find, only the \
             items that are called so or show that text.",
            items,
        ),
    ]
}

/// Whose picture.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Looking {
    /// The client, as list_clients names it; not needed if there is only one
    client: Option<String>,
    /// How wide the picture may be, in pixels, 16 to 2048 [default: 1024]
    width: Option<u32>,
}

async fn picture(here: Arc<Here>, looking: Looking) -> Outcome {
    let width = looking.width.unwrap_or(WIDTH);
    let checked = (Command::Picture { width }).check();
    checked.map_err(|wrong| Trouble::new(wrong.to_string(), "give another width"))?;
    let client = here.client(looking.client.as_deref()).await?;
    let answer = client.line.picture(width).await;
    let answer = answer.map_err(|busy| Trouble::new(busy.to_string(), "try again in a moment"))?;
    match answer.as_deref() {
        Some(Answer::Picture(picture)) => Ok(shown(&here, &client, picture)),
        Some(Answer::Failed(why)) => Err(Trouble::new(
            format!("{} sent no picture: {why}", client::described(&client)),
            "see that its window is visible, and read_problems",
        )),
        None => Err(client::silent(&client)),
    }
}

fn shown(here: &Here, client: &crate::live::Client, picture: &Picture) -> CallToolResult {
    let snapshot = here.tree.store().newest();
    let size = imagesize::blob_size(&picture.bytes).ok();
    let about = json!({
        "client": client::name_of(client),
        "document": client.document,
        "shows_newest_state": client.shows(&snapshot),
        "width": picture.width,
        "height": picture.height,
        "picture_width": size.map(|size| size.width),
        "picture_height": size.map(|size| size.height),
    });
    let mut result = CallToolResult::structured(about);
    let data = BASE64_STANDARD.encode(&picture.bytes);
    let image = ContentBlock::image(data, picture.media_type);
    result.content.insert(0, image);
    result
}

/// Which items.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reading {
    /// The client, as list_clients names it; not needed if there is only one
    client: Option<String>,
    /// Only items with this objectName, or this text, title or label; if none has just that, those
    /// that have it in their text
    find: Option<String>,
    /// How many levels to go down, 0 to 100 [default: 20]
    depth: Option<u32>,
    /// How many items to tell of, 1 to 1000; what is deepest is left out first [default: 200]
    most: Option<u32>,
    /// Whether to tell of items that are not visible, too, and of what controls are made of
    #[serde(default)]
    hidden: bool,
}

async fn items(here: Arc<Here>, reading: Reading) -> Outcome {
    let wanted = Wanted {
        depth: reading.depth.unwrap_or(DEPTH),
        most: reading.most.unwrap_or(ITEMS),
        hidden: reading.hidden,
        find: reading.find,
    };
    let command = Command::Items {
        id: 0,
        wanted: wanted.clone(),
    };
    let checked = command.check();
    checked.map_err(|wrong| Trouble::new(wrong.to_string(), "ask for less"))?;
    let client = here.client(reading.client.as_deref()).await?;
    let items = client::items(&client, wanted).await?;
    let snapshot = here.tree.store().newest();
    told(&json!({
        "client": client::name_of(&client),
        "document": client.document,
        "shows_newest_state": client.shows(&snapshot),
        "width": items.width,
        "height": items.height,
        "left_out": items.left_out,
        "items": items.items,
    }))
}
