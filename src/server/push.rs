//! The joint between collections and gateways, which do not know each other:
//! a write to a collection becomes a message to sockets.

use std::sync::Arc;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tracing::warn;

use crate::config::Config;
use crate::services::collections::{Change, Collections, Event};
use crate::services::hub::{self, Hub, PushTarget};

/// Pushes from now on, if some collection of the configuration does.
pub(super) fn start(config: &Config, hub: &Arc<Hub>, collections: &Collections) {
    let targets = targets(config);
    if !targets.is_empty() {
        let hub = Arc::clone(hub);
        actix_web::rt::spawn(follow(hub, targets, collections.subscribe()));
    }
}

/// The collections that push, by name.
fn targets(config: &Config) -> Vec<(String, PushTarget)> {
    let targets = config.collections.iter().filter_map(|collection| {
        let target = PushTarget::parse(collection.push.as_deref()?)?;
        Some((collection.name.clone(), target))
    });
    targets.collect()
}

/// Pushes every change of these collections that comes, until nobody sends any
/// more.
async fn follow(
    hub: Arc<Hub>,
    targets: Vec<(String, PushTarget)>,
    mut changes: Receiver<Arc<Change>>,
) {
    loop {
        let change = match changes.recv().await {
            Ok(change) => change,
            Err(RecvError::Lagged(count)) => {
                warn!("{count} changes were not pushed: there were too many at once");
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        for (_, target) in targets
            .iter()
            .filter(|(name, _)| *name == change.collection)
        {
            hub.push(target, &translated(&change));
        }
    }
}

fn translated(change: &Change) -> hub::Change {
    hub::Change {
        collection: change.collection.clone(),
        event: match change.event {
            Event::Create => "create",
            Event::Update => "update",
            Event::Delete => "delete",
        },
        key: change.key.clone(),
        object: change.object.fields().collect(),
        before: change
            .before
            .as_ref()
            .map(|object| object.fields().collect()),
    }
}
