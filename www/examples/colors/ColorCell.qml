import QtQuick 2.12

Item {
    id: cell

    property string name
    property string value

    width: 72
    height: 56

    Rectangle {
        anchors { fill: parent; margins: 2; bottomMargin: 16 }
        color: cell.value === "" ? "transparent" : cell.value
        border.color: "#808080"
    }

    Text {
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        horizontalAlignment: Text.AlignHCenter
        elide: Text.ElideRight
        textFormat: Text.PlainText
        font.pixelSize: 11
        text: cell.name
    }
}
