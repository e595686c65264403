//! The tools: for each its name, what a model is told of it, what it takes, and what it does.

mod client;
mod control;
mod edit;
mod input;
mod look;
mod place;
mod state;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::web::Data;
use futures_util::future::BoxFuture;
use rmcp::handler::server::tool::schema_for_input;
use rmcp::model::{CallToolResult, JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::speaker::{Called, Trouble};
use crate::live::Live;
use crate::page::Page;
use crate::tree::Tree;

/// What the tools work on.
pub(crate) struct Here {
    pub(super) tree: Arc<Tree>,
    pub(super) live: Data<Live>,
    pub(super) page: Data<Page>,
}

/// What comes of a call.
type Outcome = Result<CallToolResult, Trouble>;

/// A tool with what it does.
struct Entry {
    tool: Tool,
    run: Box<dyn Fn(Arc<Here>, JsonObject) -> BoxFuture<'static, Outcome> + Send + Sync>,
}

/// Whether a tool changes anything.
#[derive(Clone, Copy, PartialEq)]
enum Effect {
    /// It only looks.
    None,
    /// It does something in clients.
    Some,
}

static ALL: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut all = Vec::new();
    all.extend(edit::tools());
    all.extend(state::tools());
    all.extend(look::tools());
    all.extend(input::tools());
    all.extend(control::tools());
    all
});

/// All tools, as they are told of.
pub(super) fn list() -> Vec<Tool> {
    ALL.iter().map(|entry| entry.tool.clone()).collect()
}

impl Called for Here {
    async fn call(self: Arc<Self>, name: String, arguments: JsonObject) -> CallToolResult {
        let Some(entry) = ALL.iter().find(|entry| entry.tool.name == name) else {
            return Trouble::new(format!("there is no tool {name:?}"), "list the tools").into();
        };
        let outcome = (entry.run)(self, arguments).await;
        outcome.unwrap_or_else(CallToolResult::from)
    }
}

/// A tool whose arguments are an `A`. `description` is for a model that has never heard of it.
fn tool<A, F>(
    name: &'static str,
    effect: Effect,
    description: &'static str,
    run: fn(Arc<Here>, A) -> F,
) -> Entry
where
    A: DeserializeOwned + JsonSchema + 'static,
    F: Future<Output = Outcome> + Send + 'static,
{
    // A struct always has a schema; a tool without one would still be called by its description.
    let schema = schema_for_input::<A>().unwrap_or_default();
    let annotations = ToolAnnotations::new()
        .read_only(effect == Effect::None)
        .destructive(false)
        .open_world(false);
    let run = move |here, arguments: JsonObject| -> BoxFuture<'static, Outcome> {
        match serde_json::from_value::<A>(Value::Object(arguments)) {
            Ok(arguments) => Box::pin(run(here, arguments)),
            Err(error) => {
                let message = format!("the arguments of {name} are not understood ({error})");
                let trouble = Trouble::new(message, "see its input schema");
                Box::pin(async move { Err(trouble) })
            }
        }
    };
    Entry {
        tool: Tool::new(name, description, schema).with_annotations(annotations),
        run: Box::new(run),
    }
}

/// A result as JSON.
fn told(result: &impl Serialize) -> Outcome {
    match serde_json::to_value(result) {
        Ok(value) => Ok(CallToolResult::structured(value)),
        Err(error) => Err(Trouble::new(
            format!("the answer cannot be written: {error}"),
            "this is a fault of qmlserve itself",
        )),
    }
}

/// The arguments of a tool that takes none.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// How long a tool that waits may wait, in seconds.
#[derive(Debug, Clone, Copy, serde::Deserialize, JsonSchema)]
#[serde(transparent)]
struct Seconds(#[schemars(range(min = 0.0, max = 60.0))] f64);

impl Seconds {
    fn duration(self) -> Result<Duration, Trouble> {
        if !(0.0..=60.0).contains(&self.0) {
            let message = format!("{} is no time to wait", self.0);
            return Err(Trouble::new(message, "give 0 to 60 seconds"));
        }
        Ok(Duration::from_secs_f64(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a model reads at first: all of it is there, and every argument is explained.
    #[test]
    fn every_tool_and_every_argument_is_described() {
        let tools = list();
        assert!(tools.len() > 10);
        for tool in &tools {
            let description = tool.description.as_deref().unwrap_or_default();
            assert!(description.len() > 40, "{}", tool.name);
            assert_eq!(tool.input_schema["type"], "object", "{}", tool.name);
            let none = serde_json::Map::new();
            let properties = tool.input_schema.get("properties");
            let properties = properties.and_then(Value::as_object).unwrap_or(&none);
            for (name, schema) in properties {
                assert!(
                    schema["description"].is_string(),
                    "{}: {name}: {schema}",
                    tool.name
                );
            }
        }
        let mut names: Vec<_> = tools.iter().map(|tool| &tool.name).collect();
        names.dedup();
        assert_eq!(names.len(), tools.len());
    }
}
