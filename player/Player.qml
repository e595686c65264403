// A player for devices: shows what a qmlserve server serves, live. The address comes from the
// command line, from whoever found servers (`found`), or is typed.
//
//     qml Player.qml -- http://192.168.1.5:8080/~TOKEN/remote.qml
//
// The way back to the addresses: Escape, Back, or a long press into the upper left corner.
import QtQuick 2.15
import QtQuick.Window 2.15

Window {
    id: player

    // The servers that were found in the network: { name, url, entry, token: whether it asks for one }.
    property var found: []
    onFoundChanged: found.forEach(function(server) { console.info("player: found " + server.url); })
    // choosing, connecting, showing
    property string state: "choosing"
    property string message: ""
    // Where is asked, or shown from, without a slash at the end: "http://host:8080/~TOKEN".
    property string base: ""

    width: 480
    height: 640
    visible: true
    title: "qmlserve player"
    color: colors.window

    Component.onCompleted: {
        var given = Qt.application.arguments.slice(1).filter(function(text) {
            return /^https?:\/\//.test(text);
        });
        address.text = given.length > 0 ? given[given.length - 1] : store.last;
        if (given.length > 0)
            open(address.text);
    }

    // What was typed, as { base, document }; null if it is no address.
    function parsed(text) {
        var match = /^\s*(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s\/:?#@]+)(?::(\d+))?(\/~[^\/\s?#]+)?(?:[\/?#](\S*))?\s*$/.exec(text);
        if (!match)
            return null;
        var document = /[?&]document=([^&#]*)/.exec(text);
        var port = match[3] ? ":" + match[3] : match[1] ? "" : ":8080";
        return {
            base: (match[1] || "http") + "://" + match[2] + port + (match[4] || ""),
            document: document ? document[1] : ""
        };
    }

    function open(text) {
        var target = parsed(text);
        if (!target) {
            fail("This is no address. It looks like 192.168.1.5:8080, or like what the server prints: http://192.168.1.5:8080/~TOKEN/remote.qml");
            return;
        }
        base = target.base;
        message = "";
        state = "connecting";
        var query = target.document ? "?document=" + target.document : "";
        ask(base + "/@qmlserve/live.qml" + query);
    }

    // Whether a server is there, before the engine asks, which remembers a failure for ever.
    function ask(url) {
        var request = new XMLHttpRequest();
        patience.request = request;
        patience.restart();
        request.onreadystatechange = function() {
            if (request.readyState !== XMLHttpRequest.DONE || request !== patience.request)
                return;
            patience.stop();
            patience.request = null;
            if (request.status === 200 && request.responseText.indexOf("LiveLoader") >= 0)
                load(url);
            else
                fail(reason(request.status));
        };
        request.open("GET", url);
        request.send();
    }

    function reason(status) {
        if (status === 401 || status === 403)
            return "This server asks for a token. Type it below, or the whole address that the server prints, with /~TOKEN/ in it.";
        if (status !== 0)
            return "There is a web server at " + base + ", but it is no qmlserve (it answers " + status + "). Look at the port.";
        var secure = base.indexOf("https") === 0
            ? " Does this device trust its certificate? The server prints how." : "";
        return "Nobody answers at " + base + ". Is it running with --host 0.0.0.0, is this device in the same network, and does the firewall let the port through?" + secure;
    }

    function load(url) {
        // Another fragment is another document to the engine, should one have failed.
        var component = Qt.createComponent(url + "#" + Date.now(), Component.Asynchronous);
        var done = function() {
            if (component.status === Component.Loading || state !== "connecting")
                return;
            if (component.status === Component.Error) {
                fail(component.errorString());
                return;
            }
            state = "showing";
            stage.sourceComponent = component;
            stage.forceActiveFocus();
            store.last = address.text;
        };
        if (component.status === Component.Loading)
            component.statusChanged.connect(done);
        else
            done();
    }

    function fail(text) {
        message = text;
        state = "choosing";
        console.warn("player: " + text);
    }

    function back() {
        patience.stop();
        patience.request = null;
        stage.sourceComponent = undefined;
        player.visible = true;
        message = "";
        state = "choosing";
    }

    // The token that was typed belongs to the server that asked for it.
    function withToken(token) {
        var target = parsed(address.text);
        if (/^https?:/.test(token) || !target)
            address.text = token;
        else
            address.text = target.base.replace(/\/~.*/, "") + "/~" + token.trim();
        open(address.text);
    }

    Timer {
        id: patience
        property var request: null
        interval: 8000
        onTriggered: {
            var late = request;
            request = null;
            if (late)
                late.abort();
            player.fail(player.reason(0));
        }
    }

    // The last address that worked, where Qt has a module to remember it by.
    QtObject {
        id: store

        property QtObject settings: null
        property string last: ""

        onLastChanged: if (settings) settings.address = last
        Component.onCompleted: {
            ["QtCore", "Qt.labs.settings 1.0"].forEach(function(module) {
                try {
                    settings = settings || Qt.createQmlObject("import QtQml 2.12; import " + module
                        + "; Settings { property string address }", store, "settings");
                } catch (error) {
                    // It is typed again.
                }
            });
            if (settings)
                last = settings.address;
        }
    }

    SystemPalette { id: colors }

    component Field: Rectangle {
        property alias text: input.text
        property alias hint: ghost.text
        signal accepted()

        width: parent.width
        height: 48
        radius: 6
        color: colors.base
        border.color: input.activeFocus ? colors.highlight : colors.mid

        TextInput {
            id: input
            anchors.fill: parent
            anchors.margins: 12
            clip: true
            color: colors.text
            font.pixelSize: 18
            inputMethodHints: Qt.ImhUrlCharactersOnly | Qt.ImhNoAutoUppercase | Qt.ImhNoPredictiveText
            verticalAlignment: TextInput.AlignVCenter
            onAccepted: parent.accepted()
        }
        Text {
            id: ghost
            anchors.fill: input
            visible: input.text === ""
            color: colors.mid
            font: input.font
            verticalAlignment: Text.AlignVCenter
        }
    }

    component Button: Rectangle {
        property alias text: label.text
        signal clicked()

        width: parent.width
        height: Math.max(48, label.height + 16)
        radius: 6
        color: colors.button
        border.color: colors.mid

        Text {
            id: label
            anchors.verticalCenter: parent.verticalCenter
            x: 12
            width: parent.width - 24
            color: colors.buttonText
            elide: Text.ElideRight
            font.pixelSize: 16
            textFormat: Text.PlainText
        }
        TapHandler { onTapped: parent.clicked() }
    }

    FocusScope {
        anchors.fill: parent
        focus: true
        Keys.onPressed: function(event) {
            if (event.key !== Qt.Key_Escape && event.key !== Qt.Key_Back || player.state === "choosing")
                return;
            event.accepted = true;
            player.back();
        }

        Loader {
            id: stage
            anchors.fill: parent
            visible: player.state === "showing"
        }

        Item {
            width: 48
            height: 48
            visible: player.state === "showing"
            TapHandler { onLongPressed: player.back() }
        }

        Flickable {
            anchors.fill: parent
            anchors.margins: 24
            contentHeight: page.height
            visible: player.state !== "showing"

            Column {
                id: page
                width: parent.width
                spacing: 12

                Text {
                    text: "qmlserve"
                    color: colors.text
                    font.pixelSize: 28
                }

                Field {
                    id: address
                    hint: "192.168.1.5:8080"
                    onAccepted: player.open(text)
                }

                Button {
                    text: player.state === "connecting" ? "Connecting…" : "Show"
                    onClicked: player.state === "connecting" ? player.back() : player.open(address.text)
                }

                Text {
                    objectName: "message"
                    width: parent.width
                    visible: text !== ""
                    text: player.message
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    color: colors.text
                    font.pixelSize: 16
                }

                Field {
                    visible: player.message.indexOf("token") >= 0
                    hint: "token"
                    onAccepted: player.withToken(text)
                }

                Repeater {
                    model: player.found
                    Button {
                        text: modelData.name + (modelData.entry ? "\n" + modelData.entry : "") + "\n" + modelData.url
                        onClicked: {
                            address.text = modelData.url;
                            player.open(modelData.url);
                        }
                    }
                }
            }
        }
    }
}
