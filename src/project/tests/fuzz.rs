//! Whatever the files of a build system have in them: nothing panics or goes on for ever. Seconds
//! each; longer with `BOLERO_RANDOM_TEST_TIME_MS`.

use bolero::check;

use super::Tree;

const WORDS: &[&str] = &[
    "set(A ",
    "set(A ${A}${A})\n",
    "${A}",
    "${${A}}",
    "$ENV{HOME}",
    "$<TARGET:a>",
    ")",
    "(",
    "\n",
    " ",
    "\"",
    ";",
    "[[",
    "]]",
    "[=[",
    "]=]",
    "#",
    "\\",
    "\\;",
    "if(",
    "else()\n",
    "elseif(A)\n",
    "endif()\n",
    "NOT ",
    "AND ",
    "STREQUAL ",
    "MATCHES ",
    "foreach(x ",
    "IN LISTS A)\n",
    "RANGE 9)\n",
    "RANGE 999999999)\n",
    "endforeach()\n",
    "while(TRUE)\n",
    "endwhile()\n",
    "break()\n",
    "return()\n",
    "function(f x)\n",
    "f(${x})\n",
    "f(A)\n",
    "endfunction()\n",
    "macro(m)\n",
    "m()\n",
    "endmacro()\n",
    "include(a.cmake)\n",
    "include(CMakeLists.txt)\n",
    "add_subdirectory(sub)\n",
    "list(APPEND A a)\n",
    "list(TRANSFORM A PREPEND x)\n",
    "string(REPEAT a 999999 A)\n",
    "string(REGEX REPLACE (a*)* b A ${A})\n",
    "file(GLOB_RECURSE A *.qml)\n",
    "qt_add_qml_module(app URI App VERSION 1.0 QML_FILES ",
    "Main.qml ",
    "RESOURCES a.png ",
    "qt_add_resources(app r PREFIX / FILES a.png)\n",
    "PARENT_SCOPE)\n",
    "cmake_path(SET A /../..)\n",
    "get_filename_component(A ../../a NAME)\n",
    "math(EXPR A 1/0)\n",
    "ü",
];

fn text(bytes: &[u8]) -> String {
    let word = |byte: &u8| WORDS[usize::from(*byte) % WORDS.len()];
    bytes.iter().map(word).collect()
}

#[test]
fn any_words_are_a_cmakelists() {
    check!().with_max_len(100).for_each(|bytes| {
        let text = text(bytes);
        let tree = [
            ("CMakeLists.txt", &*text),
            ("a.cmake", "set(A b)\n"),
            ("sub/CMakeLists.txt", "set(A c PARENT_SCOPE)\n"),
            ("Main.qml", "Item {}"),
        ];
        let project = Tree::new(tree).project();
        for module in &project.modules {
            assert!(!module.uri.contains(['/', '\n']), "{text:?}: {module:?}");
        }
    });
}

#[test]
fn any_text_is_a_file_of_a_project() {
    check!().with_type::<String>().for_each(|text| {
        for file in [
            "CMakeLists.txt",
            "a.qrc",
            "a.qmlproject",
            "main.cpp",
            "main.py",
            "a.qmltypes",
        ] {
            Tree::new([(file, text.as_str()), ("main.qml", "")]).project();
        }
    });
}
