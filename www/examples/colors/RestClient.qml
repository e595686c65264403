// Five buttons, one for each thing that the service does, and the colours in a grid.
import QtQuick 2.12
import "colorservice.js" as Service

Item {
    id: client

    property alias colors: colors
    property alias message: message.text

    function randomColor() {
        return Qt.hsla(Math.random(), 0.5, 0.5, 1.0).toString()
    }

    // The name of the last colour of the grid; nothing, and a word about it, if there is none.
    function lastName() {
        if (colors.count > 0)
            return colors.get(colors.count - 1).name
        message.text = "read the colors first"
        return null
    }

    // Whether the answer is a good one. The service says what is wrong with a request.
    function isGood(status, answer) {
        if (status >= 200 && status < 300)
            return true
        message.text = answer && answer.error ? answer.error.message : "no answer"
        return false
    }

    ListModel { id: colors }

    Column {
        id: actions
        anchors { left: parent.left; top: parent.top; margins: 8 }
        spacing: 6

        ActionButton {
            objectName: "readAll"
            text: "Read colors"
            onClicked: Service.list(function(status, answer) {
                if (!client.isGood(status, answer))
                    return
                colors.clear()
                for (var i = 0; i < answer.data.length; i++)
                    colors.append({ name: answer.data[i].name, value: answer.data[i].value })
                message.text = answer.count + " colors"
            })
        }

        ActionButton {
            objectName: "create"
            text: "Create new"
            onClicked: {
                var color = { name: "color-" + colors.count, value: client.randomColor() }
                Service.create(color, function(status, answer) {
                    if (!client.isGood(status, answer))
                        return
                    colors.append(answer)
                    message.text = "created " + answer.name
                })
            }
        }

        ActionButton {
            objectName: "readLast"
            text: "Read last color"
            onClicked: {
                var name = client.lastName()
                if (name === null)
                    return
                Service.read(name, function(status, answer) {
                    if (client.isGood(status, answer))
                        message.text = answer.value
                })
            }
        }

        ActionButton {
            objectName: "updateLast"
            text: "Update last color"
            onClicked: {
                var name = client.lastName()
                if (name === null)
                    return
                Service.update(name, { value: client.randomColor() }, function(status, answer) {
                    if (!client.isGood(status, answer))
                        return
                    colors.setProperty(colors.count - 1, "value", answer.value)
                    message.text = "updated " + answer.name
                })
            }
        }

        ActionButton {
            objectName: "deleteLast"
            text: "Delete last color"
            onClicked: {
                var name = client.lastName()
                if (name === null)
                    return
                Service.remove(name, function(status, answer) {
                    if (!client.isGood(status, answer))
                        return
                    colors.remove(colors.count - 1)
                    message.text = "deleted " + name
                })
            }
        }

        Text {
            id: message
            width: 152
            wrapMode: Text.Wrap
            textFormat: Text.PlainText
        }
    }

    GridView {
        anchors { left: actions.right; right: parent.right; top: parent.top; bottom: parent.bottom; margins: 8 }
        clip: true
        cellWidth: 74
        cellHeight: 58
        model: colors
        delegate: ColorCell { name: model.name; value: model.value }
    }
}
