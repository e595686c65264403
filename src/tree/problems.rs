//! What a person should know about the files of a snapshot.

use url::Url;

use super::file::{File, Kind};
use super::snapshot::Snapshot;
use crate::path::TreePath;
use crate::project::Place;
use crate::qml::document::{ImportTarget, Language};

/// Path, line (0 for the whole file) and message.
pub type Problem = (TreePath, u32, String);

/// Problems of the files of a snapshot. Those of directories that it shares with `other` are
/// left out, as far as nothing else decides over them.
pub fn problems(snapshot: &Snapshot, other: Option<&Snapshot>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, file) in snapshot.files_beside(other) {
        for (line, message) in file.problems(&path) {
            problems.push((path.clone(), line, message));
        }
        for message in strays(snapshot, &path, file) {
            problems.push((path.clone(), 0, message));
        }
    }
    let same_project = other.filter(|other| other.has_project_of(snapshot));
    for (path, file) in snapshot.files_beside(same_project) {
        undeclared(snapshot, &path, file, &mut problems);
    }
    if same_project.is_none() {
        let findings = snapshot.project().findings.iter().cloned();
        problems.extend(findings.map(|finding| {
            let Place { path, line } = finding.place;
            (path, line, finding.message)
        }));
    }
    let same_modules = other.filter(|other| other.has_modules_of(snapshot));
    for (path, file) in snapshot.files_beside(same_modules) {
        out_of_reach(snapshot, &path, file, &mut problems);
    }
    if same_modules.is_none() {
        problems.extend(ambiguous(snapshot));
    }
    problems
}

/// Modules of the tree that a script imports: clients look where modules are installed. What a
/// script without imports sees is measured with Qt 5.15, 6.4 and 6.12.
fn out_of_reach(snapshot: &Snapshot, path: &TreePath, file: &File, problems: &mut Vec<Problem>) {
    if path.kind() != Kind::Document(Language::Js) {
        return;
    }
    let imports = file.document().into_iter();
    for import in imports.flat_map(|document| &document.imports) {
        let ImportTarget::Module(uri) = &import.target else {
            continue;
        };
        if snapshot.imported(&path.parent(), import).is_empty() {
            continue;
        }
        let message = format!(
            "clients take {uri} from what is installed for them, and not from here, since a \
             script imports it; a script with no .import at all sees what the document that uses \
             it imports: import the module there"
        );
        problems.push((path.clone(), import.line, message));
    }
}

/// Modules that several directories declare.
fn ambiguous(snapshot: &Snapshot) -> impl Iterator<Item = Problem> {
    let ambiguous = snapshot.modules().ambiguous();
    ambiguous.filter_map(|(uri, dirs)| {
        let (first, others) = dirs.split_first()?;
        let message = format!(
            "module {uri} is in {} as well: who imports it gets the nearest; if that is not meant, \
             rename one or leave it out with --ignore",
            others.join(", ")
        );
        Some((TreePath::parse(first).ok()?, 0, message))
    })
}

/// Names of what Qt itself has compiled in.
const OF_QT: [&str; 4] = [
    "/qt-project.org/",
    "/qt/qml/Qt",
    "/QtQuick",
    "/qt-installed/",
];

/// Names of what is compiled in that nothing declares.
fn undeclared(snapshot: &Snapshot, path: &TreePath, file: &File, problems: &mut Vec<Problem>) {
    let Some(document) = file.document() else {
        return;
    };
    let dir = path.parent();
    let names = document.resources.iter();
    let names = names.filter(|name| {
        !snapshot.is_compiled_in(&dir, &name.path)
            && !OF_QT.iter().any(|qt| name.path.starts_with(qt))
    });
    problems.extend(names.map(|name| {
        let message = format!(
            "nothing declares \"qrc:{}\": only a program that has it compiled in finds it; put it \
             into a .qrc or into RESOURCES of the module, or name the file relative to this one",
            name.path
        );
        (path.clone(), name.line, message)
    }));
    let imports = document.imports.iter().filter(|import| {
        let is_resource =
            matches!(&import.target, ImportTarget::File(text) if text.starts_with("qrc:"));
        is_resource && snapshot.imported(&dir, import).is_empty()
    });
    problems.extend(imports.map(|import| {
        let message = "nothing declares what is imported here: no .qrc and no module has files \
                       below it in one directory; import the directory by its path"
            .to_owned();
        (path.clone(), import.line, message)
    }));
}

/// Strings that lead out of the version to a document of the tree: the engine asks for such a
/// URL once. Imports are written anew, but what a string is for is not known.
fn strays(snapshot: &Snapshot, path: &TreePath, file: &File) -> Vec<String> {
    let dir = path.parent();
    let literals = file.document().into_iter();
    let literals = literals.flat_map(|document| &document.references.literals);
    let is_own = |url: &Url| url.host_str() == Some("localhost");
    let strays = literals.filter_map(|literal| {
        let (target, relative) = snapshot.named(&dir, literal, &is_own)?;
        let is_document = matches!(target.kind(), Kind::Document(_));
        let is_there = is_document && snapshot.file(&target).is_some();
        (is_there && !relative).then(|| {
            format!(
                "\"{literal}\" leads out of the version, so that clients keep what they load \
                 first; write \"{}\"",
                dir.url_relative_to(&target)
            )
        })
    });
    strays.collect()
}
