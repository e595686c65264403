// The colours from XML, with the model of Qt 5.
import QtQuick 2.12
import QtQuick.XmlListModel 2.0
import "colorservice.js" as Service

GridView {
    cellWidth: 74
    cellHeight: 58
    clip: true
    model: XmlListModel {
        source: Service.base() + ".xml"
        query: "/colors/color"
        XmlRole { name: "name"; query: "name/string()" }
        XmlRole { name: "value"; query: "value/string()" }
    }
    delegate: ColorCell { name: model.name; value: model.value }
}
