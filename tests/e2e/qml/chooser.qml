// A LiveLoader of a server that does not know which document to show: prints the list that it
// offers, saves a picture of it, and chooses the second one as `--by` says: "keys" or "mouse".
//
//     chooser.qml --server=URL --by=HOW --picture=FILE
import QtQuick 2.12
import QtTest 1.2
import "../../.." 1.0

Item {
    id: root

    width: 400
    height: 200

    function argument(name) {
        var start = "--" + name + "=";
        var found = Qt.application.arguments.filter(function(text) { return text.indexOf(start) === 0 });
        return found[0].slice(start.length);
    }

    // The item with this property in an item, or itself.
    function find(item, property) {
        if (item[property] !== undefined)
            return item;
        for (var i = 0; i < item.children.length; ++i) {
            var found = find(item.children[i], property);
            if (found)
                return found;
        }
        return null;
    }

    function choose(chooser) {
        if (argument("by") === "keys") {
            events.keyClick(Qt.Key_Down, Qt.NoModifier, -1);
            events.keyClick(Qt.Key_Return, Qt.NoModifier, -1);
        } else {
            var list = find(chooser, "currentIndex");
            var second = list.contentItem.mapToItem(root, 20, list.contentHeight * 0.75);
            events.mouseClick(root, second.x, second.y, Qt.LeftButton, Qt.NoModifier, -1);
        }
    }

    LiveLoader {
        id: live

        anchors.fill: parent
        focus: true
        server: root.argument("server")
    }

    TestEvent {
        id: events
    }

    Timer {
        interval: 50
        repeat: true
        running: true
        onTriggered: {
            var chooser = root.find(live, "choices");
            if (!chooser || chooser.choices.length === 0)
                return;
            stop();
            root.grabToImage(function(result) {
                result.saveToFile(root.argument("picture"));
                console.log("CHOICES " + chooser.choices.join(" "));
                root.choose(chooser);
            });
        }
    }
}
