//! A page in a real browser, driven over the browser's own protocol
//! (<https://chromedevtools.github.io/devtools-protocol/>): what a person does with mouse and
//! keyboard, what the page says, and what it looks like.

use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::browser::Browser;
use crate::client::QtClient;
use crate::output::DEADLINE;

/// A page that is open; closed on drop.
pub struct Tab {
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    next: u64,
    /// What went wrong in the page, as its console says.
    faults: Vec<String>,
    _browser: QtClient,
    _profile: tempfile::TempDir,
}

impl Tab {
    /// Opens a page in a window of this size.
    pub fn open(browser: Browser, url: &str, width: u32, height: u32) -> Self {
        let (mut command, profile) = browser.into_parts();
        command.args(["--remote-debugging-port=0", "about:blank"]);
        let browser = QtClient::start("the browser", command);
        let line = browser.wait_for("DevTools listening on ");
        let (_, address) = line.split_once("ws://").unwrap();
        let (host, _) = address.split_once('/').unwrap();
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://{address}"), stream).unwrap();
        let mut tab = Self {
            socket,
            session: None,
            next: 0,
            faults: Vec::new(),
            _browser: browser,
            _profile: profile,
        };
        let target = tab.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = tab.call("Target.attachToTarget", &attach);
        tab.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab.resize(width, height);
        tab.call("Page.navigate", &json!({"url": url}));
        tab
    }

    /// Gives the window another size; a narrow one is that of a phone.
    pub fn resize(&mut self, width: u32, height: u32) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Whether the person prefers `light` or `dark`.
    pub fn prefer(&mut self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// What an expression comes to in the page; a promise is waited for.
    #[track_caller]
    pub fn eval(&mut self, expression: &str) -> Value {
        let parameters = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
        });
        let answer = self.call("Runtime.evaluate", &parameters);
        let exception = &answer["exceptionDetails"];
        assert!(exception.is_null(), "{expression}: {exception}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true in the page, and returns what it comes to.
    #[track_caller]
    pub fn until(&mut self, expression: &str) -> Value {
        let end = Instant::now() + DEADLINE;
        loop {
            let value = self.eval(expression);
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return value;
            }
            if Instant::now() > end {
                let text = self.eval("document.body.innerText");
                panic!(
                    "in vain: {expression}\n{}\n{:?}",
                    text.as_str().unwrap_or(""),
                    self.faults
                );
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The place of an element in the window, at these parts of its width and height.
    #[track_caller]
    pub fn place_in(&mut self, selector: &str, x: f64, y: f64) -> (f64, f64) {
        let rect = self.until(&format!(
            "(() => {{ const found = document.querySelector({selector:?}); if (!found) return null; \
             found.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
             const rect = found.getBoundingClientRect(); \
             return [rect.left, rect.top, rect.width, rect.height]; }})()"
        ));
        let number = |at: usize| rect[at].as_f64().unwrap();
        (number(0) + x * number(2), number(1) + y * number(3))
    }

    /// Clicks on an element.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let place = self.place_in(selector, 0.5, 0.5);
        self.click_at(place);
    }

    /// Clicks somewhere in the window.
    pub fn click_at(&mut self, place: (f64, f64)) {
        self.mouse("mousePressed", place, 1);
        self.mouse("mouseReleased", place, 0);
    }

    /// One thing that a mouse does, with this many of its buttons down.
    pub fn mouse(&mut self, what: &str, (x, y): (f64, f64), buttons: u32) {
        let button = if what == "mouseMoved" && buttons == 0 {
            "none"
        } else {
            "left"
        };
        let event = json!({
            "type": what, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1,
        });
        self.call("Input.dispatchMouseEvent", &event);
    }

    /// Types text with a keyboard.
    pub fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            let event = |kind: &str| json!({"type": kind, "text": character.to_string(), "key": character.to_string()});
            self.call("Input.dispatchKeyEvent", &event("keyDown"));
            self.call(
                "Input.dispatchKeyEvent",
                &json!({"type": "keyUp", "key": character.to_string()}),
            );
        }
    }

    /// Presses a key that makes no character, by its name in the DOM.
    pub fn press(&mut self, key: &str) {
        // What the browser itself acts on goes by its number.
        let number = match key {
            "Escape" => 27,
            "Tab" => 9,
            _ => 0,
        };
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": number,
            });
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Writes a picture of the whole page to a file.
    pub fn screenshot(&mut self, file: &Path) {
        let whole = json!({"format": "png", "captureBeyondViewport": true});
        let answer = self.call("Page.captureScreenshot", &whole);
        let bytes = BASE64_STANDARD.decode(answer["data"].as_str().unwrap());
        std::fs::write(file, bytes.unwrap()).unwrap();
    }

    /// What went wrong in the page so far.
    pub fn faults(&mut self) -> Vec<String> {
        // What was said before this answer has arrived.
        self.eval("1");
        self.faults.clone()
    }

    #[track_caller]
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut request = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        self.socket
            .send(Message::text(request.to_string()))
            .unwrap();
        loop {
            let message = self
                .socket
                .read()
                .unwrap_or_else(|error| panic!("{method}: {error}"));
            let Message::Text(text) = message else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.hear(&message);
        }
    }

    fn hear(&mut self, message: &Value) {
        let parameters = &message["params"];
        let fault = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => &parameters["exceptionDetails"],
            Some("Runtime.consoleAPICalled") if parameters["type"] == "error" => {
                &parameters["args"]
            }
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => {
                &parameters["entry"]
            }
            _ => return,
        };
        self.faults.push(fault.to_string());
    }
}
