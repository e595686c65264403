// Elements of the page. Text is always text here: nothing that a file, a client or a message is
// called can become markup.

const SVG = "http://www.w3.org/2000/svg";

// An element: element("a", { href: "…", class: "…" }, "text", anotherElement).
export function element(name, attributes = {}, ...content) {
    return filled(document.createElement(name), attributes, content);
}

// The same of a drawing.
export function drawn(name, attributes = {}, ...content) {
    return filled(document.createElementNS(SVG, name), attributes, content);
}

function filled(node, attributes, content) {
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on"))
            node.addEventListener(name.slice(2), value);
        else if (value === true)
            node.setAttribute(name, "");
        else if (value !== false && value !== null && value !== undefined)
            node.setAttribute(name, value);
    }
    return hold(node, ...content);
}

// Makes this the content of an element; what is null is left out.
export function hold(node, ...content) {
    node.replaceChildren(...content.flat().filter(part => part !== null && part !== undefined && part !== false));
    return node;
}

export function byId(id) {
    return document.getElementById(id);
}

// Tells those who hear the page instead of seeing it.
export function say(text) {
    byId("said").textContent = text;
}

// Makes the children of `parent` those of `items`, in their order. A child stays the same element
// for as long as there is an item with its key, so that focus and scroll position stay, too.
export function reconcile(parent, items, keyOf, make, update) {
    const known = new Map();
    for (const child of parent.children)
        known.set(child.dataset.key, child);
    let after = null;
    for (const item of items) {
        const key = String(keyOf(item));
        let child = known.get(key);
        if (child === undefined) {
            child = make(item);
            child.dataset.key = key;
        }
        known.delete(key);
        const place = after === null ? parent.firstElementChild : after.nextElementSibling;
        if (place !== child)
            parent.insertBefore(child, place);
        update(child, item);
        after = child;
    }
    for (const child of known.values())
        child.remove();
}

export function plural(count, one, many = `${one}s`) {
    return `${count} ${count === 1 ? one : many}`;
}

export function bytes(size) {
    if (size < 1024)
        return `${size} B`;
    if (size < 1024 * 1024)
        return `${(size / 1024).toFixed(1)} KiB`;
    return `${(size / 1024 / 1024).toFixed(1)} MiB`;
}

// A button that puts a text on the clipboard, and says so.
export function copyButton(text, what) {
    const button = element("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
    button.addEventListener("click", async () => {
        try {
            await copy(text);
            button.textContent = "Copied";
        } catch {
            button.textContent = "Select it";
        }
        say(button.textContent);
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    return button;
}

// Browsers give the clipboard to secure origins only: localhost is one, an address is not.
async function copy(text) {
    if (navigator.clipboard)
        return navigator.clipboard.writeText(text);
    const field = element("textarea", { readonly: true, class: "hidden" });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    if (!copied)
        throw new Error("the browser does not copy");
}
