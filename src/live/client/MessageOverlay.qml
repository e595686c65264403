import QtQuick 2.12

// A message over all of its parent: a dimmed interface shows through where there
// is one. Made to be read on a watch's screen too: then without title and margins.
Rectangle {
    id: overlay

    property string title: ""
    // [{ location, message }, …]; a location of "" is not shown.
    property var entries: []
    property bool isError: true
    // Whether there is an interface below that may show through.
    property bool dims: true

    readonly property bool compact: width < 240 || height < 140
    readonly property int margin: compact ? 4 : 16
    readonly property int size: compact ? 10 : width < 400 ? 12 : 14

    anchors.fill: parent
    z: 1e9 - 1
    clip: true
    color: dims ? "#d9181818" : "#181818"

    // The interface below is out of date: nothing reaches it.
    MouseArea {
        anchors.fill: parent
        acceptedButtons: Qt.AllButtons
        hoverEnabled: true
        onWheel: function(wheel) { wheel.accepted = true }
    }

    Rectangle {
        width: parent.width
        height: overlay.compact ? 2 : 4
        color: overlay.isError ? "#e5484d" : "#f5a623"
    }

    Flickable {
        id: flick

        anchors.fill: parent
        anchors.margins: overlay.margin
        contentWidth: width
        contentHeight: column.height
        boundsBehavior: Flickable.StopAtBounds
        clip: true

        Column {
            id: column

            width: flick.width
            spacing: overlay.compact ? 3 : 10

            Text {
                visible: !overlay.compact && text !== ""
                width: parent.width
                wrapMode: Text.Wrap
                textFormat: Text.PlainText
                text: overlay.title
                color: overlay.isError ? "#ff8589" : "#ffcc66"
                font.pixelSize: overlay.size + 4
                font.bold: true
            }

            Repeater {
                model: overlay.entries

                Column {
                    width: column.width
                    spacing: 1

                    Text {
                        visible: text !== ""
                        width: parent.width
                        wrapMode: Text.WrapAnywhere
                        textFormat: Text.PlainText
                        text: modelData.location
                        color: "#8fc7ff"
                        font.pixelSize: overlay.size
                        font.bold: true
                    }

                    Text {
                        width: parent.width
                        wrapMode: Text.Wrap
                        textFormat: Text.PlainText
                        text: modelData.message
                        color: "white"
                        font.pixelSize: overlay.size
                    }
                }
            }
        }
    }

    // How far there is to scroll.
    Rectangle {
        visible: flick.contentHeight > flick.height
        anchors.right: parent.right
        width: 3
        radius: 1
        color: "#80ffffff"
        height: Math.max(8, flick.height * flick.height / Math.max(1, flick.contentHeight))
        y: flick.y + flick.contentY * flick.height / Math.max(1, flick.contentHeight)
    }
}
