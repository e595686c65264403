// What the server has beside the tree: collections, sockets, other servers.

import { showApi } from "./api.js";
import { byId, element, plural } from "./dom.js";
import { urlOf } from "./server.js";

export function showServices(services) {
    const link = path => element("a", { href: urlOf(path.replace(/^\//, "")) }, path);
    const { collections = [], sockets = [], proxies = [], open_sockets: open = 0 } = services || {};
    showApi(collections);
    byId("services").replaceChildren(
        element("h3", {}, "Services"),
        element("dl", { class: "facts" },
            element("dt", {}, "Collections"),
            element("dd", {}, collections.length === 0 ? "none" : spaced(collections.map(({ path }) => link(path)))),
            element("dt", {}, "Sockets"),
            element("dd", {}, sockets.length === 0 ? "none" : spaced(sockets.map(path => element("code", {}, path))), ` (${plural(open, "open socket")})`),
            ...(proxies.length === 0 ? [] : [
                element("dt", {}, "Other servers"),
                element("dd", {}, spaced(proxies.map(({ path, to, mode }) => element("code", {}, `${path} = ${to} (${mode})`)))),
            ]),
            element("dt", {}, "For programs"),
            element("dd", {}, spaced(["@qmlserve/openapi.json", "@qmlserve/status", "@qmlserve/sockets", "@qmlserve/metrics"].map(link)))));
}

function spaced(parts) {
    return parts.flatMap((part, at) => at === 0 ? [part] : [", ", part]);
}
