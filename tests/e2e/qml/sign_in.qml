// Asks for what is protected in every way, one after the other, and tells each status.
import QtQuick 2.0

Item {
    id: root

    property string server: /^https?:\/\/[^\/]+/.exec(Qt.resolvedUrl("."))[0]
    property var steps: [
        { name: "nobody" },
        { name: "wrong header", header: "ann:secrets" },
        { name: "right header", header: "ann:secret" },
        { name: "wrong", user: "ann", password: "guess" },
        { name: "umlaut", user: "änn", password: "pä:ß" },
        { name: "right", user: "ann", password: "secret" },
        { name: "written", user: "ann", password: "secret", method: "POST", body: '{"id": 2}' },
        // Qt goes on with what it was let in with.
        { name: "kept" }
    ]

    function step(number) {
        if (number === steps.length) {
            console.log("SAW end")
            return
        }
        var now = steps[number]
        var xhr = new XMLHttpRequest()
        xhr.onreadystatechange = function() {
            if (xhr.readyState !== XMLHttpRequest.DONE)
                return
            console.log("SAW " + now.name + " " + xhr.status)
            step(number + 1)
        }
        var method = now.method || "GET"
        if (now.user)
            xhr.open(method, server + "/notes", true, now.user, now.password)
        else
            xhr.open(method, server + "/notes")
        if (now.header)
            xhr.setRequestHeader("Authorization", "Basic " + Qt.btoa(now.header))
        xhr.send(now.body)
    }

    Component.onCompleted: step(0)
}
