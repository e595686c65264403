//! What other parts of the server do with collections, by name and without HTTP, under the same
//! rules.

use super::Collections;
use super::error::Refusal;
use super::http::writable;
use super::object::Object;
use super::query::Query;

/// What to do with a collection. Objects are JSON.
#[derive(Debug)]
pub(crate) enum Call {
    /// Its objects, by a query as it stands in a URL.
    List(String),
    /// The object of this key.
    Get(String),
    /// Keeps a new object.
    Create(String),
    /// Puts these fields in the place of those of the object of this key; the others stay.
    Update(String, String),
    /// Removes the object of this key.
    Remove(String),
}

impl Collections {
    /// Does it, and says what came of it as JSON: a list, the object, or `true`.
    ///
    /// # Errors
    /// What HTTP would have refused, too.
    pub(crate) async fn call(&self, name: &str, call: Call) -> Result<String, Refusal> {
        let named = |key: &str| Refusal::Unknown {
            collection: name.to_owned(),
            key: key.to_owned(),
        };
        let found = self.all.iter().find(|collection| collection.name == name);
        let collection = found.ok_or_else(|| named(""))?;
        collection.is_ready()?;
        if collection.faults.strike().await {
            let collection = collection.name.clone();
            return Err(Refusal::OnPurpose { collection });
        }
        if !matches!(call, Call::List(_) | Call::Get(_)) {
            writable(collection)?;
        }
        if let Call::Get(key) | Call::Update(key, _) | Call::Remove(key) = &call
            && key.contains('\0')
        {
            // The key of nothing, and no value for a database.
            return Err(named(key));
        }
        let limit = collection.max_body;
        let given = |text: &str| match text.len() as u64 > limit {
            true => Err(Refusal::TooLarge { limit }),
            false => Object::parse(text.as_bytes()),
        };
        Ok(match call {
            Call::List(query) => {
                let query = Query::parse(&query)?.bounded(&collection.key)?;
                let page = collection.list(query).await?;
                format!("[{}]", page.objects.join(","))
            }
            Call::Get(key) => collection.get(&key, &[]).await?,
            Call::Create(object) => collection.create(given(&object)?).await?.1.to_json(),
            Call::Update(key, fields) => {
                let fields = given(&fields)?;
                let change = move |old: &Object| Ok(old.updated(&fields));
                collection.update(&key, change).await?.to_json()
            }
            Call::Remove(key) => {
                collection.delete(&key).await?;
                "true".to_owned()
            }
        })
    }
}
