//! Somebody's clone, from which is pushed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::support::TestServer;

/// A document that a client takes.
pub const MAIN: &str = "import QtQuick 2.0\nItem {}\n";

/// A work tree of its own in a folder that goes with it.
pub struct Work {
    around: tempfile::TempDir,
    pub url: String,
}

/// What `git push` came to.
#[derive(Debug)]
pub struct Pushed {
    pub is_good: bool,
    /// All that the pusher's terminal shows.
    pub said: String,
}

/// The address to push to.
pub fn url(server: &TestServer) -> String {
    server.url("/@qmlserve/git")
}

/// Git without anything of this machine's configuration.
pub fn git(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .stdin(Stdio::null());
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ada");
        command.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
    }
    command
}

impl Work {
    /// An empty one, for this server.
    pub fn new(server: &TestServer) -> Self {
        let work = Self::at(url(server));
        work.git(&["init", "-q", "-b", "main"]);
        work
    }

    /// A folder without anything, for pushes to this URL.
    pub fn at(url: String) -> Self {
        let around = tempfile::tempdir().unwrap();
        Self { around, url }
    }

    /// A clone of what the server has.
    pub fn clone_of(server: &TestServer) -> Self {
        let work = Self::at(url(server));
        work.git(&["clone", "-q", &work.url, "."]);
        work
    }

    pub fn dir(&self) -> &Path {
        self.around.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    pub fn output(&self, args: &[&str]) -> Output {
        git(self.dir()).args(args).output().unwrap()
    }

    /// Runs git, which has to succeed; gives what it printed.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let output = self.output(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Commits all that there is; gives the commit.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    /// Commits these files.
    #[track_caller]
    pub fn commit_files(&self, files: &[(&str, &str)]) -> String {
        for (name, content) in files {
            self.write(name, content);
        }
        self.commit("files")
    }

    /// Commits one file more of this mode and name, which the work tree cannot have.
    #[track_caller]
    pub fn commit_entry(&self, mode: &str, object: &str, name: &str) {
        let entry = format!("{mode},{object},{name}");
        self.git(&["update-index", "--add", "--cacheinfo", &entry]);
        self.git(&["commit", "-q", "-m", "an entry"]);
    }

    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Pushes to the server, with these words between `push` and the URL.
    pub fn push(&self, options: &[&str], what: &str) -> Pushed {
        let mut args = vec!["push"];
        args.extend(options);
        args.extend([self.url.as_str(), what]);
        let output = self.output(&args);
        Pushed {
            is_good: output.status.success(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Pushes `main`, which has to be let in.
    #[track_caller]
    pub fn deploy(&self) -> Pushed {
        let pushed = self.push(&["--force"], "main");
        assert!(pushed.is_good, "{}", pushed.said);
        pushed
    }

    /// Pushes `main`, which has to be refused for this reason.
    #[track_caller]
    pub fn refused(&self, reason: &str) {
        let pushed = self.push(&["--force"], "main");
        assert!(!pushed.is_good, "it was let in: {}", pushed.said);
        let said = &pushed.said;
        assert!(said.contains(reason), "{said}\nlacks {reason:?}");
    }
}
