//! A PostgreSQL of the test's own, in a temporary folder, that ends with the test's process.
//!
//! Where PostgreSQL is not installed, what needs it is left out and says so; with CI=true that is
//! a failure.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::support::wait_until;

/// A PostgreSQL.
pub struct Cluster {
    folder: PathBuf,
    bin: PathBuf,
    databases: AtomicUsize,
    running: Option<(Child, Option<ChildStdin>)>,
    /// Of a cluster that ends before the process does.
    _folder: Option<TempDir>,
}

impl Cluster {
    /// The cluster that all tests share.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED
            .get_or_init(|| {
                // The shell below removes the folder when the process is gone.
                let folder = tempfile::tempdir().unwrap().keep();
                Self::start_in(folder, true, None)
            })
            .as_ref()
    }

    /// A cluster of one test's own, to be stopped and started.
    pub fn own() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder.path().to_owned(), false, Some(folder))
    }

    #[allow(clippy::print_stderr, reason = "a test that is left out says so")]
    fn start_in(folder: PathBuf, remove: bool, owner: Option<TempDir>) -> Option<Self> {
        let Some(bin) = bin() else {
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(
                !ci,
                "PostgreSQL is not installed: apt-get install postgresql"
            );
            eprintln!("LEFT OUT: no PostgreSQL; apt-get install postgresql");
            return None;
        };
        if let Some((user, group)) = postgres_user() {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let data = folder.join("data");
        let made = as_postgres(&bin.join("initdb"))
            .arg("-D")
            .arg(&data)
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C"])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut cluster = Self {
            folder,
            bin,
            databases: AtomicUsize::new(0),
            running: None,
            _folder: owner,
        };
        cluster.start(remove);
        Some(cluster)
    }

    /// Starts the server. It ends when this process does, however that ends.
    fn start(&mut self, remove: bool) {
        let script = "\"$1\" -D \"$2/data\" -k \"$2\" -c listen_addresses= 2>\"$2/log\" & \
             read -r line; kill -QUIT $!; wait; [ \"$3\" = true ] && rm -rf \"$2\"";
        let mut child = as_postgres(Path::new("/bin/sh"))
            .args(["-c", script, "sh"])
            .arg(self.bin.join("postgres"))
            .arg(&self.folder)
            .arg(remove.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .current_dir(&self.folder)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        self.running = Some((child, stdin));
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        wait_until("PostgreSQL answers", log, || {
            execute(&self.url("postgres"), "SELECT 1").is_ok()
        });
    }

    /// Ends the server at once, as a crash would.
    pub fn stop(&mut self) {
        if let Some((mut child, stdin)) = self.running.take() {
            drop(stdin);
            child.wait().unwrap();
        }
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        self.start(false);
    }

    /// The URL of an empty database.
    pub fn new_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        execute(&self.url("postgres"), &format!("CREATE DATABASE {name}")).unwrap();
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        let socket = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@{socket}/{database}")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs statements at the database.
pub fn execute(url: &str, statements: &str) -> Result<(), String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let connected = tokio_postgres::connect(url, NoTls).await;
            let (client, connection) = connected.map_err(|error| error.to_string())?;
            tokio::spawn(connection);
            let done = client.batch_execute(statements).await;
            done.map_err(|error| format!("{error:?}"))
        })
}

/// The first column of what a statement gives.
pub fn numbers(url: &str, statement: &str) -> Vec<i32> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(connection);
            let rows = client.query(statement, &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        })
}

/// Where the newest PostgreSQL is.
fn bin() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|bin| bin.join("initdb").exists())
    })
}

/// PostgreSQL refuses to run as root; then it runs as its own user.
fn postgres_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut fields = users
        .lines()
        .find(|line| line.starts_with("postgres:"))?
        .split(':');
    let user = fields.nth(2)?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    is_root.then_some((user, group))
}

fn as_postgres(program: &Path) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(program);
    if let Some((user, group)) = postgres_user() {
        command.uid(user).gid(group);
    }
    command
}
