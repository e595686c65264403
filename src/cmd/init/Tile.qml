import QtQuick 2.12

Rectangle {
    id: tile
    property string label
    property int clicks: 0

    width: 120
    height: 120
    radius: 12
    color: area.pressed ? "#1f6f54" : "#2a8f6d"

    Text {
        anchors.centerIn: parent
        color: "white"
        font.pixelSize: 20
        horizontalAlignment: Text.AlignHCenter
        text: tile.label + "\n" + tile.clicks
    }

    MouseArea {
        id: area
        anchors.fill: parent
        onClicked: tile.clicks += 1
    }
}
