//! Modules that CMake declares.

use super::*;

const HEAD: &str =
    "project(App)\nfind_package(Qt6 COMPONENTS Quick)\nqt_add_executable(app main.cpp)\n";

/// The list of the root for one module with these arguments.
fn module(arguments: &str, files: &[&str]) -> Project {
    let text = format!("{HEAD}qt_add_qml_module(app URI My.App VERSION 1.2 {arguments})");
    cmake(&text, files)
}

#[test]
fn a_module_gets_the_list_that_a_build_generates() {
    let project = module(
        "QML_FILES Main.qml sub/Part.qml lower.qml logic.js Tools.js Form.ui.qml
         IMPORTS QtQuick/2.15 Other/auto OPTIONAL_IMPORTS Extra DEFAULT_IMPORTS Std
         DEPENDENCIES QtQml/2.0 RESOURCES img/a.png",
        &[
            "Main.qml",
            "sub/Part.qml",
            "lower.qml",
            "logic.js",
            "Tools.js",
            "Form.ui.qml",
            "img/a.png",
        ],
    );
    assert_eq!(
        list(&project, ""),
        "module My.App\nimport QtQuick 2.15\nimport Other auto\noptional import Extra\n\
         default import Std\ndepends QtQml 2.0\nMain 1.0 Main.qml\nPart 1.0 sub/Part.qml\n\
         Tools 1.0 Tools.js\nForm 1.0 Form.ui.qml\n"
    );
    // Without the policy for it, only what lies in the same resource directory is seen there.
    assert_eq!(list(&project, "sub"), "Part Part.qml\n");
    assert_eq!(
        resource(&project, "/My/App/img/a.png").as_deref(),
        Some("img/a.png")
    );
    assert_eq!(
        resource(&project, "/My/App/sub/Part.qml").as_deref(),
        Some("sub/Part.qml")
    );
    assert_eq!(findings(&project), [""; 0]);
    let [module] = project.modules.as_slice() else {
        panic!("{:?}", project.modules);
    };
    assert_eq!((module.uri.as_str(), module.dir.as_str()), ("My.App", ""));
    assert_eq!((module.declared.line, module.native), (4, false));
    assert_eq!(module.files.len(), 6);
}

#[test]
fn properties_of_sources_say_what_a_type_is() {
    let text = format!(
        "{HEAD}set_source_files_properties(Theme.qml PROPERTIES QT_QML_SINGLETON_TYPE TRUE)
        set_source_files_properties(Inner.qml PROPERTIES QT_QML_INTERNAL_TYPE TRUE)
        set_property(SOURCE Skipped.qml PROPERTY QT_QML_SKIP_QMLDIR_ENTRY ON)
        set_source_files_properties(a.qml PROPERTIES QT_QML_SOURCE_TYPENAME Named
            QT_QML_SOURCE_VERSIONS \"1.1;2.3\")
        set_source_files_properties(${{CMAKE_CURRENT_SOURCE_DIR}}/ui/Deep.qml PROPERTIES
            QT_RESOURCE_ALIAS Deep.qml)
        qt_add_qml_module(app URI A VERSION 3.1 PAST_MAJOR_VERSIONS 1 2
            QML_FILES Theme.qml Inner.qml Skipped.qml a.qml ui/Deep.qml)"
    );
    let project = cmake(
        &text,
        &[
            "Theme.qml",
            "Inner.qml",
            "Skipped.qml",
            "a.qml",
            "ui/Deep.qml",
        ],
    );
    assert_eq!(
        list(&project, ""),
        "module A\nsingleton Theme 3.0 Theme.qml\nsingleton Theme 1.0 Theme.qml\n\
         singleton Theme 2.0 Theme.qml\ninternal Inner Inner.qml\nNamed 1.1 a.qml\n\
         Named 2.3 a.qml\nDeep 3.0 ui/Deep.qml\nDeep 1.0 ui/Deep.qml\nDeep 2.0 ui/Deep.qml\n"
    );
    // Its alias puts it into the module's own directory, where it sees all types.
    assert!(list(&project, "ui").starts_with("singleton Theme 3.0 ../Theme.qml\n"));
    assert_eq!(
        resource(&project, "/A/Deep.qml").as_deref(),
        Some("ui/Deep.qml")
    );
    assert_eq!(resource(&project, "/A/ui/Deep.qml"), None);
}

#[test]
fn the_resource_prefix_follows_arguments_and_policies() {
    for (before, arguments, expected) in [
        ("", "", "/A/B/Main.qml"),
        (
            "qt_standard_project_setup(REQUIRES 6.4)",
            "",
            "/A/B/Main.qml",
        ),
        (
            "qt_standard_project_setup(REQUIRES 6.5)",
            "",
            "/qt/qml/A/B/Main.qml",
        ),
        (
            "qt_standard_project_setup(REQUIRES 6.10)",
            "",
            "/qt/qml/A/B/Main.qml",
        ),
        ("qt_policy(SET QTP0001 NEW)", "", "/qt/qml/A/B/Main.qml"),
        (
            "qt_standard_project_setup(REQUIRES 6.5)\nqt_policy(SET QTP0001 OLD)",
            "",
            "/A/B/Main.qml",
        ),
        (
            "qt_policy(SET QTP0001 NEW)",
            "RESOURCE_PREFIX /x/",
            "/x/A/B/Main.qml",
        ),
        ("", "NO_RESOURCE_TARGET_PATH", "/Main.qml"),
        (
            "",
            "RESOURCE_PREFIX x NO_RESOURCE_TARGET_PATH",
            "/x/Main.qml",
        ),
        (
            "qt_policy(SET QTP0001 NEW)",
            "NO_RESOURCE_TARGET_PATH",
            "/Main.qml",
        ),
    ] {
        let text = format!(
            "{HEAD}{before}\nqt_add_qml_module(app URI A.B VERSION 1.0 {arguments}\nQML_FILES Main.qml)"
        );
        let project = cmake(&text, &["Main.qml"]);
        assert_eq!(
            resource(&project, expected).as_deref(),
            Some("Main.qml"),
            "{before} {arguments}: {:?}",
            project.resources
        );
    }
}

#[test]
fn all_directories_see_the_whole_module_with_the_newer_policy() {
    let text = format!(
        "{HEAD}qt_standard_project_setup(REQUIRES 6.8)
        qt_add_qml_module(app URI A QML_FILES Main.qml sub/Part.qml)"
    );
    let project = cmake(&text, &["Main.qml", "sub/Part.qml"]);
    assert_eq!(
        list(&project, "sub"),
        "Main 254.0 ../Main.qml\nPart 254.0 Part.qml\n"
    );
}

#[test]
fn lists_of_files_are_evaluated() {
    let files = ["A.qml", "B.qml", "sub/C.qml", "sub/deep/D.qml"];
    for (before, argument, expected) in [
        ("set(F A.qml)\nlist(APPEND F B.qml)", "${F}", "A B"),
        ("set(F ${F} A.qml \"B.qml\")", "${F}", "A B"),
        (
            "foreach(n A B)\nlist(APPEND F ${n}.qml)\nendforeach()",
            "${F}",
            "A B",
        ),
        (
            "set(N A B)\nforeach(n IN LISTS N ITEMS sub/C)\nlist(APPEND F ${n}.qml)\nendforeach()",
            "${F}",
            "A B C",
        ),
        ("file(GLOB F CONFIGURE_DEPENDS *.qml)", "${F}", "A B"),
        (
            "file(GLOB F RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} sub/*.qml)",
            "${F}",
            "C",
        ),
        (
            "file(GLOB_RECURSE F RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS \"${CMAKE_SOURCE_DIR}/*.qml\")",
            "${F}",
            "A B C D",
        ),
        (
            "file(GLOB_RECURSE F sub/*.qml)\nlist(FILTER F EXCLUDE REGEX deep)",
            "${F}",
            "C",
        ),
        ("set(F A.qml B.qml)\nlist(REMOVE_ITEM F A.qml)", "${F}", "B"),
        ("set(F A B)\nlist(TRANSFORM F APPEND .qml)", "${F}", "A B"),
        (
            "set(F A.qml)\nif(F)\nlist(APPEND F B.qml)\nelse()\nset(F sub/C.qml)\nendif()",
            "${F}",
            "A B",
        ),
        (
            "if(WIN32)\nset(F A.qml)\nelseif(UNIX AND NOT APPLE)\nset(F B.qml)\nendif()",
            "${F}",
            "B",
        ),
        (
            "if(SOMETHING_ELSE)\nset(F A.qml)\nelse()\nset(F B.qml)\nendif()",
            "${F}",
            "A",
        ),
        ("set(F A.qml CACHE STRING \"\")", "${F}", "A"),
        (
            "function(f out)\nset(${out} ${ARGN} PARENT_SCOPE)\nendfunction()\nf(F A.qml B.qml)",
            "${F}",
            "A B",
        ),
        (
            "macro(f out)\nset(${out} ${ARGN})\nendmacro()\nf(F A.qml B.qml)",
            "${F}",
            "A B",
        ),
        ("string(REPLACE x A F x.qml)", "${F}", "A"),
        (
            "string(REGEX REPLACE \"^y(.*)\" \"\\\\1\" F \"yA.qml\")",
            "${F}",
            "A",
        ),
        (
            "set(i 0)\nwhile(i LESS 2)\nlist(GET N ${i} X)\nmath(EXPR i \"${i} + 1\")\nendwhile()",
            "A.qml",
            "A",
        ),
        (
            "get_filename_component(F sub/../A.qml ABSOLUTE)",
            "${F}",
            "A",
        ),
        ("", "${CMAKE_CURRENT_LIST_DIR}/sub/C.qml", "C"),
        ("", "${PROJECT_SOURCE_DIR}/A.qml;B.qml", "A B"),
    ] {
        let text = format!(
            "{HEAD}{before}\nqt_add_qml_module(app URI M VERSION 1.0 QML_FILES {argument})"
        );
        let project = cmake(&text, &files);
        let list = list(&project, "");
        let names: Vec<_> = list
            .lines()
            .skip(1)
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(
            names.join(" "),
            expected,
            "{text}\n{:?}",
            findings(&project)
        );
    }
}

#[test]
fn files_and_directories_of_cmake_are_followed() {
    let project = Tree::new([
        (
            "CMakeLists.txt",
            "project(P)\nset(CMAKE_MODULE_PATH ${CMAKE_SOURCE_DIR}/cmake)\ninclude(Helpers)\n\
             include(cmake/more.cmake)\nadd_subdirectory(app)\nadd_subdirectory(lib)",
        ),
        (
            "cmake/Helpers.cmake",
            "function(my_module target)\n\
             cmake_parse_arguments(PARSE_ARGV 1 A \"STATIC\" \"URI\" \"QML\")\n\
             qt_add_library(${target} STATIC)\n\
             qt_add_qml_module(${target} URI ${A_URI} VERSION 1.0 QML_FILES ${A_QML})\n\
             endfunction()",
        ),
        ("cmake/more.cmake", "set(EXTRA Extra.qml)"),
        (
            "app/CMakeLists.txt",
            "my_module(app STATIC URI P.App QML Main.qml ${EXTRA})",
        ),
        ("app/Main.qml", ""),
        ("app/Extra.qml", ""),
        (
            "lib/CMakeLists.txt",
            "qt_add_qml_module(lib URI P.Lib QML_FILES A.qml)\nadd_subdirectory(more)",
        ),
        ("lib/A.qml", ""),
        (
            "lib/more/CMakeLists.txt",
            "qt_target_qml_sources(lib QML_FILES B.qml RESOURCES b.png)",
        ),
        ("lib/more/B.qml", ""),
        ("lib/more/b.png", ""),
        (
            "other/CMakeLists.txt",
            "project(O)\nqt_add_qml_module(o URI O QML_FILES O.qml)",
        ),
        ("other/O.qml", ""),
    ])
    .project();
    assert_eq!(findings(&project), [""; 0]);
    let modules: Vec<_> = project
        .modules
        .iter()
        .map(|m| (m.uri.as_str(), m.dir.as_str()))
        .collect();
    assert_eq!(
        modules,
        [("O", "other"), ("P.App", "app"), ("P.Lib", "lib")]
    );
    assert_eq!(
        list(&project, "app"),
        "module P.App\nMain 1.0 Main.qml\nExtra 1.0 Extra.qml\n"
    );
    assert_eq!(
        list(&project, "lib"),
        "module P.Lib\nA 254.0 A.qml\nB 254.0 more/B.qml\n"
    );
    assert_eq!(
        resource(&project, "/P/Lib/b.png").as_deref(),
        Some("lib/more/b.png")
    );
    assert_eq!(
        list(&project, "lib/more"),
        "A 254.0 ../A.qml\nB 254.0 B.qml\n"
    );
}

#[test]
fn kde_s_commands_are_known() {
    let text = "include(ECMQmlModule)
        ecm_add_qml_module(lib URI org.kde.lib VERSION 2.0 GENERATE_PLUGIN_SOURCE)
        ecm_target_qml_sources(lib SOURCES controls/Page.qml controls/private.js)
        ecm_target_qml_sources(lib PRIVATE PATH private SOURCES controls/Inner.qml)
        ecm_finalize_qml_module(lib)";
    let project = cmake(
        text,
        &[
            "controls/Page.qml",
            "controls/private.js",
            "controls/Inner.qml",
        ],
    );
    assert_eq!(
        list(&project, ""),
        "module org.kde.lib\nPage 2.0 controls/Page.qml\ninternal Inner controls/Inner.qml\n"
    );
    let path = "/qt/qml/org/kde/lib/private/Inner.qml";
    assert_eq!(
        resource(&project, path).as_deref(),
        Some("controls/Inner.qml")
    );
    assert!(list(&project, "controls").starts_with("Page 2.0 Page.qml\n"));
}

#[test]
fn two_modules_of_one_directory_have_a_list_each() {
    let text = format!(
        "{HEAD}qt_add_qml_module(one URI One VERSION 1.0 QML_FILES A.qml Both.qml)
        qt_add_qml_module(two URI Two VERSION 1.0 QML_FILES B.qml Both.qml)"
    );
    let project = cmake(&text, &["A.qml", "B.qml", "Both.qml"]);
    assert_eq!(
        list(&project, "@Two"),
        "module Two\nB 1.0 ../B.qml\nBoth 1.0 ../Both.qml\n"
    );
    assert_eq!(
        list(&project, ""),
        "A 1.0 A.qml\nBoth 1.0 Both.qml\nB 1.0 B.qml\n"
    );
    let dirs: Vec<_> = project
        .modules
        .iter()
        .map(|module| module.dir.as_str())
        .collect();
    assert_eq!(dirs, ["@One", "@Two"]);
}

#[test]
fn resources_are_declared_by_command() {
    let text = format!(
        "{HEAD}qt_add_resources(app \"images\" PREFIX \"/img\" FILES a/x.png b.png)
        qt_add_resources(app \"more\" PREFIX / BASE a FILES a/y.png)
        set_source_files_properties(z.png PROPERTIES QT_RESOURCE_ALIAS named.png)
        qt_add_resources(app \"alias\" FILES z.png)
        qt_add_resources(SOURCES app.qrc)"
    );
    let project = cmake(&text, &["a/x.png", "a/y.png", "b.png", "z.png"]);
    for (path, file) in [
        ("/img/a/x.png", "a/x.png"),
        ("/img/b.png", "b.png"),
        ("/y.png", "a/y.png"),
        ("/named.png", "z.png"),
    ] {
        assert_eq!(resource(&project, path).as_deref(), Some(file), "{path}");
    }
}

#[test]
fn a_directory_that_is_not_added_knows_what_those_above_it_set() {
    let project = Tree::new([
        (
            "CMakeLists.txt",
            "project(P)\nset(NAME P.More)\noption(MORE \"\" OFF)\nif(MORE)\nadd_subdirectory(more)\nendif()",
        ),
        ("more/CMakeLists.txt", "add_subdirectory(ui)"),
        ("more/ui/CMakeLists.txt", "qt_add_qml_module(ui URI ${NAME} VERSION 1.0 QML_FILES A.qml)"),
        ("more/ui/A.qml", ""),
        ("own/CMakeLists.txt", "project(Own)\nqt_add_qml_module(o URI Own${NAME} QML_FILES A.qml)"),
        ("own/A.qml", ""),
    ])
    .project();
    assert_eq!(findings(&project), [""; 0]);
    let uris: Vec<_> = project
        .modules
        .iter()
        .map(|module| module.uri.as_str())
        .collect();
    assert_eq!(uris, ["Own", "P.More"]);
}

#[test]
fn a_type_for_file_selectors_is_listed_once() {
    let project = module(
        "QML_FILES +dark/Theme.qml Theme.qml sub/+tall/Page.qml sub/Page.qml",
        &[
            "Theme.qml",
            "+dark/Theme.qml",
            "sub/Page.qml",
            "sub/+tall/Page.qml",
        ],
    );
    assert_eq!(
        list(&project, ""),
        "module My.App\nTheme 1.0 Theme.qml\nPage 1.0 sub/Page.qml\n"
    );
    assert_eq!(findings(&project), [""; 0]);
    let selected = "/My/App/+dark/Theme.qml";
    assert_eq!(
        resource(&project, selected).as_deref(),
        Some("+dark/Theme.qml")
    );
}
