//! What is said in the protocol: which tools there are, and what came of a call. Who answers the
//! calls is another's matter: this server, or one that is asked.

use std::fmt;
use std::sync::Arc;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities,
    ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};

use super::tools;

/// What a model is told before it calls anything.
const INSTRUCTIONS: &str = "\
qmlserve shows a folder of QML files in Qt clients that are connected to it, and renews them at \
each save. After an edit: wait_until_shown, which also tells what is wrong; then get_picture or \
read_items to see what came of it, and click, drag, scroll or type_text to use it. Places are in \
the client's pixels, from the top left of what it shows. With one client connected, it need not be \
named.";

/// Why a call came to nothing: for a model to read, and to do something about.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Trouble {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.hint)
    }
}

impl From<Trouble> for CallToolResult {
    fn from(trouble: Trouble) -> Self {
        Self::error(vec![ContentBlock::text(trouble.to_string())])
    }
}

/// Who answers calls of tools.
pub(crate) trait Called: Send + Sync + 'static {
    /// What comes of a call of one of the tools.
    fn call(
        self: Arc<Self>,
        name: String,
        arguments: JsonObject,
    ) -> impl Future<Output = CallToolResult> + Send;
}

/// A server of the protocol for one client of it.
pub(crate) struct Speaker<C> {
    called: Arc<C>,
}

impl<C> Speaker<C> {
    /// One whose calls this answers.
    pub(crate) fn new(called: Arc<C>) -> Self {
        Self { called }
    }
}

impl<C: Called> ServerHandler for Speaker<C> {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("qmlserve", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::list()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.into_owned();
        if !tools::list().iter().any(|tool| tool.name == name) {
            let known: Vec<_> = tools::list().into_iter().map(|tool| tool.name).collect();
            let message = format!(
                "there is no tool {name:?}; those that there are: {}",
                known.join(", ")
            );
            return Err(ErrorData::invalid_params(message, None));
        }
        let called = Arc::clone(&self.called);
        let arguments = request.arguments.unwrap_or_default();
        Ok(called.call(name, arguments).await.into())
    }
}
