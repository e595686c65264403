//! Access lists and members of groups over HTTP.

use actix_web::http::Method;
use actix_web::web::Payload;
use serde_json::Value;

use super::Incoming;
use crate::services::enginio::access::{self, Grants, How};
use crate::services::enginio::accounts;
use crate::services::enginio::asked::Asked;
use crate::services::enginio::error::Refusal;
use crate::services::enginio::object::json_object;
use crate::services::enginio::rights::Fields;

impl Incoming<'_> {
    /// What is removed may stand in the query: QML sends no body with DELETE.
    async fn sent(&self, name: &str, example: &str, payload: Payload) -> Result<Fields, Refusal> {
        match self.parameters.json(name, example)? {
            Some(Value::Object(fields)) => Ok(fields),
            Some(_) => Err(Refusal::bad(format!(
                "{name} is no object; write {name}={example}"
            ))),
            None => json_object(&self.body(payload).await?),
        }
    }

    pub(super) async fn change_access(
        &self,
        kind: String,
        id: String,
        method: &Method,
        payload: Payload,
    ) -> Result<Value, Refusal> {
        let how = match *method {
            Method::POST => How::Set,
            Method::PUT => How::Add,
            _ => How::Remove,
        };
        let example = r#"{"read":[{"id":"*","objectType":"aclSubject"}]}"#;
        let grants = Grants::parse(&self.sent("acl", example, payload).await?)?;
        let write =
            async move |asked: &Asked<'_>| access::change(asked, &kind, &id, grants, how).await;
        self.write(write).await
    }

    pub(super) async fn change_members(
        &self,
        id: String,
        user: Option<String>,
        method: &Method,
        payload: Payload,
    ) -> Result<Value, Refusal> {
        let named = user.or_else(|| self.parameters.get("id").map(str::to_owned));
        let user = match named {
            Some(user) => user,
            None => {
                let body = self.body(payload).await?;
                let fields = json_object(&body)?;
                let user = fields.get("id").and_then(Value::as_str).map(str::to_owned);
                user.ok_or_else(|| {
                    Refusal::bad(r#"say who: {"id": USER, "objectType": "users"}, or ?id=USER"#)
                })?
            }
        };
        if *method == Method::POST {
            return self
                .write(async move |asked| accounts::add(asked, &id, &user).await)
                .await;
        }
        self.write(async move |asked| accounts::leave(asked, &id, &user).await)
            .await
    }
}
