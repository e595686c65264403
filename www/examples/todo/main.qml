import QtQuick 2.12

// A list of things to do. Whoever changes it tells the server; the server tells every client
// through the gateway, and each reads the list again: create → message → refresh.
//
// The list is a collection of the server that this document came from, which pushes its changes;
// qmlserve.toml beside this file says so. Another back end can hold it as well, if it posts to the
// gateway: --backend=http://host:port
Rectangle {
    id: root

    readonly property alias connected: gateway.connected
    readonly property alias todos: todos.items
    property alias backend: todos.url

    function add(text) { todos.create({ text: text, done: false }) }
    function finish(todo) { todos.update(todo.id, { done: !todo.done }) }
    function remove(todo) { todos.remove(todo.id) }

    width: 360
    height: 480
    color: '#f3f4f8'

    Todos {
        id: todos
        url: argument('--backend=') || server()

        // Where this document came from.
        function server() {
            var base = /^https?:\/\/[^\/]+/.exec(Qt.resolvedUrl('.'))
            return base ? base[0] : 'http://localhost:8080'
        }

        function argument(name) {
            var given = Qt.application.arguments.filter(function (text) { return text.indexOf(name) === 0 })
            return given.length ? given[0].substring(name.length) : ''
        }
    }

    Gateway {
        id: gateway
        server: todos.server()
        onReceived: todos.refresh()
        // What changed while nobody told.
        onConnectedChanged: if (connected) todos.refresh()
    }

    ListView {
        anchors { left: parent.left; right: parent.right; top: parent.top; bottom: line.top; margins: 12 }
        clip: true
        spacing: 4
        model: todos.items

        delegate: Rectangle {
            width: parent ? parent.width : 0
            height: 36
            radius: 4
            color: 'white'

            Text {
                anchors { verticalCenter: parent.verticalCenter; left: parent.left; right: cross.left; margins: 10 }
                elide: Text.ElideRight
                textFormat: Text.PlainText
                color: modelData.done ? '#9aa1b2' : '#1d2230'
                font.strikeout: modelData.done
                text: modelData.text
            }
            MouseArea {
                anchors.fill: parent
                onClicked: root.finish(modelData)
            }
            Text {
                id: cross
                anchors { verticalCenter: parent.verticalCenter; right: parent.right; margins: 10 }
                color: '#c2556b'
                text: '✕'

                MouseArea {
                    anchors.fill: parent
                    onClicked: root.remove(modelData)
                }
            }
        }
    }

    Rectangle {
        id: line
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: 44
        color: todos.error || !gateway.connected ? '#5c3540' : '#2b3347'

        TextInput {
            anchors { fill: parent; margins: 12 }
            color: 'white'
            clip: true
            focus: true
            onAccepted: {
                root.add(text)
                text = ''
            }

            Text {
                visible: parent.text === ''
                color: '#b9bfce'
                text: todos.error || (gateway.connected ? 'What is to do?' : 'Connecting…')
            }
        }
    }
}
