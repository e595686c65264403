//! Declarations of types over HTTP, for whoever has the token of the configuration.

use actix_web::http::Method;
use actix_web::web::Payload;
use serde_json::Value;

use super::Incoming;
use crate::services::enginio::asked::{Asked, Credentials};
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::json_object;
use crate::services::enginio::object_types;

impl Incoming<'_> {
    pub(super) async fn object_types(
        &self,
        name: Option<String>,
        method: &Method,
        payload: Payload,
    ) -> Result<Value, Refusal> {
        if self.credentials != Credentials::Administrator {
            // A token that is none is told so first.
            return self.read(async |_| Err(Refusal::NotAdministrator)).await;
        }
        match (name, method) {
            (None, &Method::GET) => {
                self.read(async |asked| object_types::list(asked).await)
                    .await
            }
            (None, _) => {
                let fields = json_object(&self.body(payload).await?)?;
                let write =
                    async move |asked: &Asked<'_>| object_types::declare(asked, &fields).await;
                self.write(write).await
            }
            (Some(name), &Method::GET) => {
                self.read(async move |asked| object_types::get(asked, &name).await)
                    .await
            }
            (Some(name), &Method::DELETE) => {
                self.write(async move |asked| object_types::remove(asked, &name).await)
                    .await
            }
            (Some(name), _) => {
                let fields = json_object(&self.body(payload).await?)?;
                let write =
                    async move |asked: &Asked<'_>| object_types::change(asked, &name, fields).await;
                self.write(write).await
            }
        }
    }
}
