import QtQuick 2.12

// What was said, the newest at the bottom.
ListView {
    id: root

    function append(from, text) {
        model.append({ from: String(from), text: String(text) })
        positionViewAtEnd()
    }

    clip: true
    spacing: 6
    model: ListModel {}

    delegate: Column {
        width: root.width

        Text {
            color: model.from === 'me' ? '#7fb2ff' : '#ffc27f'
            font.pixelSize: 11
            // What others send is text, whatever it looks like.
            textFormat: Text.PlainText
            text: model.from
        }
        Text {
            width: parent.width
            color: 'white'
            wrapMode: Text.Wrap
            textFormat: Text.PlainText
            text: model.text
        }
    }
}
