import QtQuick 2.12
import QtWebSockets 1.0

// A socket of the server's gateway: asks for a URI, which opens once, and asks again whenever the
// connection is lost.
Item {
    id: root

    property string server
    readonly property bool connected: socket.status === WebSocket.Open

    signal received(var object, string event)

    function connect() {
        var request = new XMLHttpRequest()
        request.onreadystatechange = function () {
            if (request.readyState !== XMLHttpRequest.DONE)
                return
            if (request.status === 200) {
                socket.url = JSON.parse(request.responseText).uri
                socket.active = true
            } else {
                again.start()
            }
        }
        request.open('GET', server + '/v1/websocket_uri')
        request.send()
    }

    Component.onCompleted: connect()

    WebSocket {
        id: socket
        active: false
        onTextMessageReceived: function (message) {
            var said = JSON.parse(message)
            root.received(said.object, said.meta.eventName)
        }
        onStatusChanged: if (socket.status === WebSocket.Closed || socket.status === WebSocket.Error) again.start()
    }

    Timer {
        id: again
        interval: 1000
        onTriggered: {
            socket.active = false
            root.connect()
        }
    }
}
