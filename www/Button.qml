import QtQuick 2.12

Rectangle {
    id: button

    property alias text: label.text
    signal clicked()

    width: label.implicitWidth + 40
    height: label.implicitHeight + 20
    radius: 6
    color: area.pressed ? "#d0d0d0" : "#ffffff"

    Text {
        id: label
        anchors.centerIn: parent
        font.pixelSize: 18
    }

    MouseArea {
        id: area
        anchors.fill: parent
        onClicked: button.clicked()
    }
}
