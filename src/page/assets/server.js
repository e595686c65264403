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

// A stream of events, open for as long as somebody may see the page: browsers have six connections
// for a server, and pages in other tabs want some, too.
function listen(path, listeners, connected) {
    let events = null;
    const open = () => {
        events = new EventSource(urlOf(path));
        events.onopen = () => connected(true);
        events.onerror = () => {
            connected(false);
            // A browser gives up for good when it is refused.
            if (events?.readyState === EventSource.CLOSED)
                setTimeout(follow, 3000);
        };
        for (const [name, take] of Object.entries(listeners))
            events.addEventListener(name, event => take(event.data));
    };
    const follow = () => {
        events?.close();
        events = null;
        if (!document.hidden)
            open();
    };
    document.addEventListener("visibilitychange", follow);
    follow();
}

// The sections of the page's state, as they come: `sections` has a function for each, `connected`
// is told whether the server is there.
export function follow(sections, connected) {
    const listeners = Object.entries(sections).map(([name, take]) => [name, data => take(JSON.parse(data))]);
    listen("@qmlserve/page/state", Object.fromEntries(listeners), connected);
}

// What programs log, each message once, though a stream that is opened anew begins with the last.
export function followLog(take, lost) {
    let known = [];
    let again = [];
    const message = data => {
        known.push(data);
        if (known.length > 100)
            known.shift();
        const at = again.indexOf(data);
        if (at >= 0)
            again.splice(at, 1);
        else
            take(JSON.parse(data));
    };
    listen("@qmlserve/log", { message, lost: data => lost(JSON.parse(data).count) }, isThere => {
        if (isThere)
            [again, known] = [known, []];
    });
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

// Pictures that are asked for at the same time; others wait, so that a command never does.
const MOST = 2;
const waiting = [];
let underWay = 0;

// What a client shows: { image, width, height }, the latter in the client's own pixels. An error
// says why there is nothing.
export async function picture(client, width) {
    if (underWay < MOST)
        ++underWay;
    else
        await new Promise(resolve => waiting.push(resolve));
    try {
        return await taken(client, width);
    } finally {
        // Its place goes to the next one.
        const next = waiting.shift();
        if (next)
            next();
        else
            --underWay;
    }
}

async function taken(client, width) {
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
