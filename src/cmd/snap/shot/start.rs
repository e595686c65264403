//! The start of a runtime that draws: its document, and an environment in which the same is drawn
//! wherever it runs.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{Job, MARK, RESTLESS};
use crate::attach::launch::output::PATTERN;
use crate::cmd::snap::setting::Scheme;

/// The document that draws.
const CAMERA: &str = include_str!("../camera.qml");

/// The address in [`CAMERA`] that stands for the server's. The parts of the client come from there:
/// Qt takes the name of the nearest local file in a call for the context of a translation.
const DEFAULT_ADDRESS: &str = "http://localhost:8080";

/// Time between two pictures of a document.
const INTERVAL: Duration = Duration::from_millis(80);

/// Variables that say where Qt's parts and fonts are; all others of Qt's would change the picture.
const PLACES: &[&str] = &[
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
    "QT_QPA_FONTDIR",
    "QML_IMPORT_PATH",
    "QML2_IMPORT_PATH",
];

/// A folder that only this user can read: Qt wants one.
pub(super) fn own_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    builder.prefix("qmlserve-").tempdir()
}

/// Writes the document that draws, and what it is told.
pub(super) fn write_camera(job: &Job<'_>, folder: &Path) -> io::Result<()> {
    let camera = CAMERA.replace(DEFAULT_ADDRESS, job.server);
    fs::write(folder.join("camera.qml"), camera)?;
    if let Some(file) = job.translation
        && job.setting.runtime.translation_flag().is_none()
    {
        // Where Qt's own runtime looks by itself (QQmlApplicationEngine).
        let own = folder.join("i18n");
        fs::create_dir(&own)?;
        fs::copy(file, own.join(format!("qml_{}.qm", job.setting.language())))?;
    }
    let mut facts = job.document.clone();
    facts["mark"] = MARK.into();
    facts["folder"] = folder.to_string_lossy().into();
    facts["interval"] = millis(INTERVAL);
    facts["delay"] = millis(job.delay);
    facts["longest"] = millis(2 * (job.patience + job.delay + RESTLESS));
    facts["size"] = match job.setting.size {
        Some(size) => serde_json::json!([size.0, size.1]),
        None => serde_json::Value::Null,
    };
    // In JSON a string may hold what ends a line in JavaScript.
    let facts = facts.to_string();
    let facts = facts
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    fs::write(
        folder.join("job.js"),
        format!(".pragma library\nvar job = {facts}\n"),
    )?;
    if job.setting.scheme == Some(Scheme::Dark) {
        fs::write(folder.join("controls.conf"), dark())?;
    }
    Ok(())
}

/// Qt's documented range of a Timer's interval is that of an int.
fn millis(time: Duration) -> serde_json::Value {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX).into()
}

/// Settings of Qt Quick Controls for a dark look. Measured with the platform `offscreen` in 5.15,
/// 6.4 and 6.12: controls of all styles follow it; `SystemPalette` and `Qt.styleHints.colorScheme`
/// follow nothing.
fn dark() -> String {
    const STYLES: [&str; 6] = [
        "Default",
        "Basic",
        "Fusion",
        "Imagine",
        "Material",
        "Universal",
    ];
    const PALETTE: &str = "Palette\\Window=#353535\nPalette\\WindowText=#ffffff\n\
        Palette\\Button=#353535\nPalette\\ButtonText=#ffffff\nPalette\\Base=#191919\n\
        Palette\\AlternateBase=#353535\nPalette\\Text=#ffffff\nPalette\\BrightText=#ffffff\n\
        Palette\\ToolTipBase=#191919\nPalette\\ToolTipText=#ffffff\nPalette\\Highlight=#2a82da\n\
        Palette\\HighlightedText=#ffffff\nPalette\\Link=#2a82da\nPalette\\Light=#5a5a5a\n\
        Palette\\Midlight=#454545\nPalette\\Mid=#2a2a2a\nPalette\\Dark=#1e1e1e\n\
        Palette\\Shadow=#000000\nPalette\\PlaceholderText=#808080\n";
    let section = |style: &&str| format!("[{style}]\nTheme=Dark\n{PALETTE}");
    STYLES.iter().map(section).collect()
}

/// Starts it; what it prints is left to read.
pub(super) fn start(job: &Job<'_>, folder: &Path) -> io::Result<Child> {
    let runtime = &job.setting.runtime;
    let mut command = Command::new(&runtime.path);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_of_qt = ["QT_", "QML", "QSG_"]
            .iter()
            .any(|start| text.starts_with(start));
        let is_of_language = text.starts_with("LC_") || text == "LANGUAGE";
        if is_of_language || is_of_qt && !PLACES.contains(&&*text) {
            command.env_remove(&name);
        }
    }
    let language = job.setting.language();
    command
        .args(&runtime.args)
        .env("QT_QPA_PLATFORM", "offscreen")
        .env("QT_QUICK_BACKEND", "software")
        .env("QT_FORCE_STDERR_LOGGING", "1")
        .env("QT_MESSAGE_PATTERN", PATTERN)
        .env("LANG", format!("{language}.UTF-8"))
        // Of these, the system has to have it.
        .env("LC_CTYPE", "C.UTF-8")
        .env("TZ", "UTC")
        // What documents remember is of this picture alone, and so is what is compiled.
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("QML_DISABLE_DISK_CACHE", "1")
        .env("XDG_RUNTIME_DIR", folder);
    if let Some(style) = &job.setting.style {
        command.env("QT_QUICK_CONTROLS_STYLE", style.as_str());
    }
    if job.setting.scheme == Some(Scheme::Dark) {
        command.env("QT_QUICK_CONTROLS_CONF", folder.join("controls.conf"));
    }
    if let (Some(file), Some(flag)) = (job.translation, runtime.translation_flag()) {
        command.arg(flag).arg(file);
    }
    command
        .arg(folder.join("camera.qml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
}
