import QtQuick 2.12
import "factory.js" as Factory

// Loads pictures and fonts before the objects that show them are made: an Image whose URL is
// loaded is Ready at once and has its size, as one of a local file. And types that are only named,
// for their enumerations: the engine does not load those of another machine by itself. All stay
// loaded until those of another version take their place. It never is a reason to fail: what does
// not come, or not in time, is loaded once more by whoever shows it.
QtObject {
    id: preload

    // Whether something is to come that is worth waiting for.
    property bool busy: false

    // Pictures are { url, size, fill, type }: size is [width, height] with 0 for what is not set,
    // and absent for a font and for a type, of which type is true.
    function load(pictures) {
        d.patient = true;
        var former = d.wanted;
        d.wanted = {};
        for (var i = 0; i < pictures.length; ++i) {
            var key = JSON.stringify(pictures[i]);
            d.wanted[key] = former[key] || d.kept[key] || d.make(pictures[i]);
        }
        d.release(former);
        d.look();
        if (busy)
            d.patience.restart();
    }

    // What load() named is shown: nothing else is needed any more.
    function keep() {
        var former = d.kept;
        d.kept = d.wanted;
        d.release(former);
    }

    readonly property QtObject d: QtObject {
        // Loaders by what they load: for the version that is shown, and for the next one.
        property var kept: ({})
        property var wanted: ({})

        // Whether pictures are worth waiting for. Types are, until they are there or in error.
        property bool patient: true
        readonly property Timer patience: Timer {
            interval: 1000
            onTriggered: {
                d.patient = false;
                d.look();
            }
        }

        readonly property Component image: Component {
            Image {
                onStatusChanged: preload.d.look()
            }
        }
        readonly property Component font: Component {
            FontLoader {
                onStatusChanged: preload.d.look()
            }
        }

        function make(picture) {
            if (picture.type) {
                var component = Factory.component(picture.url);
                component.statusChanged.connect(look);
                return component;
            }
            if (!picture.size)
                return font.createObject(null, { source: picture.url });
            var properties = { source: picture.url, fillMode: picture.fill };
            // Not set at all is another size than 0 x 0.
            if (picture.size[0] > 0 || picture.size[1] > 0)
                properties.sourceSize = Qt.size(picture.size[0], picture.size[1]);
            return image.createObject(null, properties);
        }

        function look() {
            for (var key in wanted) {
                // 2 is Image.Loading as well as FontLoader.Loading and Component.Loading.
                var loads = wanted[key] && wanted[key].status === 2;
                if (loads && (patient || JSON.parse(key).type))
                    return void (preload.busy = true);
            }
            preload.busy = false;
        }

        function release(loaders) {
            for (var key in loaders) {
                if (loaders[key] && loaders[key] !== kept[key] && loaders[key] !== wanted[key])
                    loaders[key].destroy();
            }
        }
    }
}
