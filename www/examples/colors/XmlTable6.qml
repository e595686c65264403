// The colours from XML, with the model of Qt 6.
import QtQuick
import QtQml.XmlListModel
import "colorservice.js" as Service

GridView {
    cellWidth: 74
    cellHeight: 58
    clip: true
    model: XmlListModel {
        source: Service.base() + ".xml"
        query: "/colors/color"
        XmlListModelRole { name: "name"; elementName: "name" }
        XmlListModelRole { name: "value"; elementName: "value" }
    }
    delegate: ColorCell { name: model.name; value: model.value }
}
