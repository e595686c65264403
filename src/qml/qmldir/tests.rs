use super::*;

/// What `merge` makes of a `qmldir` by itself: its understanding of every line.
#[track_caller]
fn check(source: &str, expected: &str) {
    let qmldir = parse(source);
    assert_eq!(merged(&qmldir), expected, "{source}");
    assert_eq!(qmldir.problems, [], "{source}");
}

/// What is served of a `qmldir` alone, without what stands for nothing.
fn merged(qmldir: &Qmldir) -> String {
    merge(Some(qmldir), [], str::to_owned).replace("internal QmlserveNothing nothing.qml\n", "")
}

#[test]
fn lines_that_a_remote_client_needs_are_kept() {
    for (source, expected) in [
        ("", ""),
        ("module My.Mod", "module My.Mod\n"),
        ("Button 1.0 Button.qml", "Button 1.0 Button.qml\n"),
        ("  Button\t1.0   Button.qml  ", "Button 1.0 Button.qml\n"),
        ("Button Button.qml", "Button Button.qml\n"),
        ("Button 1.0 sub/Form.ui.qml", "Button 1.0 sub/Form.ui.qml\n"),
        ("Button 1.0 Button.qml#frag", "Button 1.0 Button.qml#frag\n"),
        (
            "Button 1.0 http://host/Button.qml",
            "Button 1.0 http://host/Button.qml\n",
        ),
        ("Logic 1.0 logic.js", "Logic 1.0 logic.js\n"),
        ("Logic logic.mjs", "Logic logic.mjs\n"),
        (
            "singleton Theme 1.0 Theme.qml",
            "singleton Theme 1.0 Theme.qml\n",
        ),
        ("singleton Theme Theme.qml", "singleton Theme Theme.qml\n"),
        ("internal Part Part.qml", "internal Part Part.qml\n"),
        ("internal Part 1.0 Part.qml", "internal Part 1.0 Part.qml\n"),
        ("import Other.Mod", "import Other.Mod\n"),
        ("import Other.Mod auto", "import Other.Mod auto\n"),
        ("optional import Other 2", "optional import Other 2\n"),
        ("default import Other 2.1", "default import Other 2.1\n"),
        (
            "depends Other 1.0\ndepends Third",
            "depends Other 1.0\ndepends Third\n",
        ),
    ] {
        check(source, expected);
    }
}

#[test]
fn comments_blank_lines_and_local_directives_are_not() {
    check("# c\n// qmldir\n\n \t\n   # d\n", "");
    check(
        "Button 1.0 Button.qml # c\r\nA 1.0 A.qml // d\r\n",
        "Button 1.0 Button.qml\nA 1.0 A.qml\n",
    );
    check("\u{feff}module M\r\n", "module M\n");
    for directive in [
        "plugin foo",
        "plugin foo ../bin",
        "optional plugin foo",
        "classname FooPlugin",
        "prefer :/qt/qml/Foo/",
        "typeinfo plugins.qmltypes",
        "designersupported",
        "static",
        "system",
        "linktarget Foo",
    ] {
        check(
            &format!("module M\n{directive}\nA 1.0 A.qml"),
            "module M\nA 1.0 A.qml\n",
        );
    }
}

#[test]
fn a_module_is_named_once() {
    assert_eq!(
        parse("# c\nmodule My.Mod").module.as_deref(),
        Some("My.Mod")
    );
    assert_eq!(parse("A A.qml").module, None);
    let twice = parse("module A\nmodule B");
    assert_eq!(twice.module.as_deref(), Some("A"));
    assert_eq!(twice.problems[0].line, 2);
}

#[test]
fn a_wrong_line_says_what_a_right_one_is_and_the_rest_works() {
    for (line, hint) in [
        ("module", "`module My.Module`"),
        ("module A B", "`module My.Module`"),
        ("module A..B", "`module My.Module`"),
        ("Button", "`Button 1.0 Button.qml`"),
        ("Button 1 Button.qml", "`1.0`"),
        ("Button x.y Button.qml", "`1.0`"),
        ("Button 1.0 Button.qml extra", "at most three columns"),
        ("button 1.0 Button.qml", "begins upper-case"),
        ("Bu-tton 1.0 Button.qml", "begins upper-case"),
        ("Button 1.0 /Button.qml", "relative"),
        ("singleton Theme", "`singleton Theme 1.0 Theme.qml`"),
        (
            "singleton Theme one Theme.qml",
            "`singleton Theme 1.0 Theme.qml`",
        ),
        ("internal", "`internal Part Part.qml`"),
        ("import", "`import My.Module auto`"),
        ("import A one", "`1.0`"),
        ("depends A 1.0 2.0", "`depends My.Module 1.0`"),
        ("optional Button 1.0", "begins upper-case"),
        ("nonsense", "no directive"),
    ] {
        let qmldir = parse(&format!("A 1.0 A.qml\n{line}\nB 1.0 B.qml"));
        let [problem] = qmldir.problems.as_slice() else {
            panic!("{line}: {:?}", qmldir.problems);
        };
        assert_eq!(problem.line, 2, "{line}");
        assert!(
            problem.message.contains(hint),
            "{line}: {}",
            problem.message
        );
        assert_eq!(merged(&qmldir), "A 1.0 A.qml\nB 1.0 B.qml\n");
    }
}

#[test]
fn a_type_mapped_twice_for_a_version_is_a_problem() {
    for (source, problems) in [
        ("A 1.0 A.qml\nA 2.0 A2.qml\nA A.qml", 0),
        ("A 1.0 A.qml\nsingleton A 1.0 B.qml", 1),
        ("A A.qml\nA a.js", 1),
    ] {
        assert_eq!(parse(source).problems.len(), problems, "{source}");
    }
    let problem = &parse("\nA 1.0 A.qml\n\nA 1.0 B.qml").problems[0];
    assert_eq!(problem.line, 4);
    assert!(
        problem
            .message
            .contains("`A 1.0` is mapped already in line 2")
    );
}

#[test]
fn files_have_their_lines() {
    let qmldir = parse("module M\nA 1.0 A.qml\n\nL 1.0 l.js\nimport N");
    assert_eq!(
        qmldir.files().collect::<Vec<_>>(),
        [(2, "A.qml"), (4, "l.js")]
    );
}

#[test]
fn documents_that_no_line_maps_are_added() {
    let local = |file| Local {
        file,
        singleton: file == "Theme.qml",
    };
    let files = [
        "main.qml",
        "Theme.qml",
        "Form.ui.qml",
        "Button.qml",
        "Form.qml",
        "Only.ui.qml",
        "Two.parts.qml",
        "With space.qml",
        "logic.js",
        "Logic.js",
        "Part.qml",
    ]
    .map(local);
    for (own, expected) in [
        (
            None,
            "Button Button.qml\nForm Form.qml\nOnly Only.ui.qml\nPart Part.qml\nsingleton Theme Theme.qml\n",
        ),
        (
            Some(
                "module M\nButton 1.0 OldButton.qml\nsingleton Theme 1.0 Theme.qml\ninternal Part Part.qml\n",
            ),
            "module M\nButton 1.0 OldButton.qml\nsingleton Theme 1.0 Theme.qml\ninternal Part Part.qml\nForm Form.qml\nOnly Only.ui.qml\n",
        ),
    ] {
        let own = own.map(parse);
        assert_eq!(merge(own.as_ref(), files, str::to_owned), expected);
    }
}

#[test]
fn every_file_column_is_placed() {
    let own = parse("module M\nA 1.0 A.qml\nL 1.0 l.js");
    let files = ["A.qml", "B.qml"].map(|file| Local {
        file,
        singleton: false,
    });
    assert_eq!(
        merge(Some(&own), files, |file| format!("../@7/d/{file}")),
        "module M\nA 1.0 ../@7/d/A.qml\nL 1.0 ../@7/d/l.js\nB ../@7/d/B.qml\n"
    );
}
