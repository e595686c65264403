// The colours of the server, by REST: one function for each thing that can be done.

// The server that this file came from; the one of this machine, if it came from the disk.
function base() {
    var url = Qt.resolvedUrl("/colors").toString()
    return url.indexOf("http") === 0 ? url : "http://localhost:8080/colors"
}

// Sends a request, and hands the answer to done(status, body). The status is 0 if there is no
// answer, and the body null if it is no JSON.
function request(method, key, body, done) {
    var url = base() + (key === null ? "" : "/" + encodeURIComponent(key))
    var xhr = new XMLHttpRequest()
    xhr.onreadystatechange = function() {
        if (xhr.readyState !== XMLHttpRequest.DONE)
            return
        var answer = null
        try {
            answer = JSON.parse(xhr.responseText.toString())
        } catch (error) {
            console.warn(method, url, "answered with status", xhr.status)
        }
        done(xhr.status, answer)
    }
    xhr.open(method, url)
    xhr.setRequestHeader("Content-Type", "application/json")
    xhr.setRequestHeader("Accept", "application/json")
    xhr.send(body === null ? "" : JSON.stringify(body))
}

function list(done) { request("GET", null, null, done) }
function create(color, done) { request("POST", null, color, done) }
function read(name, done) { request("GET", name, null, done) }
function update(name, changes, done) { request("PUT", name, changes, done) }
function remove(name, done) { request("DELETE", name, null, done) }
