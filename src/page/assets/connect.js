// How clients find the server: commands to copy, and codes for a camera.

import { byId, copyButton, drawn, element } from "./dom.js";
import { get } from "./server.js";

export async function showConnect() {
    const place = byId("connect-ways");
    try {
        const ways = await (await get("@qmlserve/page/connect")).json();
        const isAlone = !ways.some(way => way.is_remote);
        place.replaceChildren(...ways.map(shown),
            isAlone ? element("p", { class: "hint" }, "Only this machine reaches the server. For a phone or a board in the same network, start it with ", element("code", {}, "--host 0.0.0.0"), ".") : "");
    } catch (error) {
        place.replaceChildren(element("p", { class: "empty" }, error.message));
    }
}

function shown(way) {
    return element("article", { class: "way" },
        element("h3", {}, way.is_remote ? "In the network" : "On this machine"),
        way.qr && way.is_remote ? code(way.qr, way.url) : null,
        way.commands.map(({ what, text }) => element("div", { class: "command" },
            element("span", { class: "what" }, what),
            copyButton(text, `the command for ${what}`),
            element("code", {}, text))));
}

function code({ side, path }, url) {
    return drawn("svg", { class: "qr", viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": `QR code of ${url}/remote.qml` },
        drawn("rect", { width: side, height: side, fill: "#fff" }), drawn("path", { d: path, fill: "#000" }));
}
