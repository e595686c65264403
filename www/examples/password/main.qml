// A user name and a password, handed to an XMLHttpRequest as the chapter has it: the server asks
// for them by its answer, and Qt sends them by itself.
import QtQuick 2.12

Rectangle {
    id: root

    property string message: "who is it?"
    property alias notes: view.model

    width: 320
    height: 320
    color: "#f4f4f0"

    function signIn(name, password) {
        var xhr = new XMLHttpRequest()
        xhr.onreadystatechange = function() {
            if (xhr.readyState !== XMLHttpRequest.DONE)
                return
            if (xhr.status === 200) {
                root.notes = JSON.parse(xhr.responseText.toString()).notes
                root.message = "the notes of " + name
            } else {
                root.notes = null
                root.message = xhr.status === 401 ? "not with that password"
                    : xhr.status === 404 ? "there are no /notes: start qmlserve with the qmlserve.toml beside this document"
                    : xhr.responseText
            }
            console.log(root.message + ": " + view.count)
        }
        xhr.open("GET", server() + "/notes", true, name, password)
        xhr.send()
    }

    // Where this document came from, with the token if there is one.
    function server() {
        return /^https?:\/\/[^\/]+(\/~[^\/]+)?/.exec(Qt.resolvedUrl("."))[0]
    }

    Column {
        anchors { fill: parent; margins: 12 }
        spacing: 8

        Text {
            width: parent.width
            wrapMode: Text.Wrap
            font.pixelSize: 18
            text: root.message
        }

        Field {
            id: name
            objectName: "name"
            focus: true
            hint: "name"
            onAccepted: password.forceActiveFocus()
        }

        Field {
            id: password
            objectName: "password"
            hint: "password"
            isSecret: true
            onAccepted: root.signIn(name.text, text)
        }

        ListView {
            id: view
            width: parent.width
            height: 160
            clip: true
            spacing: 4
            delegate: Text {
                width: view.width
                wrapMode: Text.Wrap
                textFormat: Text.PlainText
                text: "– " + modelData.text
            }
        }
    }
}
