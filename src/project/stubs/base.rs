//! The types of Qt's that stand-ins begin with, and what they have already.

use super::value::is_model;

/// What a stand-in's root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// An object without a picture.
    Object,
    /// Something that is seen.
    Item,
    /// A model; it is empty until somebody fills it.
    Model,
    /// A window.
    Window,
}

/// Properties of `Item`, most of which are final.
const ITEM: &str = "parent data resources children x y z width height opacity enabled visible \
    visibleChildren states transitions state childrenRect anchors left right horizontalCenter top \
    bottom verticalCenter baseline baselineOffset clip focus activeFocus activeFocusOnTab \
    focusPolicy rotation scale transformOrigin transformOriginPoint transform smooth antialiasing \
    implicitWidth implicitHeight containmentMask layer palette";

/// Properties of `Window`.
const WINDOW: &str = "data title modality flags x y width height minimumWidth maximumWidth \
    minimumHeight maximumHeight visible active visibility contentOrientation opacity color screen \
    contentItem activeFocusItem transientParent palette";

/// Signals of `ListModel`, besides those of its properties.
const MODEL_SIGNALS: &str = "dataChanged headerDataChanged rowsInserted rowsRemoved rowsMoved \
    rowsAboutToBeInserted rowsAboutToBeRemoved rowsAboutToBeMoved columnsInserted columnsRemoved \
    columnsMoved columnsAboutToBeInserted columnsAboutToBeRemoved columnsAboutToBeMoved \
    modelReset modelAboutToBeReset layoutChanged layoutAboutToBeChanged";

/// Methods that an object of each base has, and whose own versions do better.
const MODEL_METHODS: &str =
    "append clear get insert move remove set setProperty sync data index rowCount columnCount";

impl Base {
    /// The base for a class that derives from these of Qt's.
    pub(super) fn of(classes: &[String]) -> Self {
        let any = |is: &dyn Fn(&str) -> bool| classes.iter().any(|class| is(class));
        if any(&|class| matches!(class, "QQuickWindow" | "QQuickView")) {
            Self::Window
        } else if any(&|class| class.starts_with("QQuick") && class != "QQuickImageProvider") {
            Self::Item
        } else if any(&is_model) {
            Self::Model
        } else {
            Self::Object
        }
    }

    /// The type in QML.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Object => "QtObject",
            Self::Item => "Item",
            Self::Model => "ListModel",
            Self::Window => "Window",
        }
    }

    /// Whether it takes objects inside its braces.
    pub(super) fn takes_children(self) -> bool {
        matches!(self, Self::Item | Self::Window)
    }

    /// Whether it has a property of this name, so that none can be declared.
    pub(super) fn has_property(self, name: &str) -> bool {
        let own = match self {
            Self::Object => "",
            Self::Item => ITEM,
            Self::Model => "count dynamicRoles",
            Self::Window => WINDOW,
        };
        name == "objectName" || own.split_whitespace().any(|own| own == name)
    }

    /// Whether it has a signal of this name, so that no signal nor method can be declared.
    pub(super) fn has_signal(self, name: &str) -> bool {
        let of_property = name.strip_suffix("Changed");
        name == "destroyed"
            || of_property.is_some_and(|name| self.has_property(name))
            || self == Self::Model && MODEL_SIGNALS.split_whitespace().any(|own| own == name)
    }

    /// Whether it has a method of this name that does what is meant.
    pub(super) fn has_method(self, name: &str) -> bool {
        self == Self::Model && MODEL_METHODS.split_whitespace().any(|own| own == name)
            || matches!(name, "toString" | "destroy")
    }
}
