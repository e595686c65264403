//! Where programs are: `PATH`, and the folders into which Qt is installed by distributions and by
//! its own installer.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Where distributions put the tools of Qt that are not in `PATH`: Debian and Arch, Fedora and
/// openSUSE, older Debian, Homebrew on both kinds of Mac. Those of Qt 6 first.
const FOLDERS: &[&str] = &[
    "/usr/lib/qt6/bin",
    "/usr/lib64/qt6/bin",
    "/usr/lib/x86_64-linux-gnu/qt6/bin",
    "/usr/lib/aarch64-linux-gnu/qt6/bin",
    "/opt/homebrew/opt/qt/bin",
    "/usr/local/opt/qt/bin",
    "/usr/lib/qt5/bin",
    "/usr/lib64/qt5/bin",
    "/usr/lib/x86_64-linux-gnu/qt5/bin",
    "/usr/lib/aarch64-linux-gnu/qt5/bin",
    "/opt/homebrew/opt/qt@5/bin",
    "/usr/local/opt/qt@5/bin",
];

/// Where Qt's installer puts versions, each with kits: `6.8.0/gcc_64/bin`. Besides `Qt` in the
/// home directory.
const INSTALLATIONS: &[&str] = &["/opt/Qt", "C:\\Qt"];

/// Where is looked, in this order.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The folders of `PATH`.
    pub(crate) path: Vec<PathBuf>,
    /// Folders with Qt's tools.
    pub(crate) folders: Vec<PathBuf>,
    /// The folder of programs of the virtual environment of Python that this program was installed
    /// into, if it was.
    pub(crate) own: Option<PathBuf>,
}

impl Places {
    /// Those of this machine.
    pub(crate) fn of_this_machine() -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"));
        let own = home.map(|home| Path::new(&home).join("Qt"));
        let installations = own
            .into_iter()
            .chain(INSTALLATIONS.iter().map(PathBuf::from));
        let kits = installations.flat_map(|dir| kits(&dir));
        Self {
            path: env::split_paths(&path).collect(),
            folders: FOLDERS.iter().map(PathBuf::from).chain(kits).collect(),
            own: own_environment(),
        }
    }

    /// The program of this name in `PATH`.
    pub(crate) fn on_path(&self, name: &OsStr) -> Option<PathBuf> {
        let files = self.path.iter().map(|dir| in_folder(dir, name));
        files.flatten().next()
    }

    /// The programs of this name, everywhere.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
        let folders = self.own.iter().chain(&self.path).chain(&self.folders);
        folders.filter_map(move |dir| in_folder(dir, name.as_ref()))
    }
}

/// Where this program lies, if that is a virtual environment (PEP 405).
fn own_environment() -> Option<PathBuf> {
    let bin = env::current_exe().ok()?.parent()?.to_owned();
    bin.parent()?.join("pyvenv.cfg").is_file().then_some(bin)
}

fn in_folder(dir: &Path, name: &OsStr) -> Option<PathBuf> {
    let mut file = dir.join(name).into_os_string();
    if cfg!(windows) && Path::new(name).extension().is_none() {
        file.push(".exe");
    }
    let file = PathBuf::from(file);
    // A folder of PATH that is not absolute depends on where one is.
    (file.is_absolute() && is_executable(&file)).then_some(file)
}

/// The `bin` folders of an installation: of each version each kit.
fn kits(installation: &Path) -> Vec<PathBuf> {
    let dirs = |dir: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let kits = dirs(installation)
        .into_iter()
        .flat_map(|version| dirs(&version));
    kits.map(|kit| kit.join("bin"))
        .filter(|bin| bin.is_dir())
        .collect()
}

/// Whether this is a file that may be executed.
pub(crate) fn is_executable(file: &Path) -> bool {
    let Ok(metadata) = fs::metadata(file) else {
        return false;
    };
    #[cfg(unix)]
    let may = {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.permissions().mode() & 0o111 != 0
    };
    #[cfg(not(unix))]
    let may = true;
    metadata.is_file() && may
}
