import QtQuick 2.12

// A list of documents, of which the person chooses one: by a click, or with the arrow keys and
// Enter.
Rectangle {
    id: chooser

    property var choices: []

    signal chosen(string document)

    readonly property int size: width < 400 ? 12 : 14

    color: "#181818"
    clip: true

    Keys.onReturnPressed: take(list.currentIndex)
    Keys.onEnterPressed: take(list.currentIndex)
    Keys.onUpPressed: list.decrementCurrentIndex()
    Keys.onDownPressed: list.incrementCurrentIndex()

    function take(index) {
        if (index >= 0 && index < choices.length)
            chosen(choices[index]);
    }

    Column {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; margins: 16 }
        spacing: 4

        Text {
            width: parent.width
            wrapMode: Text.Wrap
            text: "Which document is the first?"
            color: "#ffcc66"
            font.pixelSize: chooser.size + 4
            font.bold: true
        }

        Text {
            width: parent.width
            wrapMode: Text.Wrap
            text: "Click one, or use the arrow keys and Enter.\nTo choose for all clients, start the server with --document."
            color: "#b0b0b0"
            font.pixelSize: chooser.size - 1
        }
    }

    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom; margins: 16 }
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        model: chooser.choices
        currentIndex: 0
        highlightMoveDuration: 0

        delegate: Rectangle {
            width: list.width
            height: name.implicitHeight + 14
            radius: 3
            color: ListView.isCurrentItem ? "#30506e" : area.containsMouse ? "#2a2a2a" : "transparent"

            Text {
                id: name

                anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter; margins: 8 }
                elide: Text.ElideMiddle
                textFormat: Text.PlainText
                text: modelData
                color: "white"
                font.pixelSize: chooser.size
            }

            MouseArea {
                id: area

                anchors.fill: parent
                hoverEnabled: true
                onClicked: {
                    list.currentIndex = index;
                    chooser.take(index);
                }
            }
        }
    }
}
