// Presses the buttons of the example one after the other, asks for errors, and tells what it saw
// in lines that begin with "SAW".
import QtQuick 2.12

Item {
    id: driver

    width: 640
    height: 560

    property int step: -1
    property string former: ""
    property var errors: [
        ["POST", "/colors", "{oops"],
        ["POST", "/colors", "{\"name\":\"red\"}"],
        ["GET", "/colors/none", ""],
        ["PATCH", "/colors", "{}"],
        ["PUT", "/colors/none", "{\"value\":1}"],
        ["GET", "/colors?_page=0", ""],
        ["GET", "/broken", ""]
    ]

    function find(item, name) {
        if (item.objectName === name)
            return item
        for (var i = 0; i < item.children.length; i++) {
            var found = find(item.children[i], name)
            if (found)
                return found
        }
        return null
    }

    function last() {
        var colors = example.item.client.colors
        var color = colors.get(colors.count - 1)
        return colors.count + " " + color.name + " " + color.value
    }

    function press(name) {
        former = example.item.client.message
        example.item.client.message = ""
        find(example.item, name).clicked()
    }

    // Errors as XMLHttpRequest shows them, without a Content-Type of its own.
    function ask(number) {
        if (number === errors.length) {
            console.log("SAW end")
            Qt.quit()
            return
        }
        var error = errors[number]
        var xhr = new XMLHttpRequest()
        xhr.onreadystatechange = function() {
            if (xhr.readyState !== XMLHttpRequest.DONE)
                return
            var text = xhr.responseText.toString()
            var readable = text.indexOf("{\"error\":{\"status\":" + xhr.status) === 0
            console.log("SAW error", error[0], error[1], xhr.status, readable)
            driver.ask(number + 1)
        }
        xhr.open(error[0], Qt.resolvedUrl(error[1]))
        xhr.send(error[2])
    }

    readonly property var steps: ["readAll", "create", "readLast", "updateLast", "deleteLast"]

    Loader {
        id: example
        anchors.fill: parent
        source: "examples/colors/main.qml"
    }

    Timer {
        interval: 20
        repeat: true
        running: true
        onTriggered: {
            if (!example.item || !example.item.xmlTable)
                return
            var client = example.item.client
            if (driver.step < 0) {
                if (example.item.xmlTable.count === 0 || example.item.jsonTable.count === 0)
                    return
                console.log("SAW tables", example.item.jsonTable.count, example.item.xmlTable.count)
            } else if (client.message === "") {
                return
            } else {
                console.log("SAW", driver.steps[driver.step], driver.last(), "|", client.message)
            }
            driver.step++
            if (driver.step < driver.steps.length) {
                driver.press(driver.steps[driver.step])
            } else {
                running = false
                driver.ask(0)
            }
        }
    }
}
