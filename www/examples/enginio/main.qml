import QtQuick 2.12

// The to-do list of Enginio's tutorial: a model for a query, and a view of it. Start the server
// with the qmlserve.toml beside this file, or with --book.
Rectangle {
    id: root

    readonly property alias todos: model
    readonly property alias client: client

    function add(title) { model.append({ title: title, completed: false }) }
    function toggle(row) { model.setProperty(row, 'completed', !model.items[row].completed) }

    width: 360
    height: 480
    color: '#f4f4f4'

    EnginioClient {
        id: client
        onError: function (message) { problem.text = message }
    }

    EnginioModel {
        id: model
        client: client
        query: ({ objectType: 'objects.todos', sort: [{ sortBy: 'createdAt', direction: 'asc' }] })
    }

    Text {
        id: header
        width: parent.width
        height: 56
        horizontalAlignment: Text.AlignHCenter
        verticalAlignment: Text.AlignVCenter
        font.pixelSize: 22
        color: model.live ? '#333' : '#999'
        text: 'Todos'
    }

    ListView {
        anchors { top: header.bottom; bottom: line.top; left: parent.left; right: parent.right; margins: 8 }
        clip: true
        spacing: 2
        model: root.todos.items

        delegate: Rectangle {
            width: parent ? parent.width : 0
            height: 40
            color: 'white'

            Text {
                anchors { left: parent.left; right: cross.left; verticalCenter: parent.verticalCenter; margins: 10 }
                elide: Text.ElideRight
                textFormat: Text.PlainText
                color: modelData.completed ? '#999' : '#333'
                font.pixelSize: 16
                font.strikeout: modelData.completed
                text: modelData.title
            }
            MouseArea {
                anchors.fill: parent
                onClicked: root.toggle(index)
            }
            Text {
                id: cross
                anchors { right: parent.right; verticalCenter: parent.verticalCenter; margins: 10 }
                color: '#c33'
                font.pixelSize: 20
                text: '\u00d7'
                MouseArea {
                    anchors { fill: parent; margins: -10 }
                    onClicked: root.todos.remove(index)
                }
            }
        }
    }

    Rectangle {
        id: line
        anchors { left: parent.left; right: parent.right; bottom: problem.top; margins: 8 }
        height: 40
        color: 'white'

        TextInput {
            id: input
            anchors { fill: parent; margins: 10 }
            focus: true
            clip: true
            font.pixelSize: 16
            onAccepted: {
                if (text !== '')
                    root.add(text)
                text = ''
            }
        }
        Text {
            anchors { fill: input }
            visible: input.text === ''
            color: '#aaa'
            font.pixelSize: 16
            text: 'What is to be done?'
        }
    }

    Text {
        id: problem
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: 8 }
        wrapMode: Text.Wrap
        color: '#c33'
    }
}
