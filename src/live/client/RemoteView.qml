import QtQuick 2.12
import "items.js" as Items
import "roots.js" as Roots

// What a page in a browser, or a program, has this client do: send pictures of what it shows, tell
// what its items are, play clicks and keys, say which one it is. Loaded when somebody asks for the
// first time; until then there is nothing of it, and it does nothing unasked.
Item {
    id: view

    // The LiveLoader, what it shows, and its event stream.
    property Item loader: null
    property QtObject shown: null
    property QtObject stream: null

    // Another document is to be shown.
    signal showing(string document)
    // The document is to be shown anew: from the server, or as if it had just been started.
    signal reloading()
    signal resetting()

    function obey(command) {
        if (command.kind === "picture")
            camera.take(d.top(), command.width);
        else if (command.kind === "items")
            d.tell(command.id, command.wanted);
        else if (command.kind === "show")
            view.showing(command.document);
        else if (command.kind === "input")
            player.play(d.top(), command.steps);
        else if (command.kind === "identify")
            d.identify(command.label);
        else if (command.kind === "reload")
            view.reloading();
        else if (command.kind === "reset")
            view.resetting();
    }

    RemoteCamera {
        id: camera

        backdrop: Roots.isWindow(view.shown) && view.shown.color !== undefined ? view.shown.color : "white"
        onTaken: function(picture, width, height) { d.send(picture, width, height) }
    }

    RemoteInput {
        id: player
    }

    Component {
        id: markComponent

        Rectangle {
            id: mark

            objectName: Items.own
            property string label: ""

            anchors.fill: parent
            z: 1e9 + 2
            color: "transparent"
            border { color: "#2f9e6e"; width: 8 }

            Rectangle {
                anchors.centerIn: parent
                width: Math.min(parent.width - 24, text.implicitWidth + 40)
                height: text.height + 24
                radius: 12
                color: "#e6123524"

                Text {
                    id: text

                    anchors.centerIn: parent
                    width: Math.min(implicitWidth, mark.width - 48)
                    wrapMode: Text.Wrap
                    horizontalAlignment: Text.AlignHCenter
                    textFormat: Text.PlainText
                    text: mark.label
                    color: "white"
                    font { pixelSize: 24; bold: true }
                }
            }

            Timer {
                interval: 2500
                running: true
                onTriggered: mark.destroy()
            }
        }
    }

    QtObject {
        id: d

        // All that there is to see: popups lie beside the document.
        function top() {
            if (Roots.isWindow(view.shown))
                return Roots.contentOf(view.shown);
            var item = view.loader;
            while (item.parent)
                item = item.parent;
            return item;
        }

        function identify(label) {
            markComponent.createObject(top(), { label: label });
        }

        function send(picture, width, height) {
            post("picture", "&width=" + width + "&height=" + height, picture);
        }

        function tell(id, wanted) {
            post("items", "&id=" + id, JSON.stringify(Items.described(top(), roots(), wanted)));
        }

        // Where the document begins, and what lies above it in the same window.
        function roots() {
            if (Roots.isWindow(view.shown))
                return [top()];
            var all = top().children;
            var found = Roots.isItem(view.shown) ? [view.shown] : [];
            for (var i = 0; i < all.length; ++i) {
                if (/^QQuickOverlay\W/.test(String(all[i])))
                    found.push(all[i]);
            }
            return found;
        }

        function post(what, parameters, body) {
            var request = new XMLHttpRequest();
            request.open("POST", view.stream.server + "/@qmlserve/" + what + "?stream=" + view.stream.id
                         + parameters + "&input=" + player.works(top()));
            request.send(body);
        }
    }
}
