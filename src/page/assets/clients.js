// The clients: a card for each, with what it shows.

import { byId, element, plural, reconcile, say } from "./dom.js";
import { command } from "./server.js";
import { Screen } from "./screen.js";

// Of those that have gone, this many are shown, and for this long, in seconds.
const MOST_GONE = 3;
const RECENTLY = 600;

const screens = new Map();

// Each client gets a `label`, by which people tell it from the others.
export function showClients(known) {
    const recently = Date.now() / 1000 - RECENTLY;
    const gone = known.filter(client => !client.is_connected && client.seen > recently);
    const clients = [...known.filter(client => client.is_connected), ...gone.slice(0, MOST_GONE)];
    const names = new Map();
    for (const client of known) {
        const name = client.name || (client.kind === "qt" ? "Qt client" : "Browser");
        const count = (names.get(name) || 0) + 1;
        names.set(name, count);
        client.title = count > 1 ? `${name} ${count}` : name;
        client.label = client.qt ? `${client.title} · Qt ${client.qt}` : client.title;
    }
    const here = clients.filter(client => client.is_connected);
    byId("clients-count").textContent = here.length > 0 ? here.length : "";
    for (const button of document.querySelectorAll("#all-clients button"))
        button.disabled = here.length === 0;
    reconcile(byId("clients-list"), clients.length > 0 ? clients : [null],
        client => client === null ? "none" : client.stream || client.id,
        client => client === null ? nobody() : card(client),
        update);
    for (const [stream, screen] of screens) {
        if (!here.some(client => client.stream === stream)) {
            screen.stop();
            screens.delete(stream);
        }
    }
}

function nobody() {
    return element("p", { class: "empty" },
        "No client is connected. Start one with a command from ",
        element("a", { href: "#connect" }, "Connect"),
        ", and what it shows appears here.");
}

function card(client) {
    const head = element("h3", { id: `client-${client.stream || client.id}` });
    const button = (kind, text) => element("button", { type: "button", "data-kind": kind }, text);
    const article = element("article", { class: "card", "aria-labelledby": head.id },
        element("div", { class: "card-head" }, head, element("span", { class: "badge" })),
        element("div", { class: "card-body" },
            element("div", { class: "screen-place" }),
            element("div", { class: "card-side" },
                element("dl", { class: "facts" }),
                element("div", { class: "buttons" },
                    button("reload", "Reload"), button("reset", "Reset state"), button("identify", "Identify"),
                    button("enlarge", "Enlarge")))));
    article.addEventListener("click", event => {
        const kind = event.target.dataset.kind;
        if (kind !== undefined)
            pressed(article, event.target, kind);
    });
    return article;
}

async function pressed(article, button, kind) {
    const { client } = article;
    if (kind === "enlarge") {
        const isLarge = article.classList.toggle("is-large");
        button.textContent = isLarge ? "Shrink" : "Enlarge";
        button.setAttribute("aria-pressed", isLarge);
        screens.get(client.stream)?.look();
        return;
    }
    try {
        await command(client.stream, kind === "identify" ? { kind, label: client.label } : { kind });
        say(`${button.textContent}: ${client.label}`);
        screens.get(client.stream)?.watch();
    } catch (error) {
        say(error.message);
        screens.get(client.stream)?.tell(error.message);
    }
}

function update(article, client) {
    if (client === null)
        return;
    const before = article.client;
    article.client = client;
    article.classList.toggle("is-gone", !client.is_connected);
    article.querySelector("h3").replaceChildren(client.title,
        client.qt ? element("small", {}, `Qt ${client.qt}`) : "");
    const badge = article.querySelector(".badge");
    const [state, text] = stateOf(client);
    badge.dataset.state = state;
    badge.textContent = text;
    article.querySelector(".facts").replaceChildren(
        ...fact("Document", client.document),
        ...fact("Address", client.address),
        ...fact("Version", client.version ? client.version.slice(0, 8) : "none yet"),
        ...fact("Seen", element("time", { class: "ago", "data-at": client.seen }, ago(client.seen))));
    for (const button of article.querySelectorAll("button"))
        button.disabled = !client.is_connected || !client.stream;
    if (client.is_connected && client.stream)
        showScreen(article, client, before);
    else
        article.querySelector(".screen-place").replaceChildren();
}

function showScreen(article, client, before) {
    let screen = screens.get(client.stream);
    if (screen === undefined) {
        screen = new Screen(client);
        screens.set(client.stream, screen);
        article.querySelector(".screen-place").replaceChildren(screen.element);
        screen.start();
    }
    screen.update(client);
    // What it says of a load, it says when the new interface is there.
    if (before && (before.version !== client.version || before.is_failing !== client.is_failing))
        screen.watch();
}

function stateOf(client) {
    if (!client.is_connected)
        return ["gone", "gone"];
    if (client.is_failing)
        return ["failing", "error"];
    if (client.version === null)
        return ["waiting", "waiting"];
    return client.is_newest ? ["newest", "newest"] : ["waiting", "loading"];
}

function fact(name, value) {
    return [element("dt", {}, name), element("dd", {}, value)];
}

function ago(at) {
    const seconds = Math.max(0, Math.round(Date.now() / 1000 - at));
    if (seconds < 5)
        return "just now";
    if (seconds < 60)
        return `${seconds} s ago`;
    if (seconds < 3600)
        return `${Math.floor(seconds / 60)} min ago`;
    return plural(Math.floor(seconds / 3600), "hour") + " ago";
}

setInterval(() => {
    for (const time of document.querySelectorAll("time.ago"))
        time.textContent = ago(Number(time.dataset.at));
}, 5000);
