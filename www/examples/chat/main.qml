import QtQuick 2.12

// A chat: everybody who opens this document is in the same room of the server that it came from.
Rectangle {
    id: root

    property string name: 'guest ' + Math.floor(1000 * Math.random())
    readonly property alias connected: room.connected
    readonly property alias lines: view.model

    function say(text) {
        if (text === '' || !room.send({ from: name, text: text }))
            return false
        view.append('me', text)
        return true
    }

    width: 360
    height: 480
    color: '#1d2230'

    Room {
        id: room
        name: 'lobby'
        onReceived: function (message) { view.append(message.from, message.text) }
    }

    Conversation {
        id: view
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: line.top; margins: 12 }
    }

    Rectangle {
        id: line
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: 44
        color: room.connected ? '#2b3347' : '#5c3540'

        TextInput {
            anchors { fill: parent; margins: 12 }
            color: 'white'
            clip: true
            focus: true
            enabled: room.connected
            onAccepted: if (root.say(text)) text = ''

            Text {
                visible: parent.text === ''
                color: '#8b93a7'
                text: room.connected ? 'Say something as ' + root.name : 'Connecting…'
            }
        }
    }
}
