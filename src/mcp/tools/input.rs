//! Using what a client shows: clicks, drags, the wheel, text and keys, played as a person's.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::place::{Place, Point};
use super::{Effect, Entry, Here, Outcome, client, told, tool};
use crate::live::Client;
use crate::live::remote::{Command, Key, Step};
use crate::mcp::speaker::Trouble;

/// Moves of one drag, and the time between two: what a flick's speed is reckoned from.
const MOVES: u32 = 12;
const BETWEEN: Duration = Duration::from_millis(16);

/// What a wheel turns by one notch, in eighths of a degree (`QWheelEvent::angleDelta`).
const NOTCH: i32 = 120;

/// The most notches of one turn.
const NOTCHES: i32 = 100;

/// `Qt::NoModifier`.
const NO_MODIFIER: u32 = 0;

pub(super) fn tools() -> Vec<Entry> {
    vec![
        tool(
            "click",
            Effect::Some,
            "Clicks in what a client shows, at a point or in the middle of an item, as a person \
             would, and returns when the program has had it. See get_picture or read_items for \
             what came of it.",
            click,
        ),
        tool(
            "drag",
            Effect::Some,
            "Presses the left button at one place, moves to another in about a fifth of a second, \
             and releases there: moves a slider, flicks a list, drags an item.",
            drag,
        ),
        tool(
            "scroll",
            Effect::Some,
            "Turns the wheel over a place, by notches: scrolls a list or a page.",
            scroll,
        ),
        tool(
            "type_text",
            Effect::Some,
            "Types text, and then presses keys, where the focus is; with item, that is clicked \
             first, to give it the focus. Text is added at the cursor: to replace what is there, \
             press Ctrl+A first, by a call with keys alone.",
            type_text,
        ),
    ]
}

/// A button of the mouse.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Button {
    #[default]
    Left,
    Right,
    Middle,
}

/// A click.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Click {
    /// The client, as list_clients names it; not needed if there is only one
    client: Option<String>,
    /// Pixels from the left of what the client shows; with y
    x: Option<f64>,
    /// Pixels from its top; with x
    y: Option<f64>,
    /// Instead of x and y: an item's objectName, or the text, title or label that it shows
    item: Option<String>,
    /// Which button [default: left]
    #[serde(default)]
    #[schemars(with = "Option<Button>")]
    button: Button,
    /// Whether to click twice, as a double click
    #[serde(default)]
    double: bool,
}

async fn click(here: Arc<Here>, click: Click) -> Outcome {
    let client = here.client(click.client.as_deref()).await?;
    client::playing(&client).await?;
    let (x, y, item) = (click.x, click.y, click.item);
    let at = Place { x, y, item }.find(&client).await?;
    play(&client, clicks(&at, click.button, click.double)).await?;
    told(&json!({"client": client::name_of(&client), "clicked": at}))
}

fn clicks(at: &Point, button: Button, is_double: bool) -> Vec<Step> {
    let (x, y) = (at.x, at.y);
    // `Qt::MouseButton`.
    let button = match button {
        Button::Left => 1,
        Button::Right => 2,
        Button::Middle => 4,
    };
    let modifiers = NO_MODIFIER;
    let release = Step::Release {
        x,
        y,
        button,
        modifiers,
    };
    let mut steps = vec![
        Step::Press {
            x,
            y,
            button,
            modifiers,
        },
        release.clone(),
    ];
    if is_double {
        steps.push(Step::Double {
            x,
            y,
            button,
            modifiers,
        });
        steps.push(release);
    }
    steps
}

/// A drag.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Drag {
    /// The client, as list_clients names it; not needed if there is only one
    client: Option<String>,
    /// Where the button goes down
    from: Place,
    /// Where it goes up
    to: Place,
}

async fn drag(here: Arc<Here>, drag: Drag) -> Outcome {
    let client = here.client(drag.client.as_deref()).await?;
    client::playing(&client).await?;
    let from = drag.from.find(&client).await?;
    let to = drag.to.find(&client).await?;
    let (button, modifiers) = (1, NO_MODIFIER);
    let (x, y) = (from.x, from.y);
    send(
        &client,
        vec![Step::Press {
            x,
            y,
            button,
            modifiers,
        }],
    )?;
    for number in 1..=MOVES {
        tokio::time::sleep(BETWEEN).await;
        let part = f64::from(number) / f64::from(MOVES);
        let (x, y) = (x + part * (to.x - x), y + part * (to.y - y));
        let buttons = button;
        // A button that stays down is worse than a drag that jumps.
        let _ = send(
            &client,
            vec![Step::Move {
                x,
                y,
                buttons,
                modifiers,
            }],
        );
    }
    tokio::time::sleep(BETWEEN).await;
    let (x, y) = (to.x, to.y);
    play(
        &client,
        vec![Step::Release {
            x,
            y,
            button,
            modifiers,
        }],
    )
    .await?;
    told(&json!({"client": client::name_of(&client), "from": from, "to": to}))
}

/// A turn of the wheel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Scroll {
    /// The client, as list_clients names it; not needed if there is only one
    client: Option<String>,
    /// Pixels from the left of what the client shows; with y
    x: Option<f64>,
    /// Pixels from its top; with x
    y: Option<f64>,
    /// Instead of x and y: an item's objectName, or the text, title or label that it shows
    item: Option<String>,
    /// Notches towards what lies below; up if negative
    #[serde(default)]
    down: i32,
    /// Notches towards what lies to the right; to the left if negative
    #[serde(default)]
    right: i32,
}

async fn scroll(here: Arc<Here>, scroll: Scroll) -> Outcome {
    let is_turn = |notches: i32| notches.unsigned_abs() <= NOTCHES.unsigned_abs();
    if !is_turn(scroll.down) || !is_turn(scroll.right) || (scroll.down, scroll.right) == (0, 0) {
        let hint = format!("give down or right, each up to {NOTCHES} notches in size");
        return Err(Trouble::new(
            "this turns the wheel too far or not at all",
            hint,
        ));
    }
    let client = here.client(scroll.client.as_deref()).await?;
    client::playing(&client).await?;
    let (x, y, item) = (scroll.x, scroll.y, scroll.item);
    let at = Place { x, y, item }.find(&client).await?;
    let wheel = Step::Wheel {
        x: at.x,
        y: at.y,
        dx: -scroll.right * NOTCH,
        dy: -scroll.down * NOTCH,
        modifiers: NO_MODIFIER,
    };
    play(&client, vec![wheel]).await?;
    told(&json!({"client": client::name_of(&client), "scrolled": at}))
}

/// Text and keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Typing {
    /// The client, as list_clients names it; not needed if there is only one
    client: Option<String>,
    /// The item to click first: its objectName, or the text, title or label that it shows
    item: Option<String>,
    /// The text, up to 1000 characters
    text: Option<String>,
    /// Keys to press after the text, as in ["Ctrl+A", "Backspace"]: Enter, Escape, Tab, Backspace,
    /// Delete, Home, End, PageUp, PageDown, Left, Right, Up, Down, Space, F1 to F12, or a character;
    /// before it Ctrl+, Shift+, Alt+ or Meta+
    #[serde(default)]
    keys: Vec<String>,
}

async fn type_text(here: Arc<Here>, typing: Typing) -> Outcome {
    let mut steps = Vec::new();
    steps.extend(typing.text.clone().map(|text| Step::Text { text }));
    for name in &typing.keys {
        let Some(Key { key, modifiers }) = Key::named(name) else {
            let hint =
                "name keys as in Enter, Escape, Tab, Ctrl+A, Shift+Left, F5; text goes into text";
            return Err(Trouble::new(format!("there is no key {name:?}"), hint));
        };
        steps.push(Step::Key { key, modifiers });
    }
    if steps.is_empty() {
        let hint = "give text, keys, or both";
        return Err(Trouble::new("there is nothing to type", hint));
    }
    let client = here.client(typing.client.as_deref()).await?;
    client::playing(&client).await?;
    let mut at = None;
    if typing.item.is_some() {
        let place = Place {
            item: typing.item,
            ..Place::default()
        };
        let point = place.find(&client).await?;
        send(&client, clicks(&point, Button::Left, false))?;
        at = Some(point);
    }
    play(&client, steps).await?;
    told(&json!({"client": client::name_of(&client), "typed": true, "clicked": at}))
}

fn send(client: &Client, steps: Vec<Step>) -> Result<(), Trouble> {
    client::send(client, &Command::Input { steps })
}

/// Plays steps, and waits until the program has had them.
async fn play(client: &Client, steps: Vec<Step>) -> Result<(), Trouble> {
    send(client, steps)?;
    client::settled(client).await?;
    Ok(())
}
