//! The names that documents have from Qt itself, of all the versions from 5.15 to 6.12: types of
//! its usual modules, and what JavaScript defines.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Modules all of whose types are known here.
const MODULES: &[&str] = &[
    "QtQml",
    "QtQml.Models",
    "QtQml.WorkerScript",
    "QtQuick",
    "QtQuick.Controls",
    "QtQuick.Dialogs",
    "QtQuick.Effects",
    "QtQuick.Layouts",
    "QtQuick.Particles",
    "QtQuick.Shapes",
    "QtQuick.Templates",
    "QtQuick.Window",
    "QtQuick.XmlListModel",
    "QtCore",
    "Qt.labs.folderlistmodel",
    "Qt.labs.platform",
    "Qt.labs.qmlmodels",
    "Qt.labs.settings",
];

/// Read off the `.qmltypes` and `qmldir`s of Qt 5.15, 6.4 and 6.12.
const NAMES: &str = "\
    Component Imagine Material QtObject Universal AbstractButton AbstractDayOfWeekRow AbstractDelegateComponent AbstractItemModel \
    AbstractListModel AbstractMonthGrid AbstractWeekNumberColumn Accessible Action ActionGroup \
    Affector Age AllOfFilter AnchorAnimation AnchorChanges AngleDirection AnimatedImage \
    AnimatedSprite Animation AnimationController Animator AnyOfFilter Application \
    ApplicationWindow Array ArrayBuffer Attractor Behavior Binding BluetoothPermission Boolean \
    BorderImage BorderImageMesh BusyIndicator Button ButtonGroup Calendar CalendarModel \
    CalendarPermission CameraPermission Canvas CheckBox CheckDelegate CloseEvent Color \
    ColorAnimation ColorDialog ColorGroup ColorSpace Column ColumnLayout ComboBox \
    CompositeFilterBase Config ConicalGradient Connections ContactsPermission Container \
    ContextMenu Control CopyAction CumulativeDirection CutAction DOMException DataView Date \
    DayOfWeekRow DelayButton DelegateChoice DelegateChooser DelegateModel DelegateModelGroup \
    DeleteAction Dial Dialog DialogButtonBox DoubleSpinBox DoubleValidator Drag DragAxis \
    DragEvent DragHandler Drawer DropArea Easing EllipseShape Emitter EnterKey Error EvalError \
    EventPoint EventTabletPoint EventTouchPoint FileDialog FilterBase FlexboxLayout Flickable \
    Flipable Flow FocusFrame FocusScope FolderDialog FolderListModel Font FontDialog FontInfo \
    FontLoader FontMetrics Frame FrameAnimation Friction Function FunctionFilter FunctionSorter \
    GestureEvent Gradient GradientStop GraphicsInfo Gravity Grid GridLayout GridMesh GridView \
    GroupBox GroupGoal HeaderViewDelegate HorizontalHeaderView HorizontalHeaderViewDelegate \
    HoverHandler Image ImageBase ImageParticle Infinity InputDevice InputMethod Instantiator \
    IntValidator Item ItemDelegate ItemParticle ItemSelectionModel ItemView JSON KeyEvent \
    KeyNavigation Keys Label Layout LayoutItemProxy LayoutMirroring LineShape LinearGradient \
    ListElement ListModel ListView Loader Locale LocationPermission LoggingCategory Map \
    MaskShape Math Matrix4x4 Menu MenuBar MenuBarItem MenuItem MenuItemGroup MenuSeparator \
    MessageDialog MicrophonePermission MonthGrid MouseArea MouseEvent MultiEffect \
    MultiPointTouchArea NaN NullVector Number NumberAnimation Object ObjectModel OpacityAnimator \
    OpenGLInfo Overlay Package Page PageIndicator PaintedItem Palette Pane ParallelAnimation \
    ParentAnimation ParentChange ParticleAffector ParticleExtruder ParticleGroup ParticlePainter \
    ParticleSystem PasteAction Path PathAngleArc PathAnimation PathArc PathAttribute PathCubic \
    PathCurve PathInterpolator PathLine PathMove PathMultiline PathPercent PathPolyline PathQuad \
    PathRectangle PathSvg PathText PathView PauseAnimation Pinch PinchArea PinchHandler \
    PlanarTransform PointDirection PointHandler PointerDevice PointerEvent PointerHandler \
    PointerMouseEvent PointerScrollEvent PointerTouchEvent PointingDeviceUniqueId Popup \
    Positioner ProgressBar Promise PropertyAction PropertyAnimation PropertyChanges Proxy Qt \
    RadialGradient RadioButton RadioDelegate RangeError RangeFilter RangeSlider Rectangle \
    RectangleShape RectangularShadow RedoAction Reflect RegExp RegExpFilter RegExpValidator \
    RegularExpressionValidator Repeater RoleFilter RoleSorter Rotation RotationAnimation \
    RotationAnimator RoundButton Row RowLayout SafeArea Scale ScaleAnimator Screen ScreenInfo \
    ScriptAction ScrollBar ScrollIndicator ScrollView SearchField SelectAllAction \
    SelectionRectangle SequentialAnimation Set Settings ShaderEffect ShaderEffectMesh \
    ShaderEffectSource Shape ShapeGradient ShapePath Shear Shortcut Slider SmoothedAnimation \
    SortFilterProxyModel SorterBase SpinBox SplitHandle SplitView SpringAnimation Sprite \
    SpriteGoal SpriteSequence StackLayout StackView StandardKey StandardPaths State \
    StateChangeScript StateGroup String StringSorter StyleImage SwipeDelegate SwipeView Switch \
    SwitchDelegate Symbol SyntaxError SystemInformation SystemPalette SystemTrayIcon TabBar \
    TabButton TableModel TableModelColumn TableView TableViewDelegate TapHandler TargetDirection \
    Text TextArea TextDocument TextEdit TextField TextInput TextMetrics TextSelection Timer \
    ToolBar ToolButton ToolSeparator ToolTip TouchPoint TrailEmitter Transition Translate \
    TreeModel TreeView TreeViewDelegate Tumbler Turbulence TypeError TypeNotAvailable URIError \
    URL URLSearchParams Uint8Array UndoAction UniformAnimator ValueFilter Vector3dAnimation \
    VerticalHeaderView VerticalHeaderViewDelegate ViewSection ViewTransition Wander WeakMap \
    WeakSet WeekNumberColumn WheelEvent WheelHandler Window WindowContainer WorkerScript \
    XAnimator XMLHttpRequest XmlListModel XmlListModelRole XmlRole YAnimator";

static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| NAMES.split_whitespace().collect());

/// Whether all types of a module are known here.
pub(super) fn is_known_module(uri: &str) -> bool {
    MODULES.contains(&uri)
}

/// Whether documents have a name from Qt.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(name)
}
