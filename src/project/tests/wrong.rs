//! What is wrong in a project is told, and everything else counts.

use super::*;

/// Expects one finding, with this beginning.
#[track_caller]
fn told(project: &Project, expected: &str) {
    let findings = findings(project);
    assert!(
        findings.len() == 1 && findings[0].starts_with(expected),
        "{expected}: {findings:#?}"
    );
}

const GOOD: &str = "qt_add_qml_module(good URI Good VERSION 1.0 QML_FILES A.qml)\n";

#[track_caller]
fn is_good(project: &Project) {
    let module = project.modules.iter().find(|module| module.uri == "Good");
    let module = module.unwrap_or_else(|| panic!("{:#?}", findings(project)));
    assert!(list(project, module.dir.as_str()).contains("A 1.0 "));
}

#[test]
fn a_file_that_is_no_cmake_does_not_hide_what_it_has() {
    for (text, line) in [
        (format!("{GOOD}set(X \"open)\n"), 2),
        (format!("if(A)\n{GOOD}"), 1),
        (format!("endif()\n{GOOD}"), 1),
        (format!("{GOOD}this is {{ not }} cmake\n"), 2),
    ] {
        let project = cmake(&text, &["A.qml"]);
        let findings = findings(&project);
        assert!(
            findings
                .iter()
                .any(|finding| finding.starts_with(&format!("CMakeLists.txt:{line}: "))),
            "{text}: {findings:#?}"
        );
        if !text.starts_with("endif") {
            is_good(&project);
        }
    }
}

#[test]
fn files_that_include_each_other_are_told() {
    let project = Tree::new([
        ("CMakeLists.txt", &*format!("include(a.cmake)\n{GOOD}")),
        ("a.cmake", "include(b.cmake)"),
        ("b.cmake", "\ninclude(a.cmake)"),
        ("A.qml", ""),
    ])
    .project();
    told(&project, "b.cmake:2: a.cmake includes itself here");
    is_good(&project);

    let text = format!("add_subdirectory(sub)\n{GOOD}");
    let files = [
        ("CMakeLists.txt", &*text),
        ("sub/CMakeLists.txt", "add_subdirectory(..)"),
        ("A.qml", ""),
    ];
    let project = Tree::new(files).project();
    told(
        &project,
        "sub/CMakeLists.txt:1: CMakeLists.txt includes itself here",
    );
    is_good(&project);
}

#[test]
fn modules_that_import_each_other_are_told() {
    let project = cmake(
        "qt_add_qml_module(a URI One IMPORTS Two/auto QML_FILES A.qml)\n\
         qt_add_qml_module(b URI Two IMPORTS Three DEPENDENCIES One QML_FILES A.qml)\n\
         qt_add_qml_module(c URI Three DEFAULT_IMPORTS One QML_FILES A.qml)\n\
         qt_add_qml_module(d URI Four IMPORTS One QML_FILES A.qml)",
        &["A.qml"],
    );
    let findings = findings(&project);
    assert_eq!(findings.len(), 3, "{findings:#?}");
    assert!(findings[0].starts_with("CMakeLists.txt:1: the module One imports itself"));
}

#[test]
fn two_modules_of_one_name_are_told() {
    let project = Tree::new([
        ("CMakeLists.txt", "add_subdirectory(a)\nadd_subdirectory(b)"),
        ("a/CMakeLists.txt", GOOD),
        ("a/A.qml", ""),
        (
            "b/CMakeLists.txt",
            "qt_add_qml_module(b URI Good VERSION 1.0 QML_FILES B.qml)",
        ),
        ("b/B.qml", ""),
    ])
    .project();
    told(
        &project,
        "b/CMakeLists.txt:1: the module Good is declared in a/CMakeLists.txt:1",
    );
    is_good(&project);
    assert_eq!(list(&project, "b"), "module Good\nB 1.0 B.qml\n");
}

#[test]
fn a_type_that_is_listed_twice_is_told() {
    let project = cmake(
        "qt_add_qml_module(good URI Good VERSION 1.0 QML_FILES A.qml\n a/A.qml)",
        &["A.qml", "a/A.qml"],
    );
    told(
        &project,
        "CMakeLists.txt:2: the type A of Good is A.qml already",
    );
    assert_eq!(list(&project, ""), "module Good\nA 1.0 A.qml\n");
}

#[test]
fn what_is_not_known_is_told_where_it_stands() {
    for (arguments, expected) in [
        (
            "URI Bad QML_FILES\n Gone.qml A.qml",
            "CMakeLists.txt:3: there is no Gone.qml",
        ),
        (
            "URI ${NO_SUCH} QML_FILES A.qml",
            "CMakeLists.txt:2: the URI `${NO_SUCH}` is not known",
        ),
        (
            "URI Bad QML_FILES\n ${NO_SUCH} A.qml",
            "CMakeLists.txt:3: which files `${NO_SUCH}` stands for",
        ),
        (
            "URI Bad QML_FILES A.qml\n $<$<BOOL:X>:B.qml>",
            "CMakeLists.txt:3: which files `$<$<BOOL:X>:B.qml>`",
        ),
        (
            "URI Bad QML_FILES A.qml ../B.qml",
            "CMakeLists.txt:2: ../B.qml is outside",
        ),
        (
            "URI Bad QML_FILES A.qml ${CMAKE_CURRENT_BINARY_DIR}/Made.qml",
            "CMakeLists.txt:2: Made.qml is made by the build",
        ),
        (
            "QML_FILES A.qml",
            "CMakeLists.txt:2: a module needs a target and a URI",
        ),
        (
            "URI Bad IMPORTS TARGET x QML_FILES A.qml",
            "CMakeLists.txt:2: which module `x` is",
        ),
    ] {
        let project = cmake(
            &format!("{GOOD}qt_add_qml_module(bad {arguments})"),
            &["A.qml"],
        );
        told(&project, expected);
        is_good(&project);
    }
    let project = cmake(&format!("{GOOD}add_subdirectory(gone)"), &["A.qml"]);
    told(
        &project,
        "CMakeLists.txt:2: there is no gone/CMakeLists.txt",
    );
    let project = cmake(
        &format!("{GOOD}qt_target_qml_sources(x QML_FILES A.qml)"),
        &["A.qml"],
    );
    told(&project, "CMakeLists.txt:2: `x` is no QML module");
    let project = cmake(&format!("if(NO_SUCH)\n{GOOD}endif()"), &["A.qml"]);
    told(
        &project,
        "CMakeLists.txt:1: whether this condition holds is not known",
    );
    is_good(&project);
}

#[test]
fn a_document_that_no_list_has_is_told() {
    let project = cmake(GOOD, &["A.qml", "Unlisted.qml", "lower.qml", "other/B.qml"]);
    told(
        &project,
        "Unlisted.qml:0: Unlisted.qml is in no QML_FILES, so documents of Good",
    );
    assert_eq!(list(&project, ""), "module Good\nA 1.0 A.qml\n");
}

#[test]
fn work_has_bounds() {
    let endless = "function(f)\nf()\nendfunction()\nf()\n";
    let project = cmake(&format!("{endless}{GOOD}"), &["A.qml"]);
    told(&project, "CMakeLists.txt:2: `f` goes too deep");
    is_good(&project);

    let project = cmake(
        &format!("{GOOD}while(TRUE)\nset(x 1)\nendwhile()\n"),
        &["A.qml"],
    );
    is_good(&project);

    let mut growing = String::from("set(x aaaaaaaa)\n");
    growing.push_str(&"set(x ${x}${x})\n".repeat(24));
    let project = cmake(&format!("{growing}{GOOD}"), &["A.qml"]);
    is_good(&project);

    // Each of these would need minutes, or more memory than there is.
    let long = format!("set(x a;)\n{}", "set(x \"${x}${x}\")\n".repeat(18));
    for text in [
        "string(REPLACE a \"${x}\" x \"${x}\")\n".repeat(2),
        "string(REGEX REPLACE a \"${x}\" x \"${x}\")\n".repeat(2),
        "string(REGEX MATCHALL \".*[^a;]|a\" x \"${x}\")\n".to_owned(),
        "list(TRANSFORM x APPEND \"${x}\")\n".to_owned(),
        "list(TRANSFORM x REPLACE a \"${x}\")\n".to_owned(),
        "set_source_files_properties(${x} PROPERTIES a \"${x}\")\n".to_owned(),
        "foreach(a RANGE 100000)\nfile(GLOB y *.qml)\nendforeach()\n".to_owned(),
        "list(JOIN x \"${x}\" x)\n".to_owned(),
        "list(REMOVE_ITEM x ${x} b)\n".to_owned(),
        "cmake_parse_arguments(p \"${x}\" b c ${x})\n".to_owned(),
        format!("set(y {})\n", "${x} ".repeat(10_000)),
        "foreach(a RANGE 100000)\nset(y \"${x}\")\nendforeach()\n".to_owned(),
        "while(x MATCHES \"(a*)*;$\")\nset(y 1)\nendwhile()\n".to_owned(),
    ] {
        let project = cmake(&format!("{GOOD}{long}{text}"), &["A.qml"]);
        is_good(&project);
    }

    let nested = "foreach(a RANGE 100000)\n".repeat(5) + "set(x 1)\n" + &"endforeach()\n".repeat(5);
    let project = cmake(&format!("{GOOD}{nested}"), &["A.qml"]);
    told(
        &project,
        "CMakeLists.txt:6: this project has too much to evaluate",
    );
    is_good(&project);

    let deep = "if(TRUE)\n".repeat(100_000);
    let project = cmake(&format!("{GOOD}{deep}"), &["A.qml"]);
    assert!(
        findings(&project)
            .iter()
            .any(|finding| finding.contains("nested too deep"))
    );
    is_good(&project);

    let parens = format!(
        "if({}TRUE{})\n{GOOD}endif()",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    is_good(&cmake(&parens, &["A.qml"]));
}

#[test]
fn a_file_that_is_too_large_is_told() {
    let large = format!(
        "void f() {{ engine.load(\"A.qml\"); }}\n{}",
        "int x;\n".repeat(1 << 20)
    );
    let project = Tree::new([("CMakeLists.txt", GOOD), ("A.qml", ""), ("big.h", &large)]).project();
    told(&project, "big.h:0: this file is too large to be read");
    is_good(&project);

    // Most headers say nothing, however large.
    let silent = "int x;\n".repeat(2 << 20);
    let project =
        Tree::new([("CMakeLists.txt", GOOD), ("A.qml", ""), ("big.h", &silent)]).project();
    assert_eq!(findings(&project), [""; 0]);
}
