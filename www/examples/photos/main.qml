// A feed of photos, read as the chapter does, by way of the two proxies in qmlserve.toml.
import QtQuick 2.12

Rectangle {
    id: root

    property string message: "asking for the feed …"
    property int pictures: 0

    width: 400
    height: 480
    color: "#f4f4f0"

    function request(tags) {
        var xhr = new XMLHttpRequest()
        xhr.onreadystatechange = function() {
            if (xhr.readyState !== XMLHttpRequest.DONE)
                return
            if (xhr.status !== 200) {
                root.message = xhr.status === 404
                    ? "there is no /flickr: start qmlserve with the qmlserve.toml beside this document"
                    : xhr.responseText
                return
            }
            var response = JSON.parse(xhr.responseText.toString())
            root.message = response.title
            view.model = response.items
        }
        xhr.open("GET", server() + "/flickr/photos_public.gne?format=json&nojsoncallback=1&tags=" + tags)
        xhr.send()
    }

    // Where this document came from, with the token if there is one.
    function server() {
        return /^https?:\/\/[^\/]+(\/~[^\/]+)?/.exec(Qt.resolvedUrl("."))[0]
    }

    // The feed names pictures by their URL; here they are asked for by way of this server as well.
    function local(url) {
        return url.replace(/^https?:\/\/[^\/]*/, server() + "/pictures")
    }

    Component.onCompleted: request("munich")

    onPicturesChanged: {
        if (pictures === view.count)
            console.log(view.count + " photos, " + pictures + " pictures")
    }

    Text {
        id: title
        x: 12
        y: 12
        width: parent.width - 24
        wrapMode: Text.Wrap
        font.pixelSize: 18
        text: root.message
    }

    ListView {
        id: view
        anchors { fill: parent; topMargin: title.height + 24 }
        cacheBuffer: 2000
        clip: true
        delegate: Item {
            width: view.width
            height: 84

            Image {
                x: 12
                width: 75
                height: 75
                source: root.local(modelData.media.m)
                onStatusChanged: {
                    if (status === Image.Ready)
                        root.pictures++
                }
            }

            Text {
                x: 100
                width: parent.width - 112
                height: 75
                verticalAlignment: Text.AlignVCenter
                wrapMode: Text.Wrap
                font.pixelSize: 15
                text: modelData.title
            }
        }
    }
}
