//! `qmlserve mcp`: the Model Context Protocol on standard input and output, for a program that
//! starts its servers itself. It has the tools of a server that runs already (`crate::mcp`), and
//! hands each call on to that: none has to run before the first call, and another may take its
//! place.

mod bridge;
mod find;

use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use rmcp::ServiceExt as _;
use rmcp::transport::stdio;

use crate::config::Config;
use crate::mcp::Speaker;
use bridge::Bridge;
use find::Wanted;

/// What `qmlserve mcp` takes.
#[derive(Args, Clone, Debug)]
pub(super) struct McpArgs {
    /// The server to speak to: the folder that it serves, or the URL that it printed, with the token
    /// if there is one in it [default: the server of the current directory]
    #[arg(value_name = "DIR|URL")]
    pub target: Option<String>,
}

impl McpArgs {
    /// The folder, if it is not a URL.
    pub(super) fn dir(&self) -> Option<&Path> {
        let target = self.target.as_deref();
        target.filter(|target| !is_url(target)).map(Path::new)
    }
}

fn is_url(target: &str) -> bool {
    target.starts_with("http://") || target.starts_with("https://")
}

/// Speaks until standard input ends.
///
/// # Errors
/// It cannot be begun.
pub(super) fn run(config: &Config, args: &McpArgs) -> anyhow::Result<()> {
    let dir = &config.dir.value;
    let wanted = match args.target.as_deref().filter(|target| is_url(target)) {
        Some(url) => Wanted::at(url)?,
        None => Wanted::of(dir),
    };
    let bridge = Bridge::new(wanted, dir);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the system gives no threads")?;
    runtime.block_on(async {
        let speaker = Speaker::new(std::sync::Arc::new(bridge));
        // It fails where who started this went away before it said anything.
        if let Ok(running) = speaker.serve(stdio()).await {
            let _ = running.waiting().await;
        }
    });
    // A call that is under way need not be waited for: nobody reads the answer.
    runtime.shutdown_background();
    Ok(())
}
