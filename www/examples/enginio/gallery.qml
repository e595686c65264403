import QtQuick 2.12

// The image gallery of Enginio's tutorial: objects with a picture each, small ones in a grid, a
// large one by itself. A picture is drawn here, or a file that is dropped on the window, or comes
// from any client of the data storage, such as
//   curl -H 'Enginio-Backend-Id: main' -F 'object={"targetFileProperty": {"objectType":
//   "objects.image", "id": ID, "propertyName": "file"}}' -F file=@sky.png HOST/v1/files
Rectangle {
    id: root

    readonly property alias images: model
    readonly property alias drawing: drawing

    // A new object, and its picture.
    function add(name, bytes) {
        model.append({ name: name }, function (made) {
            if (made)
                client.upload(made, 'file', name, bytes, model.reload)
        })
    }

    width: 480
    height: 480
    color: '#222'

    EnginioClient {
        id: client
        onError: function (message) { problem.text = message }
    }

    EnginioModel {
        id: model
        client: client
        query: ({ objectType: 'objects.image', include: { file: {} } })
    }

    GridView {
        anchors { fill: parent; margins: 4; bottomMargin: 48 }
        clip: true
        cellWidth: 118
        cellHeight: 118
        model: root.images.items

        delegate: Item {
            id: cell
            // Without a picture yet, there is nothing to show.
            readonly property var file: modelData.file && modelData.file.status === 'complete' ? modelData.file : null

            width: 118
            height: 118

            Rectangle {
                anchors { fill: parent; margins: 4 }
                color: '#333'

                Image {
                    id: image
                    anchors.fill: parent
                    fillMode: Image.PreserveAspectFit
                }
            }
            MouseArea {
                anchors.fill: parent
                onClicked: if (cell.file) client.downloadUrl(cell.file, '', function (answer) {
                    if (answer)
                        large.source = answer.expiringUrl
                })
                onPressAndHold: root.images.remove(index)
            }
            Component.onCompleted: {
                if (!file)
                    return
                var variant = file.variants && file.variants.thumbnail ? 'thumbnail' : ''
                client.downloadUrl(file, variant, function (answer) {
                    if (answer)
                        image.source = answer.expiringUrl
                })
            }
        }
    }

    DropArea {
        anchors.fill: parent
        onDropped: function (drop) {
            for (var i = 0; i < drop.urls.length; i++) {
                (function (url) {
                    client.read(url, function (bytes) { root.add(url.split('/').pop(), bytes) })
                })(drop.urls[i].toString())
            }
        }
    }

    Text {
        id: problem
        anchors { left: parent.left; right: draw.left; verticalCenter: draw.verticalCenter; margins: 8 }
        elide: Text.ElideRight
        textFormat: Text.PlainText
        color: '#e88'
        font.pixelSize: 12
    }

    Drawing {
        id: drawing
        z: 1
        anchors { fill: parent; bottomMargin: 48 }
        visible: false
        onSaved: function (dataUrl) { root.add('drawing.png', client.bytesOf(dataUrl)) }
    }

    Rectangle {
        id: draw
        z: 1
        anchors { right: parent.right; bottom: parent.bottom; margins: 8 }
        width: 96
        height: 32
        radius: 4
        color: '#446'

        Text {
            anchors.centerIn: parent
            color: 'white'
            font.pixelSize: 14
            text: drawing.visible ? 'Save' : 'Draw'
        }
        MouseArea {
            anchors.fill: parent
            onClicked: drawing.visible ? drawing.save() : drawing.open()
        }
    }

    Rectangle {
        anchors.fill: parent
        visible: large.source.toString() !== ''
        color: '#e0000000'

        Image {
            id: large
            anchors { fill: parent; margins: 16 }
            fillMode: Image.PreserveAspectFit
        }
        MouseArea {
            anchors.fill: parent
            onClicked: large.source = ''
        }
    }
}
