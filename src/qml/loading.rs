//! What of Qt loads a file by a name that is a string at run time.
//!
//! Three questions: what may a property load, given its name and the type of its object; what
//! may a function load; and which types own such a property, so that another document can set
//! it. The lists name what Qt 5.15 to 6 ship. A type that is in none of them is judged by the
//! name of the property alone, which errs to the safe side.

use std::collections::HashMap;
use std::sync::LazyLock;

/// How much of a tree can be behind a name that cannot be read off.
///
/// Ordered: what is more includes what is less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Computed {
    /// Nothing: every name is known.
    #[default]
    No,
    /// Any file that is no document: an image, a font, data.
    Assets,
    /// Any file.
    Anything,
}

/// Types whose `source` and the like is a document, a script or a component.
const DOCUMENT_TYPES: &str = "
    EntityLoader Loader Loader3D NodeInstantiator SceneLoader StackView Tab WorkerScript";

/// Types whose `source` and the like is never a document. `icon` is a grouped property.
const ASSET_TYPES: &str = "
    AnimatedImage AnimatedSprite Audio BorderImage Canvas ColorImage Drag FontLoader Icon
    IconImage Image ImageParticle LottieAnimation MediaPlayer Mesh Model NinePatchImage
    PdfDocument PdfMultiPageView RuntimeLoader Shader ShaderEffect Sound SoundEffect Sprite
    Texture TextureImage TextureLoader VectorImage Video VideoOutput WebEngineView WebView
    XmlListModel icon";

/// Types that have an `icon`, or an `iconSource`.
const ICON_TYPES: &str = "
    AbstractButton Action Button CheckBox CheckDelegate DelayButton IconLabel ItemDelegate
    MenuBarItem MenuItem RadioButton RadioDelegate RoundButton SwipeDelegate Switch
    SwitchDelegate SystemTrayIcon TabButton ToolButton";

/// Types whose `source` or `url` is an item, or a socket's address: no file.
const ITEM_TYPES: &str = "
    Blend BrightnessContrast ColorOverlay Colorize ConicalGradient Desaturate DirectionalBlur
    Displace DropShadow FastBlur GammaAdjust GaussianBlur Glow HueSaturation InnerShadow
    LevelAdjust LinearGradient MaskedBlur MultiEffect OpacityMask RadialBlur RadialGradient
    RectangularGlow RectangularShadow RecursiveBlur ShaderEffectSource ThresholdMask WebSocket
    WebSocketServer ZoomBlur";

/// Types that show rich text, in which an `<img>` may be.
const TEXT_TYPES: &str = "
    AbstractButton Button CheckBox CheckDelegate DelayButton GroupBox ItemDelegate Label MenuItem
    RadioButton RadioDelegate RoundButton SwipeDelegate Switch SwitchDelegate TabButton Text
    TextArea TextDocument TextEdit ToolButton ToolTip";

/// What is known of one of Qt's types.
#[derive(Default)]
struct QtType {
    /// The most that one of its properties loads, if it is in a list of those that have one, or
    /// seem to.
    loads: Option<Computed>,
    /// Whether that is an icon.
    has_icon: bool,
    shows_text: bool,
}

static QT_TYPES: LazyLock<HashMap<&str, QtType>> = LazyLock::new(|| {
    let mut types: HashMap<&str, QtType> = HashMap::new();
    for (names, computed) in [
        (DOCUMENT_TYPES, Computed::Anything),
        (ASSET_TYPES, Computed::Assets),
        (ICON_TYPES, Computed::Assets),
        (ITEM_TYPES, Computed::No),
    ] {
        for name in names.split_whitespace() {
            types.entry(name).or_default().loads = Some(computed);
        }
    }
    for name in ICON_TYPES.split_whitespace() {
        types.entry(name).or_default().has_icon = true;
    }
    for name in TEXT_TYPES.split_whitespace() {
        types.entry(name).or_default().shows_text = true;
    }
    types
});

/// What a property of this name may load, whatever the type of its object.
pub(crate) fn by_property(property: &str) -> Computed {
    match property {
        "source" | "initialItem" => Computed::Anything,
        "url" | "fragmentShader" | "vertexShader" | "computeShader" | "shader" | "poster" => {
            Computed::Assets
        }
        // Of `ImageParticle`.
        "colorTable" | "opacityTable" | "sizeTable" => Computed::Assets,
        _ if ["Source", "Url", "URL"]
            .iter()
            .any(|end| property.ends_with(end)) =>
        {
            Computed::Assets
        }
        _ => Computed::No,
    }
}

/// What a property of an object of one of Qt's types may load; `None` for a type that is in none
/// of the lists.
pub(crate) fn by_type(type_name: &str, property: &str) -> Option<Computed> {
    if (type_name, property) == ("Drag", "source") {
        return Some(Computed::No);
    }
    Some(most_of(type_name)?.min(by_property(property)))
}

/// The most that the objects of one of Qt's types load; `None` for a type that is in none of the
/// lists.
pub(crate) fn most_of(type_name: &str) -> Option<Computed> {
    QT_TYPES.get(type_name)?.loads
}

/// What the objects of one of Qt's types load by what anyone writes to a property; [`ICON`] and
/// [`ANY`] are names, too.
pub(crate) fn by_anyone(type_name: &str, property: &str) -> Computed {
    let Some(known) = QT_TYPES.get(type_name) else {
        return Computed::No;
    };
    let has_it = match property {
        ANY => true,
        ICON | "iconSource" => known.has_icon,
        "url" => matches!(type_name, "WebEngineView" | "WebView"),
        "imageSource" => type_name == "Drag",
        // Others that end so are properties of the tree's own types.
        _ if property != "source" && property.ends_with("ource") => false,
        _ if property.ends_with("Url") || property.ends_with("URL") => false,
        _ => !known.has_icon && type_name != "Drag",
    };
    known.loads.filter(|_| has_it).unwrap_or_default()
}

/// A property of `icon`, whatever its name.
pub(crate) const ICON: &str = "icon";

/// Any property.
pub(crate) const ANY: &str = "";

/// Whether the objects of one of Qt's types show rich text.
pub(crate) fn shows_text(type_name: &str) -> bool {
    QT_TYPES
        .get(type_name)
        .is_some_and(|known| known.shows_text)
}

/// What a function of Qt loads, whose first argument, or second for `open`, names it.
pub(crate) fn by_function(function: &str) -> Computed {
    match function {
        "createComponent" | "createQmlObject" | "resolvedUrl" | "setSource" | "include" => {
            Computed::Anything
        }
        "open" | "fetch" | "loadImage" | "drawImage" | "createPattern" | "loadSource" => {
            Computed::Assets
        }
        _ => Computed::No,
    }
}
