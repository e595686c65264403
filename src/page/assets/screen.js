// What one client shows, as pictures that it is asked for: one after another while a person works
// in it or a new version arrives, now and then while somebody looks, and none otherwise.

import { element } from "./dom.js";
import { Input } from "./input.js";
import { picture } from "./server.js";

// Between two pictures, in milliseconds: while a person works, and while nothing happens. Never
// sooner than the first.
const BUSY = 60;
const IDLE = 3000;

// How long something may go on that a click or a new version has begun.
const LINGER = 2500;

// After a picture that did not come, likewise.
const RETRY = 300;
const REST = 2000;

export class Screen {
    constructor(client) {
        this.stream = client.stream;
        this.canvas = element("canvas", { width: 320, height: 200, tabindex: 0 });
        this.note = element("p", { class: "note" }, "Waiting for a picture…");
        this.text = element("input", { type: "text", autocomplete: "off", spellcheck: "false", placeholder: "Type, then Enter" });
        this.typing = element("form", { class: "typing" }, this.text,
            element("button", { type: "submit" }, "Type"));
        this.element = element("div", { class: "screen" },
            element("div", { class: "glass" }, this.canvas), this.note, this.typing);
        this.size = null;
        this.busyUntil = 0;
        this.askedAt = 0;
        this.isSeen = false;
        this.isStopped = false;
        this.wake = () => {};
        this.input = new Input(this.canvas, this);
        this.typing.addEventListener("submit", event => {
            event.preventDefault();
            this.input.type(this.text.value);
            this.text.value = "";
        });
        this.observer = new IntersectionObserver(entries => {
            this.isSeen = entries.at(-1).isIntersecting;
            this.wake();
        });
        this.onVisibility = () => this.wake();
    }

    start() {
        this.observer.observe(this.element);
        document.addEventListener("visibilitychange", this.onVisibility);
        this.run();
    }

    stop() {
        this.isStopped = true;
        this.observer.disconnect();
        document.removeEventListener("visibilitychange", this.onVisibility);
        this.wake();
    }

    update(client) {
        const plays = client.plays_input !== false;
        this.canvas.setAttribute("role", plays ? "application" : "img");
        this.canvas.setAttribute("aria-label", plays
            ? `Screen of ${client.label}: click, drag and type in it`
            : `Screen of ${client.label}`);
        this.canvas.tabIndex = plays ? 0 : -1;
        this.text.setAttribute("aria-label", `Text for ${client.label}`);
        this.typing.hidden = !plays;
        this.input.isOn = plays;
        this.lack = plays ? "" : lackOf(client);
        if (!plays)
            this.tell("");
    }

    // Looks once more.
    look() {
        this.isDue = true;
        this.wake();
    }

    // Looks for a while: something is going on.
    watch() {
        this.busyUntil = Date.now() + LINGER;
        this.look();
    }

    // A place on the page in the client's own pixels, or null as long as nothing is known of them.
    placeOf(event) {
        const { left, top, width, height } = this.canvas.getBoundingClientRect();
        if (this.size === null || width === 0)
            return null;
        const round = value => Math.round(value * 10) / 10;
        return {
            x: round((event.clientX - left) / width * this.size.width),
            y: round((event.clientY - top) / height * this.size.height),
        };
    }

    tell(text) {
        const told = [text, this.lack].filter(part => part).join(" ");
        if (this.note.textContent !== told)
            this.note.textContent = told;
        this.note.hidden = told === "";
    }

    async run() {
        while (!this.isStopped) {
            if (!this.isSeen || document.hidden) {
                await this.pause(Infinity);
                continue;
            }
            await new Promise(resolve => setTimeout(resolve, this.askedAt + BUSY - Date.now()));
            this.askedAt = Date.now();
            this.isDue = false;
            let rest = REST;
            try {
                this.show(await picture(this.stream, this.widest()));
                this.tell("");
                rest = Date.now() < this.busyUntil ? BUSY : IDLE;
            } catch (error) {
                this.tell(`No picture: ${error.message}.`);
                rest = Date.now() < this.busyUntil ? RETRY : REST;
            }
            await this.pause(this.isDue ? 0 : rest);
        }
    }

    show({ image, width, height }) {
        this.size = { width, height };
        if (this.canvas.width !== image.width || this.canvas.height !== image.height) {
            this.canvas.width = image.width;
            this.canvas.height = image.height;
            this.canvas.style.setProperty("--aspect", image.width / image.height);
        }
        this.canvas.getContext("2d").drawImage(image, 0, 0);
        image.close();
        this.element.classList.add("has-picture");
        this.canvas.dataset.pictures = Number(this.canvas.dataset.pictures || 0) + 1;
    }

    // In steps, so that a few pixels more do not ask for another size.
    widest() {
        const shown = this.element.clientWidth * Math.min(2, window.devicePixelRatio);
        return Math.min(1280, Math.max(192, Math.ceil(shown / 64) * 64));
    }

    // Waits, at least until the next one may be asked for.
    async pause(time) {
        await new Promise(resolve => {
            this.wake = resolve;
            if (time !== Infinity)
                setTimeout(resolve, time);
        });
        this.wake = () => {};
    }
}

// Why a client does not play clicks and keys, and what helps.
function lackOf(client) {
    const name = (client.qt || "").startsWith("5") ? "qml-module-qttest" : "qml6-module-qttest";
    return `It cannot be clicked from here: it has no QtTest. On Debian and Ubuntu, apt install ${name} and start it again.`;
}
