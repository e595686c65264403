import QtQuick 2.12

Rectangle {
    id: button

    property alias text: label.text
    signal clicked()

    width: 152
    height: 32
    radius: 4
    color: area.pressed ? "#30506a" : area.containsMouse ? "#4a7a9f" : "#3f6887"

    Text {
        id: label
        anchors.centerIn: parent
        color: "white"
    }

    MouseArea {
        id: area
        anchors.fill: parent
        hoverEnabled: true
        onClicked: button.clicked()
    }
}
