// The colours as a table, read once from JSON. To read a file on the disk this way, current
// versions of Qt have to be told that it is allowed: QML_XHR_ALLOW_FILE_READ=1.
import QtQuick 2.12
import "colorservice.js" as Service

GridView {
    id: table

    cellWidth: 74
    cellHeight: 58
    clip: true
    delegate: ColorCell { name: modelData.name; value: modelData.value }

    Component.onCompleted: Service.list(function(status, answer) {
        if (answer)
            table.model = answer.colors
    })
}
