import QtQuick 2.12

// The image gallery of Enginio's tutorial: objects with a picture each, small ones in a grid, a
// large one by itself. Pictures come from any client of the data storage, such as
//   curl -H 'Enginio-Backend-Id: main' -F 'object={"targetFileProperty": {"objectType":
//   "objects.image", "id": ID, "propertyName": "file"}}' -F file=@sky.png HOST/v1/files
Rectangle {
    id: root

    readonly property alias images: model

    width: 480
    height: 480
    color: '#222'

    EnginioClient { id: client }

    EnginioModel {
        id: model
        client: client
        query: ({ objectType: 'objects.image', include: { file: {} } })
    }

    GridView {
        anchors { fill: parent; margins: 4 }
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
