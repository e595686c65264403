import QtQuick 2.12

// What clients show first. Save it, or any other file, and they follow.
Rectangle {
    width: 480
    height: 320
    color: "#f4f1ea"

    Row {
        anchors.centerIn: parent
        spacing: 16

        Repeater {
            model: ["one", "two", "three"]
            Tile { label: modelData }
        }
    }

    Text {
        anchors { horizontalCenter: parent.horizontalCenter; bottom: parent.bottom; margins: 24 }
        text: "Click a tile, then edit Tile.qml and save."
        color: "#5b5648"
    }
}
