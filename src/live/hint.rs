//! What may have been meant: a word of help for the commonest mistakes in a document.

use std::collections::BTreeSet;

use crate::path::TreePath;
use crate::qml::document::ImportTarget;
use crate::qml::qmldir;
use crate::tree::snapshot::Snapshot;

/// How much alike two names have to be, from 0 to 1.
const ALIKE: f64 = 0.7;

/// The types that most documents are made of, by the module of Qt that has them.
const MODULES: &[(&str, &[&str])] = &[
    (
        "QtQuick",
        &[
            "Item",
            "Rectangle",
            "Text",
            "Image",
            "MouseArea",
            "Timer",
            "Row",
            "Column",
            "Grid",
            "Flow",
            "Repeater",
            "ListView",
            "GridView",
            "PathView",
            "Flickable",
            "Loader",
            "TextInput",
            "TextEdit",
            "FocusScope",
            "Connections",
            "Binding",
            "Component",
            "Behavior",
            "NumberAnimation",
            "PropertyAnimation",
            "ColorAnimation",
            "State",
            "Transition",
            "Gradient",
            "GradientStop",
            "AnimatedImage",
            "BorderImage",
            "Canvas",
            "TapHandler",
            "DragHandler",
            "HoverHandler",
            "FontLoader",
            "SequentialAnimation",
            "ParallelAnimation",
            "PropertyChanges",
            "ListElement",
            "ListModel",
        ],
    ),
    (
        "QtQuick.Controls",
        &[
            "ApplicationWindow",
            "Button",
            "CheckBox",
            "RadioButton",
            "Switch",
            "Slider",
            "Dial",
            "RangeSlider",
            "SpinBox",
            "ComboBox",
            "TextField",
            "TextArea",
            "Label",
            "TabBar",
            "TabButton",
            "ToolBar",
            "ToolButton",
            "ToolTip",
            "Page",
            "Pane",
            "Frame",
            "GroupBox",
            "ScrollView",
            "ScrollBar",
            "StackView",
            "SwipeView",
            "Drawer",
            "Dialog",
            "Popup",
            "Menu",
            "MenuItem",
            "MenuBar",
            "ItemDelegate",
            "ProgressBar",
            "BusyIndicator",
            "PageIndicator",
            "Tumbler",
            "SplitView",
            "RoundButton",
            "Action",
            "ButtonGroup",
        ],
    ),
    (
        "QtQuick.Layouts",
        &[
            "RowLayout",
            "ColumnLayout",
            "GridLayout",
            "StackLayout",
            "Layout",
        ],
    ),
    ("QtQuick.Window", &["Window", "Screen"]),
];

/// Longest name that is compared with others: anybody may send one.
const LONGEST: usize = 100;

/// What helps with `message`, an error of the document at `path`.
pub(super) fn hint(snapshot: &Snapshot, path: &TreePath, message: &str) -> Option<String> {
    // QQmlTypeCompiler and QQmlImports, in 5.15 as in 6.12.
    let name = message
        .trim_end_matches(['.', ' '])
        .strip_suffix(" is not a type")?;
    let name = name.rsplit('.').next()?.trim();
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let dir = path.parent();
    let documents = snapshot.files().filter_map(|(file, _)| {
        let of_type = qmldir::type_name(file.name())?.to_owned();
        Some((of_type, file))
    });
    let documents: Vec<_> = documents.collect();
    let elsewhere = documents
        .iter()
        .filter(|(of_type, file)| of_type == name && file.parent() != dir)
        .min_by_key(|(_, file)| file.components().count());
    if let Some((_, file)) = elsewhere {
        let folder = dir.url_relative_to(&file.parent());
        return Some(format!("{file} is in another folder: import \"{folder}\""));
    }
    let document = snapshot.file(path).and_then(|file| file.document());
    let imports = |module: &str| {
        let mut imports = document.iter().flat_map(|document| &document.imports);
        imports.any(|import| matches!(&import.target, ImportTarget::Module(uri) if uri == module))
    };
    let owner = MODULES.iter().find(|(_, types)| types.contains(&name));
    if let Some((module, _)) = owner.filter(|(module, _)| !imports(module)) {
        return Some(format!("it is a type of Qt's: import {module}"));
    }
    let used = snapshot.files().filter(|(file, _)| file != path);
    let used: Vec<_> = used
        .filter_map(|(_, file)| file.document().cloned())
        .collect();
    let used = used
        .iter()
        .flat_map(|document| document.references.names.iter());
    let names: BTreeSet<&str> = documents
        .iter()
        .map(|(of_type, _)| of_type.as_str())
        .chain(used.map(AsRef::as_ref))
        .chain(MODULES.iter().flat_map(|(_, types)| types.iter().copied()))
        .filter(|other| *other != name && other.len() <= LONGEST)
        .collect();
    let scored = names.into_iter().map(|other| {
        let score = strsim::normalized_damerau_levenshtein(name, other);
        (score, other)
    });
    let (score, nearest) = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (score > ALIKE).then(|| format!("did you mean {nearest}?"))
}
