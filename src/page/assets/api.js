// The collections as their OpenAPI document describes them: each operation, with a form to try it.

import { byId, element, hold, plural, say } from "./dom.js";
import { get, urlOf } from "./server.js";

// Characters of an answer that are shown.
const MOST = 20000;
const METHODS = ["get", "post", "put", "patch", "delete"];

let known = "[]";

// Shows the operations of these collections, once for as long as they stay the same.
export async function showApi(collections) {
    const names = JSON.stringify(collections);
    if (names === known)
        return;
    known = names;
    byId("api").hidden = byId("api-link").hidden = collections.length === 0;
    if (collections.length === 0)
        return;
    byId("api-count").textContent = collections.length;
    try {
        const document = await (await get("@qmlserve/openapi.json")).json();
        hold(byId("api-list"), groups(document).map(([name, operations]) => group(name, operations, document)));
    } catch (error) {
        known = "[]";
        hold(byId("api-list"), element("p", { class: "empty" }, `They cannot be described: ${error.message}`));
    }
}

// The operations of each collection: [name, [operation…]].
function groups(document) {
    const found = new Map();
    for (const [path, item] of Object.entries(document.paths)) {
        for (const method of METHODS.filter(method => item[method])) {
            const { parameters = [], ...operation } = item[method];
            const name = operation.tags[0];
            found.set(name, [...found.get(name) || [],
                { ...operation, path, method, parameters: [...item.parameters || [], ...parameters] }]);
        }
    }
    return [...found];
}

function group(name, operations, document) {
    return element("div", { class: "api-group" },
        element("h3", {}, name, " ", element("small", {}, plural(operations.length, "operation"))),
        operations.map(operation => entry(operation, document)));
}

function entry(operation, document) {
    const { method, path, summary } = operation;
    const details = element("details", { class: "operation" },
        element("summary", {},
            element("span", { class: "method", "data-method": method }, method.toUpperCase()), " ",
            element("code", {}, path), " ",
            element("span", { class: "what" }, summary)));
    // Most are never opened.
    details.addEventListener("toggle", () => {
        if (details.open && details.childElementCount === 1)
            details.append(form(operation, document));
    });
    return details;
}

function form(operation, document) {
    const { method, path, parameters, requestBody, responses } = operation;
    const answers = Object.entries(responses);
    const isStream = answers.some(([, answer]) => answer.content?.["text/event-stream"]);
    const fields = parameters.map(parameter => field(parameter));
    const type = requestBody && Object.keys(requestBody.content)[0];
    const body = requestBody && element("textarea", { rows: 6, spellcheck: "false" });
    if (body)
        body.value = JSON.stringify(example(requestBody.content[type].schema, document), null, 2);
    const answer = element("div", { class: "answer", "aria-live": "polite" });
    const node = element("form", {},
        fields.map(({ row }) => row),
        body && element("label", { class: "field" }, element("span", {}, "Body ", element("small", {}, type)), body),
        isStream
            ? element("p", { class: "hint" }, "It never ends; read it with ",
                element("code", {}, `curl -N ${urlOf(path.slice(1))}`))
            : element("div", { class: "buttons" }, element("button", {}, `Send ${method.toUpperCase()}`)),
        answer,
        element("dl", { class: "facts" }, answers.flatMap(([status, { description }]) =>
            [element("dt", {}, status), element("dd", {}, description)])));
    node.addEventListener("submit", async event => {
        event.preventDefault();
        const button = node.querySelector("button");
        button.disabled = true;
        await send(operation, fields, type, body, answer);
        button.disabled = false;
    });
    return node;
}

function field(parameter) {
    const { name, description, required = false, schema = {} } = parameter;
    const input = element("input", { type: "text", name, required, autocomplete: "off", spellcheck: "false",
                                     placeholder: schema.type === "boolean" ? "true" : null });
    const row = element("label", { class: "field" },
        element("span", {}, element("code", {}, name), " ",
            element("small", {}, [description, required ? "needed" : null].filter(Boolean).join(" · "))),
        input);
    return { parameter, input, row };
}

async function send({ method, path }, fields, type, body, answer) {
    let target = path.slice(1);
    const query = new URLSearchParams();
    for (const { parameter, input } of fields) {
        if (parameter.in === "path")
            target = target.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
        else if (input.value !== "")
            query.set(parameter.name, input.value);
    }
    const url = urlOf(target);
    url.search = query;
    const began = performance.now();
    try {
        const request = { method: method.toUpperCase(), headers: { Accept: "application/json" } };
        if (body) {
            request.headers["Content-Type"] = type;
            request.body = body.value;
        }
        const response = await fetch(url, request);
        const text = await response.text();
        const took = Math.round(performance.now() - began);
        const total = response.headers.get("X-Total-Count");
        const status = `${response.status} ${response.statusText} in ${took} ms${total ? `, ${total} in all` : ""}`;
        hold(answer,
            element("p", { class: response.ok ? "status" : "status is-bad" }, status),
            text && element("pre", { tabindex: 0, "aria-label": "Answer" }, readable(text)));
        say(status);
    } catch (error) {
        hold(answer, element("p", { class: "status is-bad" }, `No answer: ${error.message}`));
    }
}

function readable(text) {
    let shown = text;
    try {
        shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
        // XML, say.
    }
    return shown.length > MOST ? `${shown.slice(0, MOST)}\n… ${shown.length - MOST} characters more` : shown;
}

// Something of this schema, to begin with.
function example(schema, document) {
    if (schema?.$ref)
        return example(schema.$ref.split("/").slice(1).reduce((part, name) => part[name], document), document);
    const { type, properties = {}, anyOf, oneOf, items, default: given, examples, enum: values } = schema || {};
    const chosen = given ?? examples?.[0] ?? values?.[0] ?? schema?.const;
    if (chosen !== undefined)
        return chosen;
    if (anyOf || oneOf)
        return example((anyOf || oneOf)[0], document);
    switch (Array.isArray(type) ? type[0] : type) {
    case "string": return "";
    case "integer":
    case "number": return 0;
    case "boolean": return false;
    case "array": return items ? [example(items, document)] : [];
    case "null": return null;
    default:
        return Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, example(part, document)]));
    }
}
