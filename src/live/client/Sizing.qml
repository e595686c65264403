import QtQuick 2.12
import "roots.js" as Roots

// Sizes what is shown as a Loader would: the loader takes the item's size, or else has one itself
// that the item takes. A Window takes the place of the one before.
QtObject {
    id: sizing

    property Item loader: null
    // What is shown: an Item, a Window, or neither.
    property QtObject item: null
    property bool keepsFractions: false

    // An item is going to be shown that asks for another size than its predecessor did.
    signal fitting(real itemWidth, real itemHeight)

    // Makes `object` the content of `frame`, before it is `item`.
    function fit(object, frame) {
        var width = object.width;
        var height = object.height;
        var declared = width !== d.naturalWidth || height !== d.naturalHeight;
        d.naturalWidth = width;
        d.naturalHeight = height;
        d.following = true;
        if (declared)
            fitting(width > 0 ? width : loader.width, height > 0 ? height : loader.height);
        if (width > 0)
            loader.implicitWidth = width;
        if (height > 0)
            loader.implicitHeight = height;
        d.pushing = true;
        object.parent = frame;
        // There it may measure itself otherwise: its text wraps.
        if (width > 0)
            loader.implicitWidth = object.width;
        if (height > 0)
            loader.implicitHeight = object.height;
        d.following = false;
        if (d.differs(object.width, loader.width))
            object.width = loader.width;
        if (d.differs(object.height, loader.height))
            object.height = loader.height;
        d.pushing = false;
    }

    // The loader's size has changed.
    function pushWidth() {
        if (d.following || !Roots.isItem(item) || !d.differs(item.width, loader.width))
            return;
        d.pushing = true;
        item.width = loader.width;
        d.pushing = false;
    }

    function pushHeight() {
        if (d.following || !Roots.isItem(item) || !d.differs(item.height, loader.height))
            return;
        d.pushing = true;
        item.height = loader.height;
        d.pushing = false;
    }

    // What holds the Window back that is to follow another one. One that is maximized or full
    // screen most likely says so in its document, where `visible: false` alone has no effect.
    function holdFor(old) {
        if (!Roots.isWindow(old))
            return null;
        return old.visibility > 2 /* Window.Windowed */ ? { visible: false, visibility: 0 } : { visible: false };
    }

    // A window stands where its predecessor stood, however that was moved or resized, unless
    // the document asks for another size now.
    function place(window, old) {
        var width = window.width;
        var height = window.height;
        if (old !== null && old.visibility <= 2) {
            window.x = old.x;
            window.y = old.y;
            if (width === d.naturalWidth && height === d.naturalHeight) {
                window.width = old.width;
                window.height = old.height;
            }
        }
        d.naturalWidth = width;
        d.naturalHeight = height;
        if (old === null) {
            window.visible = true;
        } else if (old.visible) {
            // In steps, each of them consistent: newer Qt warns of a hidden window that is to
            // be full screen.
            if (old.visibility > 2)
                window.visibility = 1; // Window.AutomaticVisibility
            window.visible = true;
            if (old.visibility > 2)
                window.visibility = old.visibility;
            if (old.active)
                window.requestActivate();
        }
    }

    readonly property QtObject d: QtObject {
        // The size that the shown version asked for.
        property real naturalWidth: 0
        property real naturalHeight: 0
        property bool following: false
        property bool pushing: false

        function differs(itemSize, size) {
            return itemSize !== size && !(sizing.keepsFractions && Math.floor(itemSize) === size);
        }

        // The item's size has changed.
        function follow() {
            if (pushing || !Roots.isItem(sizing.item))
                return;
            following = true;
            if (sizing.item.width > 0)
                sizing.loader.implicitWidth = sizing.item.width;
            if (sizing.item.height > 0)
                sizing.loader.implicitHeight = sizing.item.height;
            following = false;
        }

        readonly property Connections size: Connections {
            target: Roots.isItem(sizing.item) ? sizing.item : null
            function onWidthChanged() { sizing.d.follow() }
            function onHeightChanged() { sizing.d.follow() }
        }
    }
}
