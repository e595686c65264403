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

    // Sends `bytes`, an ArrayBuffer, as the file that a property of an object refers to from then on.
    function upload(object, property, fileName, bytes, done) {
        var boundary = 'qml' + Math.random().toString(16).slice(2)
        var about = {
            targetFileProperty: { objectType: object.objectType, id: object.id, propertyName: property },
            file: { fileName: fileName }
        }
        var head = '--' + boundary + '\r\nContent-Disposition: form-data; name="object"\r\n\r\n'
            + JSON.stringify(about) + '\r\n--' + boundary
            + '\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'
        var body = joined([encoded(head), new Uint8Array(bytes), encoded('\r\n--' + boundary + '--\r\n')])
        request('POST', '/files', body.buffer, done, 'multipart/form-data; boundary=' + boundary)
    }

    // What is in a local file, as an ArrayBuffer. Qt 6 reads none unless QML_XHR_ALLOW_FILE_READ=1.
    function read(url, done) {
        var xhr = new XMLHttpRequest()
        xhr.onreadystatechange = function () {
            if (xhr.readyState !== XMLHttpRequest.DONE)
                return
            if (xhr.response && xhr.response.byteLength > 0)
                done(xhr.response)
            else
                root.error('this program may not read ' + url + '; start it with QML_XHR_ALLOW_FILE_READ=1')
        }
        xhr.open('GET', url)
        xhr.responseType = 'arraybuffer'
        xhr.send()
    }

    // What a data URL has, such as a Canvas gives, as an ArrayBuffer. Qt.atob makes a text of it, in
    // which bytes are lost.
    function bytesOf(dataUrl) {
        var text = dataUrl.slice(dataUrl.indexOf(',') + 1).replace(/=+$/, '')
        var digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
        var bytes = new Uint8Array(Math.floor(text.length * 3 / 4))
        var bits = 0
        for (var i = 0, at = 0; i < text.length; i++) {
            bits = (bits << 6 | digits.indexOf(text[i])) & 0xffffff
            if (i % 4 > 0)
                bytes[at++] = bits >> (6 - i % 4 * 2) & 0xff
        }
        return bytes.buffer
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

    function request(method, path, body, done, media) {
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
        if (media || typeof body === 'string')
            xhr.setRequestHeader('Content-Type', media || 'application/x-www-form-urlencoded')
        // An ArrayBuffer is sent as it is; not so the views of one.
        xhr.send(!body ? null : media || typeof body === 'string' ? body : JSON.stringify(body))
    }

    function encoded(text) {
        var utf8 = unescape(encodeURIComponent(text))
        var bytes = new Uint8Array(utf8.length)
        for (var i = 0; i < utf8.length; i++)
            bytes[i] = utf8.charCodeAt(i)
        return bytes
    }

    function joined(parts) {
        var length = parts.reduce(function (sum, part) { return sum + part.length }, 0)
        var all = new Uint8Array(length)
        var at = 0
        parts.forEach(function (part) {
            all.set(part, at)
            at += part.length
        })
        return all
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
