import QtQuick 2.12

// A dot in the corner for as long as the server is lost, named where there is room.
Rectangle {
    id: mark

    readonly property bool named: parent !== null && parent.width >= 200 && parent.height >= 80

    anchors.right: parent ? parent.right : undefined
    anchors.bottom: parent ? parent.bottom : undefined
    anchors.margins: named ? 8 : 3
    z: 1e9
    width: named ? label.implicitWidth + 28 : 10
    height: named ? 20 : 10
    radius: height / 2
    color: named ? "#cc202020" : "#f5a623"
    border.color: "#80ffffff"
    border.width: 1

    Rectangle {
        visible: mark.named
        x: 7
        anchors.verticalCenter: parent.verticalCenter
        width: 8
        height: 8
        radius: 4
        color: "#f5a623"
    }

    Text {
        id: label

        visible: mark.named
        x: 20
        anchors.verticalCenter: parent.verticalCenter
        text: "server lost"
        color: "white"
        font.pixelSize: 11
    }
}
