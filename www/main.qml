import QtQuick 2.12

Rectangle {
    property int count: 0

    // What a reload would lose: qmlserve hands it from the old version to the new one.
    function saveState() { return { count: count } }
    function restoreState(state) { count = state.count }

    width: 320
    height: 320
    color: '#ff0000'

    Button {
        anchors.centerIn: parent
        text: count === 0 ? 'Click Me' : 'Clicked ' + count
        onClicked: count += 1
    }
}
