// The colour service of the book and its clients: by REST, as a table from JSON, and from XML.
import QtQuick 2.12

Rectangle {
    id: root

    property alias client: client
    property alias jsonTable: jsonTable
    property alias xmlTable: xmlLoader.item

    width: 640
    height: 560

    RestClient {
        id: client
        width: parent.width
        height: 280
    }

    Text {
        id: jsonTitle
        anchors { top: client.bottom; left: parent.left; margins: 8 }
        text: "from JSON"
    }

    JsonTable {
        id: jsonTable
        anchors { top: jsonTitle.bottom; left: parent.left; bottom: parent.bottom; margins: 8 }
        width: parent.width / 2 - 16
    }

    Text {
        id: xmlTitle
        anchors { top: client.bottom; left: parent.horizontalCenter; margins: 8 }
        text: "from XML"
    }

    // Qt 5 and Qt 6 have the model in different modules, and none of them is always installed.
    Loader {
        id: xmlLoader
        anchors { top: xmlTitle.bottom; left: parent.horizontalCenter; right: parent.right; bottom: parent.bottom; margins: 8 }
        source: "XmlTable6.qml"
        onStatusChanged: {
            if (status === Loader.Error && source.toString().indexOf("XmlTable6") >= 0)
                source = "XmlTable5.qml"
        }
    }
}
