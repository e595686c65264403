import QtQuick 2.12

// Something to draw on. What is drawn is told as a data URL of a PNG.
Rectangle {
    id: root

    // Each a list of points.
    property var strokes: []
    // Whether all of them are in the picture.
    property bool painted: false

    signal saved(string dataUrl)

    function open() {
        strokes = []
        painted = false
        canvas.requestPaint()
        visible = true
    }

    function add(stroke) {
        strokes = strokes.concat([stroke])
        painted = false
        canvas.requestPaint()
    }

    function save() {
        saved(canvas.toDataURL('image/png'))
        visible = false
    }

    color: 'white'

    Canvas {
        id: canvas
        anchors.fill: parent

        onPaint: {
            var context = getContext('2d')
            context.fillStyle = 'white'
            context.fillRect(0, 0, width, height)
            context.lineWidth = 4
            context.lineCap = 'round'
            context.lineJoin = 'round'
            context.strokeStyle = '#24a'
            root.strokes.forEach(function (stroke) {
                context.beginPath()
                context.moveTo(stroke[0].x, stroke[0].y)
                stroke.forEach(function (point) { context.lineTo(point.x, point.y) })
                context.stroke()
            })
            root.painted = true
        }
    }
    Text {
        anchors.centerIn: parent
        visible: root.strokes.length === 0
        color: '#aaa'
        font.pixelSize: 18
        text: 'Draw something here'
    }
    MouseArea {
        anchors.fill: parent
        onPressed: root.add([{ x: mouseX, y: mouseY }, { x: mouseX, y: mouseY }])
        onPositionChanged: {
            if (!pressed)
                return
            var last = root.strokes[root.strokes.length - 1]
            root.strokes = root.strokes.slice(0, -1).concat([last.concat([{ x: mouseX, y: mouseY }])])
            canvas.requestPaint()
        }
    }
}
