// Sign-in without C++: the exchange happens in the server, by [oauth.music] in qmlserve.toml, and
// the token never comes here. What it opens is asked for below the path of a proxy.
import QtQuick 2.12

Rectangle {
    id: root

    // What the server says: signedIn, url, userCode, verificationUrl, user, problem, version.
    property var account: null
    property string message: "asking who is signed in …"
    // Whether a code is shown, to be entered somewhere else.
    property bool wantsCode: false

    width: 400
    height: 480
    color: "#f4f4f0"

    // Where this document came from, with the token of the server if there is one.
    function server() {
        return /^https?:\/\/[^\/]+(\/~[^\/]+)?/.exec(Qt.resolvedUrl("."))[0]
    }

    function request(method, path, done) {
        var xhr = new XMLHttpRequest()
        xhr.onreadystatechange = function() {
            if (xhr.readyState !== XMLHttpRequest.DONE)
                return
            var response = null
            try {
                response = JSON.parse(xhr.responseText)
            } catch (error) {
                response = {"error": {"message": "the server does not answer", "hint": ""}}
            }
            done(xhr.status, response)
        }
        xhr.open(method, server() + path)
        xhr.send()
    }

    // Asks once, and then for each change: with the version that is known, the answer comes when
    // there is another one.
    function ask() {
        var query = wantsCode ? "?device" : "?"
        if (account)
            query += "&after=" + account.version
        request("GET", "/@qmlserve/oauth/music" + query, function(status, response) {
            if (status !== 200) {
                root.message = status === 404
                    ? "there is no sign-in: start qmlserve with the qmlserve.toml beside this document"
                    : response.error.message + "; " + response.error.hint
                again.start()
                return
            }
            var isNews = !root.account || root.account.signedIn !== response.signedIn
            root.account = response
            if (isNews)
                root.show()
            root.ask()
        })
    }

    function show() {
        view.model = []
        if (!account.signedIn) {
            message = account.problem ? account.problem : "Nobody is signed in."
            console.log("sign in at " + account.url)
            return
        }
        message = account.user ? "Playlists of " + account.user.name : "Playlists"
        request("GET", "/music/me/playlists", function(status, response) {
            if (status !== 200) {
                root.message = "no playlists: " + JSON.stringify(response.error)
                return
            }
            view.model = response.items
            console.log(root.message + ": " + response.items.length)
        })
    }

    Component.onCompleted: ask()

    Timer {
        id: again
        interval: 2000
        onTriggered: root.ask()
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

    Column {
        id: buttons
        x: 12
        anchors { top: title.bottom; topMargin: 12 }
        width: parent.width - 24
        spacing: 8

        Text {
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
            text: root.account && root.account.userCode
                ? "Enter " + root.account.userCode + " at " + root.account.verificationUrl : ""
        }

        Repeater {
            model: !root.account ? [] : root.account.signedIn ? ["Sign out"]
                                      : ["Sign in", "Sign in on another device"]

            Rectangle {
                width: label.width + 24
                height: label.height + 12
                radius: 4
                color: area.pressed ? "#2c5d8a" : "#3a7ab5"

                Text {
                    id: label
                    anchors.centerIn: parent
                    color: "white"
                    text: modelData
                }

                MouseArea {
                    id: area
                    anchors.fill: parent
                    onClicked: {
                        if (modelData === "Sign in") {
                            Qt.openUrlExternally(root.account.url)
                        } else if (modelData === "Sign out") {
                            root.request("POST", "/@qmlserve/oauth/music/signout", function() {})
                        } else {
                            root.wantsCode = true
                            // The one that waits does not ask for a code.
                            root.request("GET", "/@qmlserve/oauth/music?device", function() {})
                        }
                    }
                }
            }
        }
    }

    ListView {
        id: view
        anchors { fill: parent; topMargin: buttons.y + buttons.height + 12 }
        clip: true
        delegate: Item {
            width: view.width
            height: 36

            Text {
                x: 12
                anchors.verticalCenter: parent.verticalCenter
                width: parent.width - 90
                elide: Text.ElideRight
                text: modelData.name
            }

            Text {
                anchors { right: parent.right; rightMargin: 12; verticalCenter: parent.verticalCenter }
                color: "#666666"
                text: modelData.tracks.total + " tracks"
            }
        }
    }
}
