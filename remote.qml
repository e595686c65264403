// Shows the interface that a qmlserve server has, and every change of it:
//
//     qmlscene --resize-to-root remote.qml
//     qmlscene --resize-to-root remote.qml --server=http://box:8080
//     qml remote.qml -- http://box:8080
import QtQuick 2.12

Loader {
    id: remote

    property string server: "http://localhost:8080"

    // The argument that is the address of a server, if there is one. `--server=` is for
    // qmlscene, which takes a bare address for a document to show.
    readonly property string address: {
        var args = Qt.application.arguments;
        for (var i = args.length - 1; i > 0; --i) {
            var match = /^(?:--server=)?(https?:\/\/[^\/]+(?:\/~[^\/]+)?)\/?$/.exec(args[i]);
            if (match && args[i - 1] !== "-I")
                return match[1];
        }
        return server;
    }

    // The engine never asks again for a URL that failed, nor for what it refers to. A user
    // name makes them all new ones; servers do not get to see it.
    property int attempt: 0
    // Whether the server is there, and does not answer to the name that it was asked by.
    property bool refused: false
    readonly property string user: attempt > 0 ? "try" + attempt + "@" : ""
    readonly property var live: Qt.createComponent(
        address.replace("://", "://" + user) + "/@qmlserve/live.qml", Component.Asynchronous)

    focus: true
    sourceComponent: live.status === Component.Ready ? live : waiting

    Timer {
        interval: 1000
        repeat: true
        running: remote.live.status === Component.Error
        onTriggered: {
            remote.refused = remote.live.errorString().indexOf("Access denied") >= 0;
            ++remote.attempt;
        }
    }

    Component {
        id: waiting

        Item {
            implicitWidth: 640
            implicitHeight: 480

            Text {
                // Nobody has to read this who waits for a moment only.
                visible: remote.attempt > 0
                anchors.fill: parent
                anchors.margins: 24
                wrapMode: Text.Wrap
                font.pixelSize: 16
                text: "Waiting for " + remote.address.replace(/\/~.*/, "") + "\n\n"
                      + (remote.refused ? "The server there does not answer to this name. Start it with --allowed-host NAME. "
                                        : "Start qmlserve there, or check the address. ")
                      + "The interface appears by itself."
            }
        }
    }
}
