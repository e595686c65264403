// One line to type into.
import QtQuick 2.12

Rectangle {
    id: field

    property alias text: input.text
    property bool isSecret: false
    property string hint
    signal accepted()

    width: parent.width
    height: 32
    radius: 4
    color: "white"
    border.color: input.activeFocus ? "#3f6887" : "#b0b0b0"

    Text {
        anchors { verticalCenter: parent.verticalCenter; left: parent.left; leftMargin: 8 }
        visible: input.text === ""
        color: "#909090"
        text: field.hint
    }

    TextInput {
        id: input
        anchors { fill: parent; margins: 8 }
        focus: true
        clip: true
        echoMode: field.isSecret ? TextInput.Password : TextInput.Normal
        onAccepted: field.accepted()
    }
}
