import QtQuick 2.12
import QtWebSockets 1.0

// A room of the server that this document came from, entered again when the connection is lost.
// What is sent goes to everybody else in it, as JSON.
Item {
    id: root

    property string name
    readonly property bool connected: socket.status === WebSocket.Open

    signal received(var message)

    function send(message) {
        if (!connected)
            return false
        socket.sendTextMessage(JSON.stringify(message))
        return true
    }

    WebSocket {
        id: socket
        url: {
            var host = /^https?:\/\/([^\/]+)/.exec(Qt.resolvedUrl('.'))
            return 'ws://' + (host ? host[1] : 'localhost:8080') + '/rooms/' + encodeURIComponent(root.name)
        }
        active: true
        onTextMessageReceived: function (message) {
            var heard = null
            try {
                heard = JSON.parse(message)
            } catch (error) {
                // Said below.
            }
            if (heard !== null && typeof heard.from === 'string' && typeof heard.text === 'string')
                root.received(heard)
            else
                console.log('not a message of this chat: ' + message)
        }
        onStatusChanged: if (socket.status === WebSocket.Closed || socket.status === WebSocket.Error) again.start()
    }

    Timer {
        id: again
        interval: 1000
        onTriggered: {
            socket.active = false
            socket.active = true
        }
    }
}
