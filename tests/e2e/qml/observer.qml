// An application of its own around a LiveLoader: prints what that does, and saves a picture after
// each load, good or bad.
//
//     observer.qml --server=URL --pictures=DIR [--document=FILE]
import QtQuick 2.12
import "../../.." 1.0

Rectangle {
    id: observer

    width: 300
    height: 200
    color: "black"

    property int pictures: 0

    function argument(name, otherwise) {
        var start = "--" + name + "=";
        var found = Qt.application.arguments.filter(function(text) { return text.indexOf(start) === 0 });
        return found.length > 0 ? found[0].slice(start.length) : otherwise;
    }

    function picture(of) {
        var file = argument("pictures", "/nowhere") + "/" + (++pictures) + ".png";
        live.grabToImage(function(result) {
            if (!result.saveToFile(file))
                console.log("cannot write " + file);
            console.log("PICTURE " + of + " " + file);
        });
    }

    LiveLoader {
        id: live

        anchors.fill: parent
        server: observer.argument("server", "")
        document: observer.argument("document", "main.qml")
        onLoaded: {
            console.log("LOADED " + version);
            observer.picture("loaded");
        }
        onFailed: function(message) {
            console.log("FAILED " + message.replace(/\n/g, " | "));
            observer.picture("failed");
        }
        onConnectedChanged: console.log("CONNECTED " + connected)
    }
}
