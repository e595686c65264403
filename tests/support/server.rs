//! The real server on a temporary tree.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::command::{Running, Signal, command};
use super::events::EventStream;
use super::folder::{Folder, Save};
use super::http::{self, Response};
use super::tls::{TlsConnection, connect_tls};
use super::wait_until;

/// How much of the log a failing test prints, in lines.
const LOG_LINES: usize = 100;

/// The user and the group that own nothing, by convention.
const NOBODY: u32 = 65534;

/// What a server is started with.
#[derive(Debug)]
pub struct Setup {
    folder: Folder,
    args: Vec<String>,
    env: Vec<(String, String)>,
    any_port: bool,
    as_nobody: bool,
}

/// A running server; killed on drop. If the test is failing then, what the
/// server logged is printed.
#[derive(Debug)]
pub struct TestServer {
    /// The folder with the tree.
    pub folder: Folder,
    /// The URL of its first line of output: `http://localhost:PORT`, without
    /// the slash at the end.
    pub announced: String,
    /// Its IPv4 address.
    pub address: SocketAddr,
    running: Running,
    agent: ureq::Agent,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Setup {
    /// A server on an empty tree.
    pub fn new() -> Self {
        Self::on(Folder::new())
    }

    /// A server on a tree that is there already.
    pub fn on(folder: Folder) -> Self {
        Self {
            folder,
            args: Vec::new(),
            env: Vec::new(),
            any_port: true,
            as_nobody: false,
        }
    }

    /// Without `--port 0`: on the port that the server takes by itself.
    pub fn own_port(mut self) -> Self {
        self.any_port = false;
        self
    }

    /// Run by somebody whom permissions keep out: if the tests run as root, by
    /// nobody. None where nobody cannot run the binary.
    #[cfg(unix)]
    pub fn without_privileges(mut self) -> Option<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        use std::os::unix::process::CommandExt as _;
        if !rustix::process::geteuid().is_root() {
            return Some(self);
        }
        self.as_nobody = true;
        let permissions = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.folder.around(), permissions).expect("permissions");
        let mut trial = command(&["--version"], self.folder.around());
        let outcome = trial.uid(NOBODY).gid(NOBODY).output();
        outcome
            .is_ok_and(|output| output.status.success())
            .then_some(self)
    }

    /// With this file in the tree.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.folder.write(path, content);
        self
    }

    /// With these files in the tree.
    pub fn files(self, files: &[(&str, &str)]) -> Self {
        for (path, content) in files {
            self.folder.write(path, content);
        }
        self
    }

    /// With these flags, besides the folder and `--port 0`.
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// With this variable set.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With TLS, by a CA that is made in the folder around the tree. What asks by plain HTTP is
    /// of no use then: see [`TestServer::exchange`].
    pub fn tls(self) -> Self {
        let around = self.folder.around().to_owned();
        self.args(&["--tls"])
            .env("XDG_DATA_HOME", &around.join("data-home").to_string_lossy())
            .env("CAROOT", &around.join("no-mkcert").to_string_lossy())
    }

    /// The folder, to be prepared further.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Starts the server and waits until it listens.
    #[track_caller]
    pub fn start(self) -> TestServer {
        let mut args = vec!["tree"];
        if self.any_port {
            args.extend(["--port", "0"]);
        }
        args.extend(self.args.iter().map(String::as_str));
        let mut command = command(&args, self.folder.around());
        // Most of what is tested over HTTP is that a change is noticed, be it
        // of a file that nothing refers to; the other granularity is tested
        // with real clients.
        if env!("CARGO_CRATE_NAME") == "it" {
            command.env("QMLSERVE_GRANULARITY", "tree");
        }
        command.envs(self.env.iter().cloned());
        #[cfg(unix)]
        if self.as_nobody {
            use std::os::unix::process::CommandExt as _;
            command.uid(NOBODY).gid(NOBODY);
        }
        let running = Running::spawn(&mut command);
        let line = running.line();
        let announced = line
            .strip_prefix("qmlserve listening on ")
            .and_then(|url| url.strip_suffix('/'))
            .unwrap_or_else(|| panic!("unexpected line: {line}\n{}", running.captured()))
            .to_owned();
        let port: u16 = announced
            .rsplit_once(':')
            .and_then(|(_, port)| port.split('/').next()?.parse().ok())
            .unwrap_or_else(|| panic!("no port in {announced}"));
        TestServer {
            folder: self.folder,
            announced,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            running,
            agent: http::agent(),
            args: self.args,
            env: self.env,
        }
    }
}

fn spawn(
    folder: &Folder,
    port: Option<&str>,
    args: &[String],
    env: &[(String, String)],
) -> Running {
    let mut all = vec!["tree"];
    all.extend(port.into_iter().flat_map(|port| ["--port", port]));
    all.extend(args.iter().map(String::as_str));
    let mut command = command(&all, folder.around());
    command.envs(env.iter().map(|(name, value)| (name, value)));
    Running::spawn(&mut command)
}

impl TestServer {
    /// A server on a tree of these files.
    #[track_caller]
    pub fn start(files: &[(&str, &str)]) -> Self {
        Setup::new().files(files).start()
    }

    /// The port that the system chose.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The path of one of the server's own routes, below the token if it announced one.
    fn own(&self, route: &str) -> String {
        let token = self
            .announced
            .find("/~")
            .map_or("", |at| &self.announced[at..]);
        format!("{token}/@qmlserve/{route}")
    }

    /// The absolute URL of a path, which starts with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks for a path, or for an absolute URL as an event names it.
    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path, &[], b"")
    }

    /// Asks for a path with these headers.
    #[track_caller]
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.request("GET", path, headers, b"")
    }

    /// Any request.
    #[track_caller]
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let url = if path.starts_with('/') {
            self.url(path)
        } else {
            path.to_owned()
        };
        http::request(&self.agent, method, &url, headers, body)
    }

    /// Sends these bytes as they are over a connection of their own and reads
    /// one answer. For what no HTTP client would send.
    #[track_caller]
    pub fn raw(&self, bytes: &[u8]) -> Response {
        http::raw(self.address, bytes)
    }

    /// The certificate of the CA that [`Setup::tls`] has the server make.
    pub fn ca(&self) -> PathBuf {
        self.folder.around().join("data-home/qmlserve/ca/ca.pem")
    }

    /// A connection over TLS that calls the server `localhost` and speaks HTTP/1.1.
    #[track_caller]
    pub fn connect_tls(&self) -> TlsConnection {
        let stream = connect_tls(self.address, "localhost", &self.ca(), &["http/1.1"]);
        stream.unwrap_or_else(|error| panic!("no TLS: {error}\n{}", self.stderr()))
    }

    /// Sends these bytes as they are and reads one answer, over TLS if the server speaks that.
    #[track_caller]
    pub fn exchange(&self, bytes: &[u8]) -> Response {
        match self.announced.starts_with("https://") {
            true => http::exchange(self.connect_tls(), bytes),
            false => self.raw(bytes),
        }
    }

    /// Asks for a path exactly as written, by hand.
    #[track_caller]
    pub fn get_as_is(&self, path: &str) -> Response {
        let host = self.address;
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
    }

    /// Posts a client's report.
    #[track_caller]
    pub fn report(&self, report: &serde_json::Value) -> Response {
        let json = [("Content-Type", "application/json")];
        let body = report.to_string();
        self.request("POST", &self.own("report"), &json, body.as_bytes())
    }

    /// What the status says.
    #[track_caller]
    pub fn status(&self) -> serde_json::Value {
        self.get(&self.own("status")).json()
    }

    /// The newest version.
    #[track_caller]
    pub fn version(&self) -> String {
        self.get(&self.own("version")).text().trim().to_owned()
    }

    /// Listens to the events of the default entry.
    #[track_caller]
    pub fn events(&self) -> EventStream {
        self.events_at(&self.own("events"))
    }

    /// Listens to the events at this path and query.
    #[track_caller]
    pub fn events_at(&self, path: &str) -> EventStream {
        self.events_as(path, &self.address.to_string(), &[])
    }

    /// Listens to the events as a client that calls the server `host` and
    /// sends these headers.
    #[track_caller]
    pub fn events_as(&self, path: &str, host: &str, headers: &[(&str, &str)]) -> EventStream {
        let stderr = self.running.shared_stderr();
        EventStream::open(self.address, path, host, headers, stderr)
    }

    /// Writes a file of the tree.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.folder.write(path, content);
    }

    /// Saves a file of the tree as an editor does.
    pub fn save(&self, path: &str, content: impl AsRef<[u8]>, how: Save) {
        self.folder.save(path, content, how);
    }

    /// What it logged until now.
    pub fn stderr(&self) -> String {
        self.running.stderr()
    }

    /// What it printed until now.
    pub fn stdout(&self) -> String {
        self.running.stdout()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// The most memory that it has had so far, in bytes.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.running.id());
        let status = std::fs::read_to_string(path).expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        kilobytes.expect("VmHWM") * 1024
    }

    /// Waits until it has logged `text`.
    #[track_caller]
    pub fn logged(&self, text: &str) {
        wait_until(
            &format!("the log has {text:?}"),
            || self.stderr(),
            || self.stderr().contains(text),
        );
    }

    /// Ends the server at once, as a crash would; the tree and the port stay.
    pub fn kill(&mut self) {
        self.running.kill();
    }

    /// Starts the server anew on the same tree and port, after it has ended.
    #[track_caller]
    pub fn restart(&mut self) {
        let port = self.port().to_string();
        self.running = spawn(&self.folder, Some(&port), &self.args, &self.env);
        self.running.line();
    }

    /// Lets the server have no more than so many files open; says what it could have.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, most: u64) -> rustix::process::Rlimit {
        let limit = rustix::process::Rlimit {
            current: Some(most),
            maximum: None,
        };
        self.set_files(limit)
    }

    /// Lets it have what it could have before.
    #[cfg(target_os = "linux")]
    pub fn restore_files(&self, limit: rustix::process::Rlimit) {
        self.set_files(limit);
    }

    #[cfg(target_os = "linux")]
    fn set_files(&self, limit: rustix::process::Rlimit) -> rustix::process::Rlimit {
        let pid = i32::try_from(self.running.id()).expect("a process id");
        let pid = rustix::process::Pid::from_raw(pid);
        let files = rustix::process::Resource::Nofile;
        let before = rustix::process::getrlimit(files);
        let limit = rustix::process::Rlimit {
            maximum: before.maximum,
            ..limit
        };
        rustix::process::prlimit(pid, files, limit).expect("the limit is set")
    }

    /// Sends a signal, waits for the end, and says the exit code and how long
    /// that took.
    #[cfg(unix)]
    #[track_caller]
    pub fn stop(&mut self, signal: Signal) -> (Option<i32>, Duration) {
        self.running.signal(signal);
        let (status, took) = self.running.wait();
        (status.code(), took)
    }
}

impl Drop for TestServer {
    #[allow(clippy::print_stderr, reason = "what a failing test has to say")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.stderr();
            let skipped = log.lines().count().saturating_sub(LOG_LINES);
            let lines: Vec<_> = log.lines().skip(skipped).collect();
            eprintln!("the end of the server's log:\n{}", lines.join("\n"));
        }
    }
}
