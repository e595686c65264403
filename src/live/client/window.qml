// The live client in a window of its own, for a program that has several: Qt's preview service
// does not choose between them for a root that is an Item, and hides them all for one that is a
// Window. Takes the parameters of live.qml.
import QtQuick 2.12
import QtQuick.Window 2.12

Window {
    id: window

    width: 640
    height: 480
    visible: true

    Loader {
        anchors.fill: parent
        focus: true
        // The query is that of this document's own URL.
        source: "live.qml" + String(Qt.resolvedUrl("#")).replace(/^[^?]*/, "").replace(/#.*$/, "")
    }
}
