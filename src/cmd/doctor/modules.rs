//! Which modules a runtime has: it is asked, by a document that imports each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::Finding;
use crate::cmd::question::{self, MARK};
use crate::cmd::run::runtimes::Runtime;

/// How long a runtime may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A module as a document imports it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Module {
    pub(super) uri: String,
    pub(super) version: Option<String>,
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{} {version}", self.uri),
            None => f.write_str(&self.uri),
        }
    }
}

/// What a runtime has of these.
pub(super) fn of(runtime: &Runtime, modules: &BTreeSet<Module>) -> Vec<Finding> {
    let answers = match ask(runtime, modules) {
        Ok(answers) => answers,
        Err(error) => {
            return vec![Finding::missing(
                format!("it could not be asked: {error}"),
                "look whether it starts: QT_QPA_PLATFORM=offscreen, and a document of your own",
            )];
        }
    };
    let finding = |module: &Module| match answers.get(&module.to_string()).map(String::as_str) {
        Some("") => Finding::good(module.to_string()),
        _ if runtime.is_qt5() && module.version.is_none() => Finding::missing(
            module.to_string(),
            "an import without a version needs Qt 6: write one, or start a newer runtime",
        ),
        Some(error) => Finding::missing(format!("{module}: {error}"), remedy(runtime, module)),
        None => Finding::missing(
            format!("{module}: the runtime ended before it could say"),
            remedy(runtime, module),
        ),
    };
    modules.iter().map(finding).collect()
}

/// By module, what is wrong with it; nothing for what is there.
fn ask(runtime: &Runtime, modules: &BTreeSet<Module>) -> io::Result<BTreeMap<String, String>> {
    let names: Vec<_> = modules.iter().map(Module::to_string).collect();
    let (lines, _) = question::ask(runtime, &document(&names), PATIENCE)?;
    let answers = lines.iter().filter_map(|line| line.split_once('|'));
    Ok(answers
        .map(|(module, error)| (module.trim().to_owned(), error.trim().to_owned()))
        .collect())
}

/// A document that tries each module and says what comes of it.
fn document(modules: &[String]) -> String {
    let names = serde_json::json!(modules);
    format!(
        "import QtQuick 2.0\n\
         Item {{ id: root; Component.onCompleted: {{\n\
         {names}.forEach(function(name) {{\n\
         var error = '';\n\
         try {{ Qt.createQmlObject('import QtQuick 2.0; import ' + name + '; Item {{}}', root, 'doctor').destroy() }}\n\
         catch (e) {{ error = e.qmlErrors ? e.qmlErrors[0].message : String(e) }}\n\
         console.log('{MARK} ' + name + '|' + error) }});\n\
         Qt.callLater(Qt.quit) }} }}\n"
    )
}

/// Where a module comes from.
fn remedy(runtime: &Runtime, module: &Module) -> String {
    if runtime.name == "pyside6" {
        return "pip install PySide6 has all modules, PySide6-Essentials only some; those of a program: \
                a stand-in, or attach to it"
            .into();
    }
    let name = module.uri.to_lowercase().replace('.', "-");
    let candidates = match runtime.is_qt5() {
        // Debian names some after their second version.
        true => vec![format!("qml-module-{name}2"), format!("qml-module-{name}")],
        false => vec![format!("qml6-module-{name}")],
    };
    match candidates.iter().find(|package| is_package(package)) {
        Some(package) => format!("apt install {package}"),
        None => "no package of this machine's has it by name; if your program registers it: a \
                 stand-in, or attach to the program"
            .into(),
    }
}

/// Whether this machine's package manager knows it. It takes a second to ask, so that is done
/// once.
fn is_package(name: &str) -> bool {
    static KNOWN: OnceLock<String> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let mut command = Command::new("apt-cache");
        command.args(["pkgnames", "qml"]).stdin(Stdio::null());
        let output = command.stderr(Stdio::null()).output();
        output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    });
    known.lines().any(|known| known == name)
}
