//! The Qt runtimes that the tests run on: how each is found and started.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// One generation of Qt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Qt 5.15: `qmlscene`.
    Qt5,
    /// Qt 6 of a distribution (6.4 in Debian 12): `qml`.
    Qt6,
    /// The newest Qt there is: PySide6, by way of `pyside_runtime.py`.
    Newest,
}

/// A runtime's program, and how to get it.
struct Row {
    name: &'static str,
    variable: &'static str,
    candidates: &'static [&'static str],
    install: &'static str,
}

/// In the order of [`Runtime`].
const TABLE: [Row; 3] = [
    Row {
        name: "Qt 5 (qmlscene)",
        variable: "QMLSCENE",
        candidates: &["/usr/lib/qt5/bin/qmlscene", "qmlscene"],
        install: "apt-get install qmlscene qml-module-qtquick2 qml-module-qtquick-window2 \
                  qml-module-qtquick-controls2 qml-module-qtquick-layouts",
    },
    Row {
        name: "Qt 6 (qml)",
        variable: "QML6",
        candidates: &["/usr/lib/qt6/bin/qml", "qml6"],
        install: "apt-get install qml-qt6 qml6-module-qtquick qml6-module-qtquick-window \
                  qml6-module-qtquick-controls qml6-module-qtquick-layouts \
                  qml6-module-qtquick-templates qml6-module-qtqml qml6-module-qtqml-workerscript",
    },
    Row {
        name: "newest Qt (PySide6)",
        variable: "QMLSERVE_PYTHON",
        candidates: &["python3"],
        install: "pip install PySide6-Essentials, and name that Python in QMLSERVE_PYTHON",
    },
];

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/pyside_runtime.py");

impl Runtime {
    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// For messages.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether it can be used. Says so on standard error if not, and fails in CI.
    pub fn is_available(self) -> bool {
        let available = self.program().is_some();
        if !available {
            let row = self.row();
            is_missing(row.name, row.install, row.variable);
        }
        available
    }

    /// A command that shows the document given as its last argument, without a screen, and
    /// whose messages go to standard error unadorned.
    pub fn command(self) -> Command {
        let program = self.program().expect("is_available() was asked before");
        let mut command = without_screen(program);
        match self {
            Self::Qt5 => {
                command.arg("--resize-to-root");
            }
            Self::Qt6 => {}
            Self::Newest => {
                command.arg(SCRIPT);
            }
        }
        command
    }

    /// Its program.
    pub fn program(self) -> Option<&'static Path> {
        static FOUND: [OnceLock<Option<PathBuf>>; 3] =
            [OnceLock::new(), OnceLock::new(), OnceLock::new()];
        FOUND[self as usize].get_or_init(|| self.find()).as_deref()
    }

    fn find(self) -> Option<PathBuf> {
        let row = self.row();
        let named = env::var_os(row.variable).map(PathBuf::from);
        let candidates = match named {
            Some(program) => vec![program],
            None => row.candidates.iter().map(PathBuf::from).collect(),
        };
        let found = candidates.into_iter().find_map(|program| on_path(&program));
        found.filter(|program| self != Self::Newest || has_pyside(program))
    }
}

/// A Qt program, without a screen and untouched by the variables of whoever runs the tests. Its
/// messages go to standard error unadorned.
pub fn without_screen(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("QT_") || name.starts_with("QML_") || name.starts_with("QSG_") {
            command.env_remove(&name);
        }
    }
    command
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("QT_QUICK_BACKEND", "software")
        .env("QT_FORCE_STDERR_LOGGING", "1")
        .env("QT_MESSAGE_PATTERN", "%{message}")
        .env("XDG_RUNTIME_DIR", runtime_dir())
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Says that a test is skipped, and how to have it run; fails in CI.
pub fn is_missing(name: &str, install: &str, variable: &str) {
    let message = format!("SKIPPED: {name} is not installed: {install} (or set {variable})");
    assert!(env::var("CI").as_deref() != Ok("true"), "{message}");
    eprintln!("{message}");
}

/// Where a program is that is named by its path or found on `PATH`.
pub fn on_path(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.exists().then(|| program.to_owned());
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.exists())
}

fn has_pyside(python: &Path) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", "import PySide6.QtQuick"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Qt wants a directory of its own that only this user can read.
fn runtime_dir() -> &'static Path {
    static DIR: OnceLock<tempfile::TempDir> = OnceLock::new();
    DIR.get_or_init(|| {
        use std::os::unix::fs::PermissionsExt;
        let only_me = std::fs::Permissions::from_mode(0o700);
        tempfile::Builder::new()
            .permissions(only_me)
            .tempdir()
            .unwrap()
    })
    .path()
}

/// Makes `modules` of tests, one for each runtime, out of functions that take a [`Runtime`].
macro_rules! in_each_runtime {
    ($($test:ident),+ $(,)?) => {
        $crate::runtime::in_each_runtime!(@module qt5, Qt5, $($test),+);
        $crate::runtime::in_each_runtime!(@module qt6, Qt6, $($test),+);
        $crate::runtime::in_each_runtime!(@module newest, Newest, $($test),+);
    };
    (@module $module:ident, $runtime:ident, $($test:ident),+) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    let runtime = $crate::runtime::Runtime::$runtime;
                    if runtime.is_available() {
                        super::$test(runtime);
                    }
                }
            )+
        }
    };
}
pub(crate) use in_each_runtime;
