//! The repository that is pushed to: bare, the server's own, beside the served folder. The one
//! place that runs `git`, with an environment that has nothing of the server's and no
//! configuration but the repository's.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::config::GitConfig;

/// How long one command may take. Pushes are bounded by themselves.
const LONGEST: Duration = Duration::from_secs(120);

/// What is served, when it is known; hidden from those who push and clone.
const SERVED: &str = "refs/qmlserve/served";

/// Where a push keeps its objects until it is let in.
const QUARANTINE: [&str; 2] = ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"];

/// Why git did not do something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// It is not there.
    #[error("git cannot be started ({0}); install it: apt-get install git")]
    Missing(#[source] io::Error),
    /// It says why.
    #[error("git {0}: {1}")]
    Failed(String, String),
    /// It does not come to an end.
    #[error("git {0} takes longer than {LONGEST:?}")]
    Late(String),
    /// Something about files.
    #[error("{0}: {1}")]
    File(PathBuf, #[source] io::Error),
}

impl GitError {
    /// What becomes of an error about the file at `path`.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File(path, error)
    }
}

/// The objects of a push that has not been let in.
#[derive(Clone, Debug, Default)]
pub(super) struct Quarantine(pub(super) [Option<String>; 2]);

/// The repository.
#[derive(Debug)]
pub(super) struct Repository {
    dir: PathBuf,
    branch: String,
}

impl Repository {
    /// Makes the repository at `dir` if it is not there, and writes its configuration and hooks
    /// anew, so that they are this server's whatever was there.
    pub(super) async fn open(
        dir: PathBuf,
        config: &GitConfig,
        program: &Path,
    ) -> Result<Self, GitError> {
        std::fs::create_dir_all(&dir).map_err(GitError::file(&dir))?;
        let repository = Self {
            dir,
            branch: config.branch.clone(),
        };
        repository.tidy()?;
        let head = format!("--initial-branch={}", config.branch);
        let init = ["init", "--quiet", "--bare", "--template=", &head];
        repository.run(&init).await?;
        repository.write("config", &settings(config), 0o600)?;
        for hook in super::HOOKS {
            let program = program.display().to_string().replace('\'', "'\\''");
            let script = format!("#!/bin/sh\nexec '{program}' git-hook {hook} \"$@\"\n");
            repository.write(&format!("hooks/{hook}"), &script, 0o700)?;
        }
        let branch = format!("refs/heads/{}", config.branch);
        repository.run(&["symbolic-ref", "HEAD", &branch]).await?;
        Ok(repository)
    }

    /// Where it is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> Result<(), GitError> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.dir.join(name);
        let written = || {
            std::fs::create_dir_all(path.parent().unwrap_or(&self.dir))?;
            let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
            io::Write::write_all(&mut file, text.as_bytes())?;
            let permissions = std::fs::Permissions::from_mode(mode);
            file.as_file().set_permissions(permissions)?;
            file.persist(&path)?;
            Ok(())
        };
        written().map_err(GitError::file(&path))
    }

    /// Removes what a git that was killed left behind: its locks, and the objects of pushes that
    /// never came to an end. Not while one is at work.
    pub(super) fn tidy(&self) -> Result<(), GitError> {
        let mut dirs = vec![self.dir.clone(), self.dir.join("objects")];
        dirs.extend(
            self.dir
                .join("refs")
                .is_dir()
                .then(|| self.dir.join("refs")),
        );
        while let Some(dir) = dirs.pop() {
            let Ok(entries) = std::fs::read_dir(&dir) else {
                continue;
            };
            for entry in entries.flatten() {
                let (path, name) = (entry.path(), entry.file_name());
                let name = name.to_string_lossy();
                let removed = if name.starts_with("tmp_objdir") {
                    std::fs::remove_dir_all(&path)
                } else if name.ends_with(".lock") && path.is_file() {
                    std::fs::remove_file(&path)
                } else {
                    if dir.starts_with(self.dir.join("refs")) && path.is_dir() {
                        dirs.push(path);
                    }
                    continue;
                };
                removed.map_err(GitError::file(&path))?;
            }
        }
        Ok(())
    }

    /// A command with the environment that all of git's have here.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new("git");
        let passed = ["PATH", "TMPDIR"];
        command.env_clear();
        for name in passed {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .current_dir(&self.dir)
            .env("HOME", &self.dir)
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            // The user that the server runs as may not be the one that the folder belongs to.
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", &self.dir)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// A command on this repository.
    pub(super) fn git(&self, quarantine: &Quarantine) -> Command {
        let mut command = self.command();
        command.env("GIT_DIR", &self.dir);
        for (name, value) in QUARANTINE.iter().zip(&quarantine.0) {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command
    }

    async fn run(&self, args: &[&str]) -> Result<String, GitError> {
        let mut command = self.git(&Quarantine::default());
        command.args(args);
        let output = finished(command).await?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    async fn commit_of(&self, name: &str) -> Option<String> {
        let name = format!("{name}^{{commit}}");
        let found = self.run(&["rev-parse", "--verify", "--quiet", &name]).await;
        found.ok().filter(|commit| !commit.is_empty())
    }

    /// The name of the branch that is served.
    pub(super) fn branch(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    /// The commit that was pushed last.
    pub(super) async fn pushed(&self) -> Option<String> {
        self.commit_of(&self.branch()).await
    }

    /// The commit that the folder had at last.
    pub(super) async fn served(&self) -> Option<String> {
        self.commit_of(SERVED).await
    }

    /// Notes which commit the folder has.
    pub(super) async fn note_served(&self, commit: &str) -> Result<(), GitError> {
        self.run(&["update-ref", SERVED, commit]).await.map(drop)
    }

    /// Makes the branch, which is not there.
    pub(super) async fn begin(&self, commit: &str) -> Result<(), GitError> {
        let args = ["update-ref", &self.branch(), commit];
        self.run(&args).await.map(drop)
    }

    /// Has the branch be what it was before a push that could not be served.
    pub(super) async fn take_back(
        &self,
        pushed: &str,
        served: Option<&str>,
    ) -> Result<(), GitError> {
        let branch = self.branch();
        let args: [&str; 4] = match served {
            Some(served) => ["update-ref", &branch, served, pushed],
            None => ["update-ref", "-d", &branch, pushed],
        };
        self.run(&args).await.map(drop)
    }

    /// Whether one commit leads to another.
    pub(super) async fn leads_to(&self, old: &str, new: &str, quarantine: &Quarantine) -> bool {
        let mut command = self.git(quarantine);
        command.args(["merge-base", "--is-ancestor", old, new]);
        finished(command).await.is_ok()
    }

    /// A commit in a few letters and its first line.
    pub(super) async fn described(&self, commit: &str) -> String {
        let args = ["log", "-1", "--no-show-signature", "--format=%h %s", commit];
        let text = self.run(&args).await.unwrap_or_else(|_| commit.to_owned());
        let plain = text.chars().filter(|c| !c.is_control());
        plain.take(72).collect()
    }
}

/// Runs a command to its end, which has to be a good one.
pub(super) async fn finished(mut command: Command) -> Result<Output, GitError> {
    let name = name_of(&command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = timeout(LONGEST, command.output()).await;
    let output = output.map_err(|_| GitError::Late(name.clone()))?;
    let output = output.map_err(GitError::Missing)?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = match said.trim() {
        "" => output.status.to_string(),
        said => said.replace('\n', "; "),
    };
    Err(GitError::Failed(name, said))
}

/// The word behind `git`.
fn name_of(command: &Command) -> String {
    let first = command.as_std().get_args().next();
    first.map_or_else(String::new, |name| {
        OsStr::to_string_lossy(name).into_owned()
    })
}

/// The repository's configuration, all of it.
fn settings(config: &GitConfig) -> String {
    // Paths that leave the tree, or that some system takes for `.git`, are warnings to git.
    let refused = [
        "hasDot",
        "hasDotdot",
        "hasDotgit",
        "emptyName",
        "fullPathname",
        "nullSha1",
        "gitmodulesSymlink",
        "gitattributesSymlink",
    ];
    let refused = refused.map(|id| format!("\t{id} = error\n")).concat();
    let largest = config.largest;
    format!(
        "# Written anew by qmlserve whenever it starts.\n\
         [core]\n\trepositoryFormatVersion = 0\n\tbare = true\n\tfileMode = true\n\
         \tsymlinks = true\n\tprotectHFS = true\n\tprotectNTFS = true\n\thooksPath = hooks\n\
         \tbigFileThreshold = 16m\n\tlogAllRefUpdates = true\n\tfsync = committed\n\
         [gc]\n\tautoDetach = false\n\
         [pack]\n\tthreads = 1\n\twindowMemory = 64m\n\
         [http]\n\treceivePack = true\n\tgetAnyFile = false\n\
         [transfer]\n\thideRefs = refs/qmlserve\n\tadvertiseSID = false\n\
         [receive]\n\tfsckObjects = true\n\tdenyDeletes = true\n\tmaxInputSize = {largest}\n\
         \tautogc = true\n\tkeepAlive = 5\n\
         [receive \"fsck\"]\n{refused}"
    )
}
