import QtQuick 2.12

// Plays what a person did in a picture of an interface, with the events that Qt's own tests send:
// the module QtTest has them, where it is installed.
QtObject {
    id: player

    // Whether it can, in the window of this item.
    function works(item) {
        return d.testOf(item) !== null;
    }

    // Steps are { type, x, y, button, buttons, modifiers, dx, dy, key, text }, as far as they apply.
    function play(item, steps) {
        d.queue = d.queue.concat(steps);
        // A key that is played lets other events through (QTest processes them), and so the next
        // steps may arrive in the middle of these.
        if (d.isPlaying)
            return;
        d.isPlaying = true;
        while (d.queue.length > 0)
            d.playStep(item, d.queue.shift());
        d.isPlaying = false;
    }

    readonly property QtObject d: QtObject {
        property var queue: []
        property bool isPlaying: false
        property QtObject test: null
        property Item testItem: null
        property bool isMissing: false
        // Newer versions of Qt want to know the modifiers of a move (6.12 does, 6.4 does not).
        property bool movesWithModifiers: false

        function playStep(item, step) {
            try {
                var test = testOf(item);
                if (test !== null)
                    d[step.type + "Step"](test, item, step);
            } catch (error) {
                console.warn("qmlserve: " + step.type + " could not be played: " + error);
            }
        }

        // Keys go to the window of the item that has the TestEvent.
        function testOf(item) {
            if (isMissing || (test !== null && testItem === item))
                return test;
            if (test !== null)
                test.destroy();
            test = null;
            testItem = item;
            try {
                test = Qt.createQmlObject("import QtTest 1.2; TestEvent {}", item, "input");
            } catch (error) {
                isMissing = true;
            }
            return test;
        }

        function pressStep(test, item, step) {
            test.mousePress(item, step.x, step.y, step.button, step.modifiers, -1);
        }

        function releaseStep(test, item, step) {
            test.mouseRelease(item, step.x, step.y, step.button, step.modifiers, -1);
        }

        // Qt has the second press as well.
        function doubleStep(test, item, step) {
            pressStep(test, item, step);
            test.mouseDoubleClick(item, step.x, step.y, step.button, step.modifiers, -1);
        }

        function moveStep(test, item, step) {
            if (movesWithModifiers) {
                test.mouseMove(item, step.x, step.y, -1, step.buttons, step.modifiers);
                return;
            }
            try {
                test.mouseMove(item, step.x, step.y, -1, step.buttons);
            } catch (error) {
                movesWithModifiers = true;
                moveStep(test, item, step);
            }
        }

        function wheelStep(test, item, step) {
            test.mouseWheel(item, step.x, step.y, 0, step.modifiers, step.dx, step.dy, -1);
        }

        // What a window does when it becomes active: keys of one that is not go nowhere, and the
        // active one may be the browser with the page.
        function activate(item) {
            if (!item.activeFocus)
                item.focus = true;
        }

        function keyStep(test, item, step) {
            activate(item);
            test.keyClick(step.key, step.modifiers, -1);
        }

        function textStep(test, item, step) {
            activate(item);
            for (var i = 0; i < step.text.length; ++i)
                type(test, item, step.text.charAt(i));
        }

        // A TestEvent ends the program at a character that is not of ASCII (5.15, 6.4, 6.12); those
        // are put where the cursor is.
        function type(test, item, character) {
            if (character === "\n")
                test.keyClick(Qt.Key_Return, Qt.NoModifier, -1);
            else if (character >= " " && character <= "~")
                test.keyClickChar(character, Qt.NoModifier, -1);
            else
                insert(focused(item), character);
        }

        function insert(field, character) {
            if (field === null)
                return;
            field.remove(field.selectionStart, field.selectionEnd);
            field.insert(field.cursorPosition, character);
        }

        // The text field in an item that has the focus, or null.
        function focused(item) {
            if (item.activeFocus && typeof item.insert === "function" && item.cursorPosition !== undefined)
                return item;
            for (var i = 0; i < item.children.length; ++i) {
                var found = focused(item.children[i]);
                if (found !== null)
                    return found;
            }
            return null;
        }
    }
}
