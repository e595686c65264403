// What a person does in a picture, as steps for the client that it shows.

import { keyOf, modifiersOf } from "./keys.js";
import { command } from "./server.js";

// Between two moves of a pointer without a button down, in milliseconds.
const HOVER = 100;

// The most steps in one command.
const MOST = 60;

// Qt's buttons, in the order of the browser's. The bits of those that are down are the same.
const BUTTONS = [1, 4, 2, 8, 16];

export class Input {
    constructor(canvas, screen) {
        this.canvas = canvas;
        this.screen = screen;
        this.isOn = true;
        this.steps = [];
        this.isSending = false;
        this.hoveredAt = 0;
        const on = (name, take) => canvas.addEventListener(name, event => this.isOn && take(event), { passive: false });
        on("pointerdown", event => this.pressed(event));
        on("pointermove", event => this.moved(event));
        on("pointerup", event => this.released(event));
        on("pointercancel", event => this.released(event));
        on("wheel", event => this.wheeled(event));
        on("contextmenu", event => event.preventDefault());
        on("keydown", event => this.keyed(event));
    }

    pressed(event) {
        const place = this.screen.placeOf(event);
        if (place === null)
            return;
        event.preventDefault();
        this.canvas.focus({ preventScroll: true });
        this.canvas.setPointerCapture(event.pointerId);
        const isSecond = this.last !== undefined && event.timeStamp - this.last.at < 400
            && Math.abs(place.x - this.last.x) < 6 && Math.abs(place.y - this.last.y) < 6;
        this.last = isSecond ? undefined : { at: event.timeStamp, ...place };
        const button = BUTTONS[event.button] || 1;
        this.add({ type: isSecond ? "double" : "press", ...place, button, modifiers: modifiersOf(event) });
    }

    released(event) {
        const place = this.screen.placeOf(event);
        const button = BUTTONS[event.button] || 1;
        if (place !== null)
            this.add({ type: "release", ...place, button, modifiers: modifiersOf(event) });
    }

    moved(event) {
        const isDown = event.buttons !== 0;
        const place = this.screen.placeOf(event);
        if (place === null || (!isDown && event.timeStamp - this.hoveredAt < HOVER))
            return;
        this.hoveredAt = event.timeStamp;
        const { buttons } = event;
        const step = { type: "move", ...place, buttons, modifiers: modifiersOf(event) };
        // Where it has begun counts, since Qt takes a drag from there on, and where it is now.
        const isMove = at => this.steps.at(at)?.type === "move" && this.steps.at(at).buttons === buttons;
        if (isMove(-1) && (isMove(-2) || !isDown))
            this.steps.pop();
        this.add(step);
    }

    // The page scrolls past a picture that nobody works in.
    wheeled(event) {
        const place = this.screen.placeOf(event);
        if (place === null || document.activeElement !== this.canvas)
            return;
        event.preventDefault();
        // A notch of a wheel is 120 to Qt, and about 100 pixels or 3 lines to a browser.
        const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 40 : 1.2;
        const turned = delta => Math.round(-delta * scale);
        this.add({ type: "wheel", ...place, dx: turned(event.deltaX), dy: turned(event.deltaY), modifiers: modifiersOf(event) });
    }

    keyed(event) {
        const step = keyOf(event);
        if (step === null)
            return;
        event.preventDefault();
        this.add(step);
    }

    // A line, ended by the Enter key.
    type(text) {
        for (let at = 0; at < text.length; at += 500)
            this.add({ type: "text", text: text.slice(at, at + 500) });
        this.add({ type: "text", text: "\n" });
    }

    add(step) {
        const before = this.steps.at(-1);
        if (step.type === "text" && before?.type === "text" && before.text.length < 500)
            before.text += step.text;
        else
            this.steps.push(step);
        this.send();
    }

    // One command after another, so that they keep their order; what happens meanwhile goes with
    // the next one.
    async send() {
        if (this.isSending)
            return;
        this.isSending = true;
        try {
            while (this.steps.length > 0) {
                const steps = this.steps.splice(0, MOST);
                await command(this.screen.stream, { kind: "input", steps });
                this.screen.watch();
            }
        } catch (error) {
            this.steps = [];
            this.screen.tell(error.message);
        } finally {
            this.isSending = false;
        }
    }
}
