import QtQuick 2.12

// A message over all of its parent: a dimmed interface shows through where there
// is one. Made to be read on a watch's screen too: then without title and margins.
Rectangle {
    id: overlay

    property string title: ""
    // [{ location, message, source, hint }, …]; what is "", or is not there, is not shown.
    property var entries: []
    property bool isError: true
    // Whether there is an interface below that may show through.
    property bool dims: true

    // The person has read it, and wants to see what is below.
    signal dismissed()

    readonly property bool compact: width < 240 || height < 140
    readonly property int margin: compact ? 4 : 16
    readonly property int size: compact ? 10 : width < 400 ? 12 : 14

    anchors.fill: parent
    z: 1e9 - 1
    clip: true
    color: dims ? "#d9181818" : "#181818"

    // The interface below is out of date: nothing reaches it until this is dismissed.
    MouseArea {
        anchors.fill: parent
        acceptedButtons: Qt.AllButtons
        hoverEnabled: true
        onWheel: function(wheel) { wheel.accepted = true }
    }

    Shortcut {
        sequence: "Escape"
        enabled: overlay.dims
        onActivated: overlay.dismissed()
        onActivatedAmbiguously: overlay.dismissed()
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

        MouseArea {
            width: flick.width
            height: Math.max(flick.height, column.height)
            enabled: overlay.dims
            onClicked: overlay.dismissed()
        }

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

            Text {
                visible: !overlay.compact && overlay.dims
                text: "Click or Escape: use the former version until the next save"
                color: "#909090"
                font.pixelSize: Math.max(10, overlay.size - 3)
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

                    Text {
                        visible: !overlay.compact && text !== ""
                        width: parent.width
                        elide: Text.ElideRight
                        textFormat: Text.PlainText
                        text: modelData.source || ""
                        color: "#c8c8c8"
                        font.family: "monospace"
                        font.pixelSize: overlay.size
                    }

                    Text {
                        visible: text !== ""
                        width: parent.width
                        wrapMode: Text.Wrap
                        textFormat: Text.PlainText
                        text: modelData.hint || ""
                        color: "#ffcc66"
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
