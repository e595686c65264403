import QtQuick 2.12

// The list, as the back end at `url` has it below /todos.
QtObject {
    id: root

    property string url
    property var items: []
    property string error

    function refresh() {
        send('GET', '', undefined, function (answer) {
            items = Array.isArray(answer) ? answer : answer.todos || answer.data || []
        })
    }
    function create(todo) { send('POST', '', todo, refresh) }
    function update(id, change) { send('PUT', '/' + encodeURIComponent(id), change, refresh) }
    function remove(id) { send('DELETE', '/' + encodeURIComponent(id), undefined, refresh) }

    function send(method, path, body, done) {
        var request = new XMLHttpRequest()
        request.onreadystatechange = function () {
            if (request.readyState !== XMLHttpRequest.DONE)
                return
            var good = request.status >= 200 && request.status < 300
            error = good ? '' : 'No list at ' + url + '/todos (' + request.status + ')'
            if (good)
                done(request.responseText ? JSON.parse(request.responseText) : undefined)
        }
        request.open(method, url + '/todos' + path)
        if (body !== undefined)
            request.setRequestHeader('Content-Type', 'application/json')
        request.send(body === undefined ? undefined : JSON.stringify(body))
    }
}
