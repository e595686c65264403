// What goes over the wire: the client's id, the event stream's syntax, and the
// forms that a server's address takes. Pure: nothing here does any I/O.
.pragma library

// One id for all loaders of an engine, so that the server sees one client.
var clientId = randomHex(16);

function randomHex(digits) {
    var hex = "";
    while (hex.length < digits)
        hex += Math.floor(Math.random() * 16).toString(16);
    return hex;
}

// The `http://host:port` of a URL, without user, path and the rest; "" if it has none. With the
// `/~TOKEN` behind it that a server may ask for, which belongs in front of every path.
function origin(url) {
    var match = /^(https?):\/\/(?:[^\/?#@]*@)?([^\/?#@]+(?:\/~[^\/?#]+)?)/i.exec(String(url));
    return match ? match[1].toLowerCase() + "://" + match[2] : "";
}

// The same for people to see, who may be many.
function shown(server) {
    return String(server).replace(/\/~.*$/, "");
}

// The origin of what a person gave as an address, which may lack the scheme.
function address(text) {
    text = String(text);
    return text === "" ? "" : origin(text.indexOf("://") < 0 ? "http://" + text : text);
}

// The decoded value of one query parameter of a URL, or "".
function parameter(url, name) {
    var query = String(url).split("#")[0].split("?")[1] || "";
    var pairs = query.split("&");
    for (var i = 0; i < pairs.length; ++i) {
        var cut = pairs[i].indexOf("=");
        if (cut > 0 && pairs[i].slice(0, cut) === name)
            return decodeURIComponent(pairs[i].slice(cut + 1).replace(/\+/g, " "));
    }
    return "";
}

// The server named on the command line, as http://host:port or --server=http://host:port,
// or "". qmlscene takes a bare address for the document, unless it comes before that.
function serverArgument(args) {
    for (var i = args.length - 1; i > 0; --i) {
        var match = /^(?:--server=)?(https?:\/\/[^\/]+(?:\/~[^\/]+)?)\/?$/i.exec(args[i]);
        // The import path of `-I http://host` is not it.
        if (match && args[i - 1] !== "-I")
            return origin(match[1]);
    }
    return "";
}

// The same URL as another one to the QML engine, which caches by URL and never
// forgets a failure. A user name reaches every relative reference of a document,
// which a query or a fragment would not, and a server does not get to see it.
function fresh(url, attempt) {
    return attempt > 0 ? String(url).replace("://", "://try" + attempt + "@") : String(url);
}

// The URL of the same document, written for an engine that has these of the tree's modules by
// itself: they become part of the token, and so of all that the document refers to.
function profiled(url, modules) {
    return modules.length > 0 ? String(url).replace(/\/@([0-9a-f]{16})\//, "/@$1~" + modules.join(",") + "/") : url;
}

// A text with what fresh() puts into URLs taken out again.
function plain(text) {
    return String(text).replace(/:\/\/try\d+@/g, "://");
}

// Whether two states that the server told of are the same to a client: the path of the URL is,
// which changes with whatever the document refers to, or the server was started anew and has the
// same version. What documents are given by name has to be the same, too.
function isSame(one, other) {
    if (JSON.stringify(one.context) !== JSON.stringify(other.context))
        return false;
    if (one.version === other.version && (one.run !== other.run || !one.url || !other.url))
        return true;
    return !!one.url && !!other.url && one.url.split("#")[0] === other.url.split("#")[0];
}

// A parser of `text/event-stream`. XMLHttpRequest hands over all the text so far
// each time; `feed` looks at what is new only. Up to the last line end, that is:
// a line may come in pieces, and so may a character of it.
function Parser(onEvent) {
    this.onEvent = onEvent;
    this.offset = 0;
    this.afterCR = false;
    this.type = "";
    this.data = [];
}

Parser.prototype.feed = function(text) {
    if (this.offset === 0 && text.charCodeAt(0) === 0xFEFF)
        this.offset = 1;
    var lineEnd = /\r\n?|\n/g;
    for (;;) {
        // The LF of a CRLF whose CR ended the text of the last call.
        if (this.afterCR && this.offset < text.length) {
            if (text.charAt(this.offset) === "\n")
                ++this.offset;
            this.afterCR = false;
        }
        lineEnd.lastIndex = this.offset;
        var match = lineEnd.exec(text);
        if (!match)
            return;
        var line = text.slice(this.offset, match.index);
        this.offset = match.index + match[0].length;
        this.afterCR = match[0] === "\r";
        this.takeLine(line);
    }
};

Parser.prototype.takeLine = function(line) {
    if (line === "") {
        var type = this.type || "message";
        var data = this.data;
        this.type = "";
        this.data = [];
        if (data.length > 0)
            this.onEvent(type, data.join("\n"));
        return;
    }
    var colon = line.indexOf(":");
    if (colon === 0)
        return; // a comment: the heartbeat
    var field = colon < 0 ? line : line.slice(0, colon);
    var value = colon < 0 ? "" : line.slice(line.charAt(colon + 1) === " " ? colon + 2 : colon + 1);
    if (field === "data")
        this.data.push(value);
    else if (field === "event")
        this.type = value;
};
