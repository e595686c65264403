// The way to the server: its URLs, its streams, what is asked of it. Everything is relative to
// where this file came from, so that what lets a browser in stays in front of every path.

const root = new URL("../../", import.meta.url);

export function urlOf(path) {
    return new URL(path, root);
}

// Where a file of the tree is.
export function fileUrl(path) {
    return urlOf(path.split("/").map(encodeURIComponent).join("/"));
}

// Where the page shows a document, at a line.
export function sourceLink(path, line = null) {
    return `#file=${encodeURIComponent(path)}${line ? `&line=${line}` : ""}`;
}

// The sections of the page's state, as they come: `sections` has a function for each, `connected`
// is told whether the server is there.
export function follow(sections, connected) {
    const events = new EventSource(urlOf("@qmlserve/page/state"));
    events.onopen = () => connected(true);
    events.onerror = () => {
        connected(false);
        // A browser gives up for good when it is refused.
        if (events.readyState === EventSource.CLOSED)
            setTimeout(() => follow(sections, connected), 3000);
    };
    for (const [name, take] of Object.entries(sections))
        events.addEventListener(name, event => take(JSON.parse(event.data)));
}

// What programs log, each message once, though a stream that is opened anew begins with the last.
export function followLog(take, lost) {
    const events = new EventSource(urlOf("@qmlserve/log"));
    let known = [];
    let again = [];
    events.onopen = () => {
        again = known;
        known = [];
    };
    events.onmessage = event => {
        known.push(event.data);
        if (known.length > 100)
            known.shift();
        const at = again.indexOf(event.data);
        if (at >= 0)
            again.splice(at, 1);
        else
            take(JSON.parse(event.data));
    };
    events.addEventListener("lost", event => lost(JSON.parse(event.data).count));
}

export async function get(path, parameters = {}) {
    const url = urlOf(path);
    for (const [name, value] of Object.entries(parameters))
        url.searchParams.set(name, value);
    return answered(await fetch(url));
}

// Has a client do something; all, if it is null.
export async function command(client, body) {
    const url = urlOf("@qmlserve/page/command");
    if (client !== null)
        url.searchParams.set("client", client);
    const headers = { "Content-Type": "application/json" };
    await answered(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }));
}

// What a client shows: { image, width, height }, the latter in the client's own pixels. An error
// says why there is nothing.
export async function picture(client, width) {
    const url = urlOf("@qmlserve/page/picture");
    url.searchParams.set("client", client);
    url.searchParams.set("width", width);
    const answer = await answered(await fetch(url, { method: "POST" }));
    if (answer.headers.get("Content-Type").startsWith("application/json"))
        throw new Error((await answer.json()).none);
    return {
        image: await createImageBitmap(await answer.blob()),
        width: Number(answer.headers.get("Qmlserve-Width")),
        height: Number(answer.headers.get("Qmlserve-Height")),
    };
}

// The answer, if it is one; else an error with what the server says.
async function answered(answer) {
    if (answer.ok)
        return answer;
    let message = `${answer.status} ${answer.statusText}`;
    try {
        message = (await answer.json()).error.message;
    } catch {
        // Something in between has answered, not the server.
    }
    throw new Error(message);
}
