// QML, JavaScript and qmldir as words with a class each. It need not understand them: what it
// takes for a type or a property looks like one.

const WORDS = new RegExp([
    /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/,
    /(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`?)/,
    /(?<number>\b(?:0[xX][\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\b)/,
    /(?<word>[A-Za-z_$][\w$]*)/,
    /(?<space>\s+)/,
    /(?<other>[^\s\w"'`$]+?)/,
].map(part => part.source).join("|"), "g");

const KEYWORDS = new Set(("import as pragma component property alias signal readonly required default enum on var let const "
    + "function return if else for while do switch case break continue new delete typeof instanceof in of try catch "
    + "finally throw class extends this null undefined true false void yield async await export from "
    + "int real double bool string color url date module singleton plugin classname typeinfo designersupported").split(" "));

// The lines of a text, each a list of [class, text]; the class is "" for what is plain.
export function lines(text) {
    const all = [[]];
    for (const match of text.matchAll(WORDS)) {
        const [kind] = Object.entries(match.groups).find(([, found]) => found !== undefined);
        const parts = match[0].split("\n");
        parts.forEach((part, at) => {
            if (at > 0)
                all.push([]);
            if (part !== "")
                all.at(-1).push([classOf(kind, part, text, match.index), part]);
        });
    }
    // The end of the last line begins no other.
    if (all.length > 1 && all.at(-1).length === 0)
        all.pop();
    return all;
}

function classOf(kind, word, text, at) {
    if (kind === "comment" || kind === "string" || kind === "number")
        return kind;
    if (kind !== "word")
        return "";
    if (KEYWORDS.has(word) && text[at - 1] !== ".")
        return "keyword";
    if (/^[A-Z]/.test(word))
        return "type";
    return /^\s*:/.test(text.slice(at + word.length, at + word.length + 20)) ? "property" : "";
}
