import QtQuick 2.12

// Data storage over XMLHttpRequest, for one backend. What a request comes to is handed to `done`:
// the answer, or nothing where it failed, which `error` tells.
Item {
    id: root

    property string serviceUrl: server()
    property string backendId: 'main'
    // Whoever is logged in.
    property var user: null
    readonly property bool authenticated: token !== ''
    property string token: ''

    signal error(string message)

    function create(object, done) { request('POST', path(object.objectType), object, done) }
    function update(object, done) { request('PUT', path(object.objectType, object.id), object, done) }
    function remove(object, done) { request('DELETE', path(object.objectType, object.id), null, done) }

    // query: {objectType, query, sort, limit, offset, include, count}
    function query(query, done) {
        var parameters = []
        if (query.query)
            parameters.push('q=' + encodeURIComponent(JSON.stringify(query.query)))
        for (var name in { sort: 1, include: 1 }) {
            if (query[name])
                parameters.push(name + '=' + encodeURIComponent(JSON.stringify(query[name])))
        }
        for (var number in { limit: 1, offset: 1, count: 1 }) {
            if (query[number] !== undefined)
                parameters.push(number + '=' + query[number])
        }
        request('GET', path(query.objectType) + '?' + parameters.join('&'), null, done)
    }

    function downloadUrl(file, variant, done) {
        request('GET', '/files/' + file.id + '/download_url' + (variant ? '?variant=' + variant : ''), null, done)
    }

    function register(username, password, done) {
        request('POST', '/users', { username: username, password: password }, done)
    }

    function logIn(username, password, done) {
        var form = 'grant_type=password&username=' + encodeURIComponent(username)
            + '&password=' + encodeURIComponent(password)
        request('POST', '/auth/oauth2/token', form, function (answer) {
            if (answer) {
                root.user = answer.enginio_data.user
                root.token = answer.access_token
            }
            if (done)
                done(answer)
        })
    }

    function logOut() {
        request('POST', '/auth/oauth2/revoke', 'token=' + token)
        user = null
        token = ''
    }

    function path(objectType, id) {
        return '/' + objectType.replace('.', '/') + (id ? '/' + id : '')
    }

    function request(method, path, body, done) {
        var xhr = new XMLHttpRequest()
        xhr.onreadystatechange = function () {
            if (xhr.readyState !== XMLHttpRequest.DONE)
                return
            var answer = parsed(xhr.responseText)
            var good = xhr.status >= 200 && xhr.status < 300
            if (!good)
                root.error(answer && answer.errors ? answer.errors[0].message : 'no answer from ' + serviceUrl)
            if (done)
                done(good ? answer : null)
        }
        xhr.open(method, serviceUrl + '/v1' + path)
        xhr.setRequestHeader('Enginio-Backend-Id', backendId)
        if (token)
            xhr.setRequestHeader('Authorization', 'Bearer ' + token)
        if (typeof body === 'string')
            xhr.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded')
        xhr.send(!body ? null : typeof body === 'string' ? body : JSON.stringify(body))
    }

    function parsed(text) {
        try {
            return JSON.parse(text)
        } catch (e) {
            return null
        }
    }

    // Where this document came from, with the token in its path, if there is one.
    function server() {
        var base = /^https?:\/\/[^\/]+(\/~[^\/]+)?/.exec(Qt.resolvedUrl('.'))
        return base ? base[0] : 'http://localhost:8080'
    }
}
