//! The names that documents have from Qt itself, of all the versions from 5.15 to 6.12: types of
//! its usual modules, and what JavaScript defines. Knows no version: of a name that any of them has
//! it is not said that it is wrong.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A module all of whose types are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QtModule {
    /// One of those that are there with every document: `QtQml`, `QtQuick`, `QtQuick.Window`.
    Base,
    /// One of the controls of Qt Quick Controls 2, of its styles and templates.
    Controls,
    /// `QtQuick.Layouts`.
    Layouts,
    /// Another one.
    Other,
}

/// Modules of [`QtModule::Other`]: those that only Qt 6 has.
const OTHER_MODULES: &[&str] = &["QtCore", "QtQuick.Effects"];

/// Modules whose types are known here as far as Qt 6 has them.
const KNOWN_IN_PART: &[&str] = &[
    "QtQuick.Dialogs",
    "QtQuick.Particles",
    "QtQuick.Shapes",
    "QtQuick.XmlListModel",
    "Qt.labs.folderlistmodel",
    "Qt.labs.platform",
    "Qt.labs.qmlmodels",
    "Qt.labs.settings",
];

/// The styles of Qt Quick Controls 2.
const STYLES: &[&str] = &[
    "Basic",
    "FluentWinUI3",
    "Fusion",
    "Imagine",
    "Material",
    "Universal",
];

// Read off the `.qmltypes` and `qmldir`s of Qt 5.15, 6.4 and 6.12.

const BASE: &str = "\
    AbstractDelegateComponent AbstractItemModel AbstractListModel Accessible AllOfFilter \
    AnchorAnimation AnchorChanges AnimatedImage AnimatedSprite Animation AnimationController \
    Animator AnyOfFilter Application Behavior Binding BorderImage BorderImageMesh Canvas \
    CloseEvent Color ColorAnimation ColorGroup ColorSpace Column Component CompositeFilterBase \
    Connections DelegateChoice DelegateChooser DelegateModel DelegateModelGroup DoubleValidator \
    Drag DragAxis DragEvent DragHandler DropArea Easing EnterKey EventPoint EventTabletPoint \
    EventTouchPoint FilterBase Flickable Flipable Flow FocusScope Font FontInfo FontLoader \
    FontMetrics FrameAnimation FunctionFilter FunctionSorter GestureEvent Gradient GradientStop \
    GraphicsInfo Grid GridMesh GridView HoverHandler Image ImageBase InputDevice InputMethod \
    Instantiator IntValidator Item ItemSelectionModel ItemView KeyEvent KeyNavigation Keys \
    LayoutMirroring ListElement ListModel ListView Loader Locale LoggingCategory Matrix4x4 \
    MouseArea MouseEvent MultiPointTouchArea NumberAnimation ObjectModel OpacityAnimator \
    OpenGLInfo Package PaintedItem Palette ParallelAnimation ParentAnimation ParentChange Path \
    PathAngleArc PathAnimation PathArc PathAttribute PathCubic PathCurve PathInterpolator \
    PathLine PathMove PathMultiline PathPercent PathPolyline PathQuad PathRectangle PathSvg \
    PathText PathView PauseAnimation Pinch PinchArea PinchHandler PlanarTransform PointHandler \
    PointerDevice PointerEvent PointerHandler PointerMouseEvent PointerScrollEvent \
    PointerTouchEvent PointingDeviceUniqueId Positioner PropertyAction PropertyAnimation \
    PropertyChanges Qt QtObject RangeFilter Rectangle RegExpFilter RegExpValidator \
    RegularExpressionValidator Repeater RoleFilter RoleSorter Rotation RotationAnimation \
    RotationAnimator Row SafeArea Scale ScaleAnimator Screen ScreenInfo ScriptAction \
    SequentialAnimation ShaderEffect ShaderEffectMesh ShaderEffectSource Shear Shortcut \
    SmoothedAnimation SortFilterProxyModel SorterBase SpringAnimation Sprite SpriteSequence \
    StandardKey State StateChangeScript StateGroup StringSorter SystemPalette TableView \
    TapHandler Text TextDocument TextEdit TextInput TextMetrics TextSelection Timer TouchPoint \
    Transition Translate TreeView TypeNotAvailable UniformAnimator ValueFilter Vector3dAnimation \
    ViewSection ViewTransition WheelEvent WheelHandler Window WindowContainer WorkerScript \
    XAnimator YAnimator";

const CONTROLS: &str = "\
    AbstractButton AbstractDayOfWeekRow AbstractMonthGrid AbstractWeekNumberColumn Action \
    ActionGroup ApplicationWindow Basic BusyIndicator Button ButtonGroup Calendar CalendarModel \
    CheckBox CheckDelegate ComboBox Config Container ContextMenu Control DayOfWeekRow \
    DelayButton Dial Dialog DialogButtonBox DoubleSpinBox Drawer FocusFrame Frame Fusion \
    GroupBox HeaderViewDelegate HorizontalHeaderView HorizontalHeaderViewDelegate Imagine \
    ItemDelegate Label Material Menu MenuBar MenuBarItem MenuItem MenuSeparator MonthGrid \
    Overlay Page PageIndicator Pane Popup ProgressBar RadioButton RadioDelegate RangeSlider \
    RoundButton ScrollBar ScrollIndicator ScrollView SearchField SelectionRectangle Slider \
    SpinBox SplitHandle SplitView StackView StyleImage SwipeDelegate SwipeView Switch \
    SwitchDelegate TabBar TabButton TableViewDelegate TextArea TextField ToolBar ToolButton \
    ToolSeparator ToolTip TreeViewDelegate Tumbler Universal VerticalHeaderView \
    VerticalHeaderViewDelegate WeekNumberColumn __TableView__";

const LAYOUTS: &str = "\
    ColumnLayout FlexboxLayout GridLayout Layout LayoutItemProxy RowLayout StackLayout";

const OTHERS: &str = "\
    Affector Age AngleDirection Array ArrayBuffer Attractor BluetoothPermission Boolean \
    CalendarPermission CameraPermission ColorDialog ConicalGradient ContactsPermission \
    CopyAction CumulativeDirection CustomParticle CutAction DOMException DataView Date DeleteAction \
    EllipseShape Emitter Error EvalError FileDialog FolderDialog FolderListModel FontDialog \
    Friction Function Gravity GroupGoal ImageParticle Infinity ItemParticle JSON LineShape \
    LinearGradient LocationPermission Map MaskShape Math MenuItemGroup MessageDialog \
    MicrophonePermission MultiEffect NaN NullVector Number Object ParticleAffector \
    ParticleExtruder ParticleGroup ParticlePainter ParticleSystem PasteAction PointDirection \
    Promise Proxy RadialGradient RangeError RectangleShape RectangularShadow RedoAction Reflect \
    RegExp SelectAllAction Set Settings Shape ShapeGradient ShapePath SpriteGoal StandardPaths \
    String Symbol SyntaxError SystemInformation SystemTrayIcon TableModel TableModelColumn \
    TargetDirection TrailEmitter TreeModel Turbulence TypeError URIError URL URLSearchParams \
    Uint8Array UndoAction Wander WeakMap WeakSet XMLHttpRequest XmlListModel XmlListModelRole \
    XmlRole";

type Names = LazyLock<BTreeSet<&'static str>>;

static KNOWN_BASE: Names = LazyLock::new(|| BASE.split_whitespace().collect());
static KNOWN_CONTROLS: Names = LazyLock::new(|| CONTROLS.split_whitespace().collect());
static KNOWN_LAYOUTS: Names = LazyLock::new(|| LAYOUTS.split_whitespace().collect());
static KNOWN_OTHERS: Names = LazyLock::new(|| OTHERS.split_whitespace().collect());

impl QtModule {
    /// The module that is imported as this, in this version; `None` if its types are not known.
    pub(crate) fn of(uri: &str, version: Option<&str>) -> Option<Self> {
        // The first ones of that name were other modules.
        let is_first = version.is_some_and(|version| version.split('.').next() == Some("1"));
        match uri {
            "QML" | "QtQml" | "QtQml.Models" | "QtQml.WorkerScript" | "QtQuick"
            | "QtQuick.Window" => Some(Self::Base),
            "QtQuick.Layouts" => Some(Self::Layouts),
            "QtQuick.Controls" | "QtQuick.Templates" if !is_first => Some(Self::Controls),
            _ if OTHER_MODULES.contains(&uri) => Some(Self::Other),
            _ => {
                let style = uri.strip_prefix("QtQuick.Controls.")?;
                STYLES.contains(&style).then_some(Self::Controls)
            }
        }
    }

    /// Whether a version of the module may have a type of this name.
    pub(crate) fn may_have(self, name: &str) -> bool {
        match self {
            Self::Base => KNOWN_BASE.contains(name),
            Self::Controls => KNOWN_CONTROLS.contains(name),
            Self::Layouts => KNOWN_LAYOUTS.contains(name),
            Self::Other => is_known(name),
        }
    }
}

/// Whether a module is of Qt, and its usual types are known here.
pub(crate) fn is_known_module(uri: &str) -> bool {
    QtModule::of(uri, None).is_some() || KNOWN_IN_PART.contains(&uri)
}

/// Whether documents have a name from Qt.
pub(crate) fn is_known(name: &str) -> bool {
    let all = [&KNOWN_BASE, &KNOWN_CONTROLS, &KNOWN_LAYOUTS, &KNOWN_OTHERS];
    all.iter().any(|names| names.contains(name))
}

/// The module of Qt to import for a type, of those that most documents import.
pub(crate) fn module_of(name: &str) -> Option<&'static str> {
    match name {
        "Window" | "Screen" => Some("QtQuick.Window"),
        _ if KNOWN_BASE.contains(name) => Some("QtQuick"),
        _ if KNOWN_CONTROLS.contains(name) => Some("QtQuick.Controls"),
        _ if KNOWN_LAYOUTS.contains(name) => Some("QtQuick.Layouts"),
        _ => None,
    }
}

/// The types of the modules that most documents import.
pub(crate) fn usual<'n>() -> impl Iterator<Item = &'n str> {
    let all = [&KNOWN_BASE, &KNOWN_CONTROLS, &KNOWN_LAYOUTS];
    let names = all.into_iter().flat_map(|names| names.iter());
    names.map(|name| -> &'n str { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_known_by_its_name_and_version() {
        for (uri, version, expected) in [
            ("QtQuick", Some("2.15"), Some(QtModule::Base)),
            ("QtQuick.Controls", None, Some(QtModule::Controls)),
            ("QtQuick.Controls", Some("2.5"), Some(QtModule::Controls)),
            ("QtQuick.Controls", Some("1.4"), None),
            ("QtQuick.Controls.Material", None, Some(QtModule::Controls)),
            ("QtQuick.Controls.Styles", Some("1.4"), None),
            ("QtQuick.Dialogs", Some("1.3"), None),
            ("QtQuick.Effects", None, Some(QtModule::Other)),
            ("QtMultimedia", None, None),
            ("My.App", None, None),
        ] {
            assert_eq!(QtModule::of(uri, version), expected, "{uri} {version:?}");
        }
    }

    #[test]
    fn a_type_is_of_its_module() {
        assert!(QtModule::Base.may_have("Rectangle"));
        assert!(!QtModule::Base.may_have("Button"));
        assert!(QtModule::Controls.may_have("Button"));
        assert!(QtModule::Layouts.may_have("RowLayout"));
        assert!(QtModule::Other.may_have("Settings"));
        assert_eq!(module_of("Button"), Some("QtQuick.Controls"));
        assert_eq!(module_of("Buton"), None);
    }
}
