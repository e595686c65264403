// Keys of a browser as keys of Qt (Qt::Key, Qt::KeyboardModifier).

const KEYS = {
    Escape: 0x01000000, Backspace: 0x01000003, Enter: 0x01000004, Insert: 0x01000006, Delete: 0x01000007,
    Home: 0x01000010, End: 0x01000011, ArrowLeft: 0x01000012, ArrowUp: 0x01000013, ArrowRight: 0x01000014,
    ArrowDown: 0x01000015, PageUp: 0x01000016, PageDown: 0x01000017, ContextMenu: 0x01000055,
    F1: 0x01000030, F2: 0x01000031, F3: 0x01000032, F4: 0x01000033, F6: 0x01000035, F7: 0x01000036,
    F8: 0x01000037, F9: 0x01000038, F10: 0x01000039,
};

// What a browser does with the control key stays the browser's: reload, a new tab, its address.
const OF_BROWSER = "rtwnl0+-";

export function modifiersOf(event) {
    return (event.shiftKey ? 0x02000000 : 0) | (event.ctrlKey ? 0x04000000 : 0)
        | (event.altKey ? 0x08000000 : 0) | (event.metaKey ? 0x10000000 : 0);
}

// A step for a key that went down; null for one that is left to the browser. Tab is, so that the
// keyboard leads out of a picture again.
export function keyOf(event) {
    if (event.isComposing || event.key === "Tab")
        return null;
    const modifiers = modifiersOf(event);
    const isCommand = event.ctrlKey || event.metaKey;
    if (event.key in KEYS)
        return { type: "key", key: KEYS[event.key], modifiers };
    if ([...event.key].length !== 1)
        return null;
    // AltGr is control and alt on some systems, and makes characters.
    if (!isCommand || (event.ctrlKey && event.altKey))
        return { type: "text", text: event.key };
    if (OF_BROWSER.includes(event.key.toLowerCase()) || !/^[ -~]$/.test(event.key))
        return null;
    return { type: "key", key: event.key.toUpperCase().codePointAt(0), modifiers };
}
