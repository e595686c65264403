// The root that a client starts, from the server or through remote.qml:
//
//     qmlscene --resize-to-root http://host:8080/@qmlserve/live.qml
//     qml http://host:8080/@qmlserve/live.qml?document=other.qml
//
// Started from a file, it takes the server's address from the command line. With `attached=1` it
// is shown by Qt's preview service in the engine and the window of a program that runs already.
import QtQuick 2.12
import "wire.js" as Wire

LiveLoader {
    id: live

    // An own URL with its query: an empty fragment resolves to just that.
    readonly property string self: Qt.resolvedUrl("#")
    // The view's window, once there is one, and where Qt's Window module is installed.
    readonly property var host: probe ? probe.host : null
    property QtObject probe: null
    readonly property bool attached: Wire.parameter(self, "attached") !== ""

    server: Wire.origin(self) || Wire.serverArgument(Qt.application.arguments) || "http://localhost:8080"
    document: Wire.parameter(self, "document") || "main.qml"
    focus: true
    // The window of Qt 6's `qml` leaves it to the item.
    keepsFractions: host !== null && host.containedObject !== undefined

    // In Qt 5 Window is a module, and a package, of its own: without it an Item still works.
    Component.onCompleted: {
        try {
            probe = Qt.createQmlObject(
                "import QtQuick 2.12; import QtQuick.Window 2.12; Item { readonly property var host: Window.window }",
                live, "windowprobe");
        } catch (error) {
            console.warn("qmlserve: QtQuick.Window is not installed; the window keeps its size.");
        }
    }

    // The view's window fits the interface as if that had been started by itself. From then on
    // it belongs to the person who resizes it, until the document asks for another size.
    onFitting: function(itemWidth, itemHeight) {
        var windowed = 2; // Window.Windowed
        var hidden = 0;   // Window.Hidden
        if (!host || (host.visibility !== windowed && host.visibility !== hidden))
            return;
        width = itemWidth;
        height = itemHeight;
        host.width = Math.floor(itemWidth);
        host.height = Math.floor(itemHeight);
    }

    onImplicitWidthChanged: if (host && host.width === Math.floor(width)) width = implicitWidth
    onImplicitHeightChanged: if (host && host.height === Math.floor(height)) height = implicitHeight

    // A document whose root is a Window has that window; the view's own would stand empty
    // beside it. Never both hidden: the application would end with its last window.
    onItemChanged: {
        if (!host || !item)
            return;
        host.visible = typeof item.requestActivate !== "function";
        // Qt's preview service keeps what it shows above all else; the program did not ask for it.
        if (attached)
            host.flags &= ~0x00040000; // Qt.WindowStaysOnTopHint
    }
}
