//! The one error answer: a status, what is wrong, and what to do about it; for a program as JSON,
//! for a person as a page, for a socket as text.

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

use super::page::{escape, page, wants_html};
use super::prefix::prefix;
use super::uncached;

/// What is answered instead of what was asked for.
#[derive(Clone, Debug)]
pub(crate) struct ErrorAnswer {
    status: StatusCode,
    message: String,
    hint: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The JSON of an API that others have defined, in place of our own.
    shape: Option<Value>,
    closes: bool,
}

impl ErrorAnswer {
    /// `message` says what is wrong, `hint` what to do about it. Both are plain text.
    pub(crate) fn new(status: StatusCode, message: impl ToString, hint: impl Into<String>) -> Self {
        Self {
            status,
            message: message.to_string(),
            hint: hint.into(),
            headers: Vec::new(),
            shape: None,
            closes: false,
        }
    }

    /// An answer in the shape of an API that others have defined.
    pub(crate) fn shaped(status: StatusCode, shape: Value) -> Self {
        let mut answer = Self::new(status, "", "");
        answer.shape = Some(shape);
        answer
    }

    /// With a header that goes with the status.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// With a header whose value is made.
    #[must_use]
    pub(crate) fn with_value(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The last answer on its connection: what follows may be no request.
    #[must_use]
    pub(crate) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    /// As a page if a browser asks, and as JSON otherwise.
    pub(crate) fn respond(&self, request: &HttpRequest) -> HttpResponse {
        if self.shape.is_some() || !wants_html(request) {
            return self.to_program();
        }
        let title = self.status.to_string();
        let (message, hint) = (escape(&self.message), escape(&self.hint));
        let root = prefix(request);
        let content = format!("<p>{message}<p>{hint}<p><a href=\"{root}/\">/</a>");
        let mut response = self.head();
        response
            .content_type(ContentType::html())
            .body(page(&title, &content))
    }

    /// As JSON, `{"error": {status, message, hint}}`.
    pub(crate) fn to_program(&self) -> HttpResponse {
        let own = || {
            json!({"error": {
                "status": self.status.as_u16(),
                "message": self.message,
                "hint": self.hint,
            }})
        };
        let body = self.shape.clone().unwrap_or_else(own);
        self.head().json(body)
    }

    /// As text, for what asks for a socket: its logs show a line at best.
    pub(crate) fn to_socket(&self) -> HttpResponse {
        let text = format!("{}; {}\n", self.message, self.hint);
        self.head()
            .content_type(ContentType::plaintext())
            .body(text)
    }

    fn head(&self) -> HttpResponseBuilder {
        let mut response = uncached(self.status);
        for header in &self.headers {
            response.insert_header(header.clone());
        }
        if self.closes {
            response.force_close();
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::http::header;
    use actix_web::test::TestRequest;

    use super::*;

    async fn told(response: HttpResponse) -> (String, String) {
        let header = |name| response.headers().get(name).unwrap().to_str().unwrap();
        let media_type = header(header::CONTENT_TYPE).to_owned();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(header(header::CACHE_CONTROL), "no-store");
        assert_eq!(header(header::ALLOW), "GET");
        let body = to_bytes(response.into_body()).await.unwrap();
        (media_type, String::from_utf8(body.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn each_audience_has_its_shape() {
        let answer = ErrorAnswer::new(StatusCode::NOT_FOUND, "no <a>", "try \"b\"")
            .with_header(header::ALLOW, "GET");
        let program = TestRequest::default().to_http_request();
        let browser = TestRequest::default()
            .insert_header((header::ACCEPT, "text/html,*/*;q=0.8"))
            .to_http_request();

        let json = r#"{"error":{"status":404,"message":"no <a>","hint":"try \"b\""}}"#;
        let expected = ("application/json".to_owned(), json.to_owned());
        assert_eq!(told(answer.respond(&program)).await, expected);
        let (media_type, text) = told(answer.to_socket()).await;
        assert_eq!(media_type, "text/plain; charset=utf-8");
        assert_eq!(text, "no <a>; try \"b\"\n");
        let (media_type, page) = told(answer.respond(&browser)).await;
        assert_eq!(media_type, "text/html; charset=utf-8");
        assert!(
            page.contains("<p>no &lt;a&gt;<p>try &quot;b&quot;<p>"),
            "{page}"
        );

        // Who knows the API knows its shape, with whatever it asks.
        let shaped = ErrorAnswer::shaped(StatusCode::NOT_FOUND, json!({"a": 1}))
            .with_header(header::ALLOW, "GET");
        let expected = ("application/json".to_owned(), r#"{"a":1}"#.to_owned());
        assert_eq!(told(shaped.respond(&browser)).await, expected);
    }
}
