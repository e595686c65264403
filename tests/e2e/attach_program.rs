//! The programs that are attached to: a C++ one with its interface compiled in, built here; a
//! PySide6 one with its documents on disk; and the stock runtimes.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::client::QtClient;
use crate::picture::png_of;
use crate::runtime::{Runtime, is_missing, on_path, without_screen};
use crate::support::{Folder, Setup, TestServer};
use crate::tree::{FIXTURES, copy};

/// What is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Qt 6 of the distribution; documents, a singleton and a picture compiled in, a type of C++.
    Cxx,
    /// The newest Qt; a type of Python.
    Python,
    /// `qmlscene` 5.15.
    Qt5,
    /// `qml` 6.4.
    Qt6,
}

/// All of them.
pub const PROGRAMS: [Program; 4] = [Program::Cxx, Program::Python, Program::Qt5, Program::Qt6];

const CXX_PACKAGES: &str = "apt-get install cmake ninja-build g++ qt6-base-dev \
                            qt6-declarative-dev libgl-dev qt6-qmltooling-plugins";

impl Program {
    /// Whether it can be started. Says so if not, and fails in CI.
    pub fn is_available(self) -> bool {
        match self {
            Self::Cxx => {
                let built = cxx_program().is_some();
                if !built {
                    is_missing("what builds a C++ program with Qt 6", CXX_PACKAGES, "PATH");
                }
                built
            }
            Self::Python => Runtime::Newest.is_available(),
            Self::Qt5 => Runtime::Qt5.is_available(),
            Self::Qt6 => Runtime::Qt6.is_available(),
        }
    }

    /// The document of the tree that it is to show.
    pub fn document(self) -> &'static str {
        match self {
            Self::Cxx | Self::Python => "Main.qml",
            Self::Qt5 | Self::Qt6 => "Plain.qml",
        }
    }

    /// What it shows of the tree with these five facts.
    pub fn shows(self, facts: &str, kept: bool) -> String {
        let kept = if kept { "kept" } else { "new" };
        match self {
            Self::Cxx => format!("window {facts} C++ program {kept}"),
            Self::Python => format!("window {facts} Python program {kept}"),
            Self::Qt5 | Self::Qt6 => format!("item {facts} {kept}"),
        }
    }

    /// Starts it with this debug port; `block` makes it wait for somebody to attach.
    pub fn start(self, port: u16, block: bool) -> QtClient {
        self.start_with(port, block, &[])
    }

    /// The same with further arguments.
    pub fn start_with(self, port: u16, block: bool, arguments: &[&str]) -> QtClient {
        let block = if block { "block," } else { "" };
        let debug = format!(
            "-qmljsdebugger=port:{port},host:127.0.0.1,{block}services:QmlPreview,DebugMessages"
        );
        let old = old_documents();
        let mut command = match self {
            Self::Cxx => without_screen(cxx_program().expect("is_available() was asked before")),
            Self::Python => {
                let python = Runtime::Newest.program().expect("is_available() was asked");
                let mut command = without_screen(python);
                command.arg(Path::new(FIXTURES).join("attach/python/program.py"));
                command.arg(old.join("Main.qml"));
                command
            }
            Self::Qt5 => {
                let mut command = Runtime::Qt5.command();
                command.arg(old.join("Plain.qml"));
                command
            }
            Self::Qt6 => {
                let mut command = Runtime::Qt6.command();
                command.arg(old.join("Plain.qml"));
                command
            }
        };
        command.args(arguments).arg(debug);
        QtClient::start(&format!("{self:?}"), command)
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A server on a tree in which everything is newer than what programs have compiled in, with
/// these flags.
pub fn serve(flags: &[&str]) -> TestServer {
    let folder = Folder::new();
    copy(&Path::new(FIXTURES).join("attach/tree"), "", &folder, "");
    for path in ["parts/Panel.qml", "Theme.qml", "logic.js"] {
        crate::tree::edit(&folder, path, "-one", "-two");
    }
    folder.write("picture.png", png_of(2, [200, 0, 0]));
    Setup::on(folder).args(flags).start()
}

/// The documents as programs have them: made once, since a program is built with them.
pub fn old_documents() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attach/documents");
        let fixture = Path::new(FIXTURES).join("attach/tree");
        fs::create_dir_all(folder.join("parts")).unwrap();
        for path in [
            "Main.qml",
            "Plain.qml",
            "Shown.qml",
            "parts/Panel.qml",
            "Theme.qml",
            "logic.js",
            "qmldir",
        ] {
            write_if_changed(&folder.join(path), &fs::read(fixture.join(path)).unwrap());
        }
        write_if_changed(&folder.join("picture.png"), &png_of(1, [0, 0, 200]));
        folder
    })
}

/// The C++ program, built where its sources changed since the last time.
pub fn cxx_program() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let cmake = on_path(Path::new("cmake"))?;
            on_path(Path::new("ninja"))?;
            let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attach");
            let build = work.join("build");
            let source = work.join("source");
            fs::create_dir_all(&source).unwrap();
            for entry in fs::read_dir(Path::new(FIXTURES).join("attach/cxx")).unwrap() {
                let entry = entry.unwrap();
                let contents = fs::read(entry.path()).unwrap();
                write_if_changed(&source.join(entry.file_name()), &contents);
            }
            let mut configure = Command::new(&cmake);
            configure.args(["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug"]);
            configure.arg(format!("-DQML={}", old_documents().display()));
            configure.arg("-S").arg(&source).arg("-B").arg(&build);
            let output = configure.output().unwrap();
            if !output.status.success() {
                // Qt's development files are missing.
                eprintln!("{}", String::from_utf8_lossy(&output.stderr));
                return None;
            }
            let output = Command::new(&cmake)
                .arg("--build")
                .arg(&build)
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "the program cannot be built:\n{}",
                String::from_utf8_lossy(&output.stdout)
            );
            Some(build.join("demo"))
        })
        .as_deref()
}

/// What is not changed keeps its time, so that nothing is built of it again.
pub fn write_if_changed(path: &Path, contents: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(contents) {
        fs::write(path, contents).unwrap();
    }
}
