import QtQuick 2.12
import "interaction.js" as Interaction
import "roots.js" as Roots

// Carries what a person did from one version of an interface to the next: what differs from how an
// object came up, if the same object of the next version comes up as that one did. Where a binding
// decides, or an edit of this very value, that stays.
QtObject {
    id: keeper

    // What the person did to the interface that is watched; null if that is nothing.
    function taken() {
        d.look();
        var state = d.root === null ? null : d.taken(d.root);
        return state !== null && state.matters ? state : null;
    }

    // Gives an interface that has just come up what was taken from the one before, and watches it.
    function watch(object, state) {
        ++d.session;
        Interaction.forget();
        d.due = [];
        d.unread = [];
        d.focused = null;
        d.root = d.entered({ object: object, key: "" }, null, state);
        // What was given may have made more: the page of a tab.
        d.look();
        if (d.focused !== null)
            d.focused.forceActiveFocus();
        d.focused = null;
    }

    readonly property QtObject d: QtObject {
        // The interface as a tree of entries, see Interaction.described: how each object came up,
        // and what is in it.
        property var root: null
        // Those whose objects have got or lost others.
        property var due: []
        // Those to be read once there is time: nobody has used them yet.
        property var unread: []
        property var focused: null
        // Of the interface that is watched; the one before may live on for a moment.
        property int session: 0

        // On its way back, a Binding puts the binding in its place that was there before, and
        // leaves the value alone where there was none (5.15, 6.4, 6.12). So it sets what nothing
        // else decides.
        readonly property Component setter: Component {
            Binding { when: false }
        }

        // Most of an interface is nothing that a person can change; it is looked at in between.
        readonly property Timer reading: Timer {
            interval: 1
            onTriggered: {
                var enough = Date.now() + 6;
                while (keeper.d.unread.length > 0 && Date.now() < enough)
                    keeper.d.unread.splice(0, 20).forEach(keeper.d.read);
                if (keeper.d.unread.length > 0)
                    start();
            }
        }

        function set(object, name, value) {
            if (name === "opened") {
                // As soon as it has a window.
                Qt.callLater(value ? object.open : object.close);
                return;
            }
            if (Interaction.made[name]) {
                Interaction.made[name].give(object, value);
                return;
            }
            var binding = setter.createObject(null, { target: object, property: name, value: value });
            // Before Qt 5.14 there is no such property, and nothing is kept.
            if (binding.restoreMode !== undefined) {
                binding.restoreMode = 1; // Binding.RestoreBinding
                binding.when = true;
                binding.when = false;
            }
            binding.destroy();
        }

        // The entry of an object that has come up in another one, given its state.
        function entered(part, whole, state) {
            var entry = Interaction.described(part);
            entry.whole = whole;
            if (state === null) {
                unread.push(entry);
                reading.start();
            } else {
                entry.pending = state.parts;
                read(entry);
                give(entry, state);
            }
            return entry;
        }

        function read(entry) {
            var object = entry.object;
            if (!Interaction.isAlive(object))
                return;
            entry.values = Interaction.valuesOf(object);
            if (object.focus === true || Object.keys(entry.values).length > 0) {
                for (var at = entry; at !== null && !at.isUsable; at = at.whole)
                    at.isUsable = true;
            }
            if (object.childrenChanged) {
                entry.session = session;
                object.childrenChanged.connect(entry, childrenChanged);
            }
            enterParts(entry);
        }

        function give(entry, state) {
            var names = Object.keys(entry.values).filter(function(name) {
                var change = state.changes[name];
                return change && change.from === entry.values[name];
            });
            // Once more, since one may limit another: the two ends of a range.
            names.concat(names).forEach(function(name) {
                if (Interaction.read(entry.object, name) !== state.changes[name].to)
                    keeper.d.set(entry.object, name, state.changes[name].to);
            });
            if (state.hasFocus)
                focused = entry.object;
        }

        // Watches what has come into an object, and forgets what has gone.
        function enterParts(entry) {
            var parts = Interaction.parts(entry.object, Roots.contentOf);
            var former = Interaction.matched(parts, entry.parts);
            var found = parts.filter(function(part, at) { return !former[at]; });
            var states = [];
            if (entry.pending.length > 0) {
                var pairs = Interaction.pairs(entry.pending, found.map(Interaction.described));
                states = Interaction.matched(found, pairs.map(function(pair) {
                    return { object: pair[1].object, state: pair[0] };
                }));
                entry.pending = entry.pending.filter(function(state) { return !state.paired; });
            }
            var next = 0;
            entry.parts = parts.map(function(part, at) {
                if (former[at])
                    return former[at];
                var given = states[next++];
                return keeper.d.entered(part, entry, given && given.state.matters ? given.state : null);
            });
        }

        // One function for all objects, called on the entry of the one that changed.
        readonly property var childrenChanged: function() {
            // The keeper may go before what it watches.
            if (keeper !== null && keeper.d.session === this.session)
                keeper.d.changed(this);
        }

        function changed(entry) {
            due.push(entry);
            Qt.callLater(look);
        }

        function look() {
            while (due.length > 0) {
                var entries = due;
                due = [];
                entries.forEach(function(entry) {
                    if (Interaction.isAlive(entry.object))
                        keeper.d.enterParts(entry);
                });
            }
        }

        function taken(entry) {
            var object = entry.object;
            var state = { key: entry.key, name: entry.name, type: entry.type, label: entry.label,
                          changes: {}, hasFocus: false, parts: [], matters: entry.pending.length > 0 };
            if (!Interaction.isAlive(object) || !(entry.isUsable || state.matters))
                return state;
            state.hasFocus = object.activeFocus === true;
            Object.keys(entry.values).forEach(function(name) {
                var now = Interaction.read(object, name);
                if (now !== entry.values[name])
                    state.changes[name] = { from: entry.values[name], to: now };
            });
            var parts = takenParts(entry);
            state.matters = state.matters || state.hasFocus || Object.keys(state.changes).length > 0
                || parts.some(function(part) { return part.matters; });
            state.parts = state.matters ? parts.concat(entry.pending) : [];
            return state;
        }

        function takenParts(entry) {
            var list = entry.parts.map(keeper.d.taken);
            if (list.some(function(state) { return state.matters; })) {
                // Rows may have moved since.
                var parts = Interaction.parts(entry.object, Roots.contentOf);
                Interaction.matched(entry.parts, parts).forEach(function(part, at) {
                    if (part)
                        list[at].key = part.key;
                });
            }
            return list;
        }
    }
}
