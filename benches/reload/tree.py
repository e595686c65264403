"""A tree of N component documents, twenty to a directory, each directory with a
page that shows all of its components, and a main.qml that shows all pages, or
the first one and knows the others."""

import pathlib

PER_DIRECTORY = 20

LEAF = """import QtQuick 2.12

Item {{
    id: root

    property int value: {value}
    property string label: "c{number}"
    width: 10
    height: 10

    function sum(from, to) {{
        var total = 0
        for (var i = from; i < to; ++i)
            total += i * root.value
        return total
    }}

    Rectangle {{
        anchors.fill: parent
        color: "#{color:06x}"
        border.width: 1
        Text {{ anchors.centerIn: parent; text: root.label; font.pixelSize: 6 }}
    }}
    MouseArea {{ anchors.fill: parent; onClicked: root.value += 1 }}
    states: State {{ name: "on"; PropertyChanges {{ target: root; opacity: 0.5 }} }}
}}
"""


def leaf(number, value):
    return LEAF.format(number=number, value=value, color=(number * 7919) % 0xFFFFFF)


def write(root, documents, shows="all"):
    """Writes the tree, whose main.qml shows "all" pages or "one"; returns the path
    of the leaf to edit and a function that makes its content for a value."""
    root = pathlib.Path(root)
    directories = (documents + PER_DIRECTORY - 1) // PER_DIRECTORY
    for directory in range(directories):
        folder = root / f"d{directory}"
        folder.mkdir(parents=True, exist_ok=True)
        numbers = range(directory * PER_DIRECTORY, min(documents, (directory + 1) * PER_DIRECTORY))
        for number in numbers:
            (folder / f"C{number}.qml").write_text(leaf(number, 0))
        items = "".join(f"    C{number} {{}}\n" for number in numbers)
        first = f"property int shown: c.value\n    C{numbers[0]} {{ id: c; visible: false }}\n"
        (folder / f"Page{directory}.qml").write_text(f"import QtQuick 2.12\n\nGrid {{\n    columns: 5\n    {first}{items}}}\n")
        lines = [f"C{number} 1.0 C{number}.qml\n" for number in numbers] + [f"Page{directory} 1.0 Page{directory}.qml\n"]
        (folder / "qmldir").write_text("".join(lines))
    imports = "".join(f'import "d{directory}"\n' for directory in range(directories))
    page = "    Page{0} {{}}\n" if shows == "all" else "    Component {{ Page{0} {{}} }}\n"
    pages = "".join(page.format(directory) for directory in range(1, directories))
    (root / "main.qml").write_text(
        f"import QtQuick 2.12\n{imports}\nFlow {{\n    width: 400\n    height: 400\n"
        f"    Page0 {{ id: page }}\n{pages}"
        '    Component.onCompleted: console.log("READY " + page.shown)\n}\n'
    )
    return root / "d0" / "C0.qml", lambda value: leaf(0, value)
