import QtQuick 2.12
import QtWebSockets 1.0

// The objects that a query finds, as a model: `model: enginioModel.items`, and each object is
// `modelData`. It is read again whenever the server tells of a change, of whomever.
Item {
    id: root

    property Item client
    property var query: ({})
    property var items: []
    readonly property int rowCount: items.length
    readonly property bool live: socket.status === WebSocket.Open
    readonly property string token: client ? client.token : ''

    function append(object, done) {
        var whole = { objectType: query.objectType }
        for (var name in object)
            whole[name] = object[name]
        client.create(whole, function (made) {
            if (made)
                reload()
            if (done)
                done(made)
        })
    }

    function remove(row) {
        client.remove(items[row], reload)
    }

    function setProperty(row, role, value) {
        var change = { id: items[row].id, objectType: items[row].objectType }
        change[role] = value
        client.update(change, reload)
    }

    function reload() {
        if (!client || !query.objectType)
            return
        // What comes while it is read is not in it, maybe.
        if (state_.reading) {
            state_.again = true
            return
        }
        state_.reading = true
        client.query(query, function (answer) {
            state_.reading = false
            if (answer)
                items = answer.results
            if (state_.again) {
                state_.again = false
                reload()
            }
        })
    }

    function listen() {
        if (!client || !query.objectType)
            return
        var filter = { data: { objectType: query.objectType } }
        client.request('GET', '/stream_url?filter=' + encodeURIComponent(JSON.stringify(filter)), null, function (answer) {
            if (answer) {
                socket.url = answer.expiringUrl
                socket.active = true
            } else {
                later.start()
            }
        })
    }

    // Another user sees other objects, and is told of others.
    function restart() {
        socket.active = false
        reload()
        listen()
    }

    onQueryChanged: if (state_.complete) restart()
    onTokenChanged: if (state_.complete) restart()
    Component.onCompleted: {
        state_.complete = true
        restart()
    }

    QtObject {
        id: state_
        property bool complete: false
        property bool reading: false
        property bool again: false
    }

    WebSocket {
        id: socket
        active: false
        onTextMessageReceived: root.reload()
        onStatusChanged: {
            // What changed while nobody told.
            if (socket.status === WebSocket.Open)
                root.reload()
            else if (socket.active && (socket.status === WebSocket.Closed || socket.status === WebSocket.Error))
                later.start()
        }
    }

    Timer {
        id: later
        interval: 1000
        onTriggered: {
            socket.active = false
            root.listen()
        }
    }
}
