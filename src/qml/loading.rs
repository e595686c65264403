//! What of Qt loads a file by a name that is a string at run time.
//!
//! Three questions: what may a property load, given its name and the type of its object; what
//! may a function load; and which types own such a property, so that another document can set
//! it. The lists name what Qt 5.15 to 6 ship. A type that is in none of them is judged by the
//! name of the property alone, which errs to the safe side.

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
const DOCUMENT_TYPES: [&str; 8] = [
    "EntityLoader",
    "Loader",
    "Loader3D",
    "NodeInstantiator",
    "SceneLoader",
    "StackView",
    "Tab",
    "WorkerScript",
];

/// Types whose `source` and the like is never a document.
const ASSET_TYPES: [&str; 54] = [
    "AbstractButton",
    "Action",
    "AnimatedImage",
    "AnimatedSprite",
    "Audio",
    "BorderImage",
    "Button",
    "Canvas",
    "CheckBox",
    "CheckDelegate",
    "ColorImage",
    "DelayButton",
    "Drag",
    "FontLoader",
    "Icon",
    "IconImage",
    "IconLabel",
    "Image",
    "ImageParticle",
    "ItemDelegate",
    "LottieAnimation",
    "MediaPlayer",
    "MenuBarItem",
    "MenuItem",
    "Mesh",
    "Model",
    "NinePatchImage",
    "PdfDocument",
    "PdfMultiPageView",
    "RadioButton",
    "RadioDelegate",
    "RoundButton",
    "RuntimeLoader",
    "Shader",
    "ShaderEffect",
    "Sound",
    "SoundEffect",
    "Sprite",
    "SwipeDelegate",
    "Switch",
    "SwitchDelegate",
    "SystemTrayIcon",
    "TabButton",
    "Texture",
    "TextureImage",
    "TextureLoader",
    "ToolButton",
    "VectorImage",
    "Video",
    "VideoOutput",
    "WebEngineView",
    "WebView",
    "XmlListModel",
    // Grouped properties.
    "icon",
];

/// Types whose `source` or `url` is an item, or a socket's address: no file.
const ITEM_TYPES: [&str; 30] = [
    "Blend",
    "BrightnessContrast",
    "ColorOverlay",
    "Colorize",
    "ConicalGradient",
    "Desaturate",
    "DirectionalBlur",
    "Displace",
    "DropShadow",
    "FastBlur",
    "GammaAdjust",
    "GaussianBlur",
    "Glow",
    "HueSaturation",
    "InnerShadow",
    "LevelAdjust",
    "LinearGradient",
    "MaskedBlur",
    "MultiEffect",
    "OpacityMask",
    "RadialBlur",
    "RadialGradient",
    "RectangularGlow",
    "RectangularShadow",
    "RecursiveBlur",
    "ShaderEffectSource",
    "ThresholdMask",
    "WebSocket",
    "WebSocketServer",
    "ZoomBlur",
];

/// Types that show rich text, in which an `<img>` may be.
const TEXT_TYPES: [&str; 22] = [
    "AbstractButton",
    "Button",
    "CheckBox",
    "CheckDelegate",
    "DelayButton",
    "GroupBox",
    "ItemDelegate",
    "Label",
    "MenuItem",
    "RadioButton",
    "RadioDelegate",
    "RoundButton",
    "SwipeDelegate",
    "Switch",
    "SwitchDelegate",
    "TabButton",
    "Text",
    "TextArea",
    "TextEdit",
    "ToolButton",
    "ToolTip",
    "TextDocument",
];

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

/// What a property of an object of one of Qt's types may load.
pub(crate) fn by_type(type_name: &str, property: &str) -> Computed {
    let most = by_property(property);
    let is_item = ITEM_TYPES.contains(&type_name) || (type_name, property) == ("Drag", "source");
    if is_item {
        Computed::No
    } else if ASSET_TYPES.contains(&type_name) {
        most.min(Computed::Assets)
    } else {
        most
    }
}

/// The same, but nothing for a type that is in none of the lists: the tree has one of that name.
pub(crate) fn by_known_type(type_name: &str, property: &str) -> Computed {
    match is_known(type_name) {
        true => by_type(type_name, property),
        false => Computed::No,
    }
}

/// Whether it is one of Qt's types that have a property which names a file, or seems to.
pub(crate) fn is_known(type_name: &str) -> bool {
    DOCUMENT_TYPES.contains(&type_name)
        || ASSET_TYPES.contains(&type_name)
        || ITEM_TYPES.contains(&type_name)
}

/// What the objects of one of Qt's types load, by properties that anyone may set.
pub(crate) fn owned_by(type_name: &str) -> Computed {
    if DOCUMENT_TYPES.contains(&type_name) {
        Computed::Anything
    } else if ASSET_TYPES.contains(&type_name) {
        Computed::Assets
    } else {
        Computed::No
    }
}

/// Whether the objects of one of Qt's types show rich text.
pub(crate) fn shows_text(type_name: &str) -> bool {
    TEXT_TYPES.contains(&type_name)
}

/// What a function of Qt loads, whose first argument, or second for `open`, names it.
pub(crate) fn by_function(function: &str) -> Computed {
    match function {
        "createComponent" | "resolvedUrl" | "setSource" | "include" => Computed::Anything,
        "open" | "fetch" | "loadImage" | "drawImage" | "createPattern" | "loadSource" => {
            Computed::Assets
        }
        _ => Computed::No,
    }
}
