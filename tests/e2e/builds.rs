//! Qt's own build says what the projects of `tests/fixtures/builds` declare: the `qmldir` that it
//! generates for each module, and what each program has under which resource path.
//!
//! What it says is kept in `expected` beside the projects, where the library's own tests compare
//! it with what they read off the same files. Here it is made anew and has to be the same. To
//! write it after a change of a project, run this with `QMLSERVE_EXPECTED=write`.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runtime::{is_missing, on_path};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/builds");
const PACKAGES: &str = "apt-get install cmake ninja-build g++ qt6-base-dev qt6-declarative-dev \
                        libgl-dev";

/// The projects configured by CMake, which is when Qt generates its lists.
fn configured() -> Option<PathBuf> {
    let cmake = on_path(Path::new("cmake"))?;
    on_path(Path::new("ninja"))?;
    let build = Path::new(env!("CARGO_TARGET_TMPDIR")).join("builds");
    // Lists of modules that are gone would stay.
    let _ = fs::remove_dir_all(&build);
    let mut configure = Command::new(cmake);
    configure.args(["-G", "Ninja", "-S", FIXTURES, "-B"]);
    let output = configure.arg(&build).output().unwrap();
    if !output.status.success() {
        // Qt's development files are missing, or a project is wrong.
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(build)
}

/// All files below `dir`, in order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The generated lists, one after the other. Only those say where Qt prefers to load from.
fn qmldirs(build: &Path) -> String {
    let lists = files(build)
        .into_iter()
        .filter(|path| path.ends_with("qmldir"));
    let texts = lists.map(|path| fs::read_to_string(path).unwrap());
    texts
        .filter(|text| text.contains("\nprefer "))
        .map(|text| text.trim_end().to_owned() + "\n")
        .collect()
}

/// Which source is under which resource path, as `rcc` has it: of the lists that Qt generated in
/// the build, and of those that the project has.
fn resources(rcc: &str, build: &Path, project: &Path) -> String {
    let lists = files(build).into_iter().chain(files(project));
    let mut mapped = BTreeMap::new();
    for list in lists.filter(|path| path.extension().is_some_and(|suffix| suffix == "qrc")) {
        let mut command = Command::new(rcc);
        let output = command.arg("--list-mapping").arg(&list).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let (resource, file) = line.split_once('\t').unwrap();
            let source = Path::new(file).strip_prefix(FIXTURES);
            if let Ok(source) = source {
                mapped.insert(resource.to_owned(), source.display().to_string());
            }
        }
    }
    let line = |(resource, file): (&String, &String)| {
        format!("{} {file}\n", resource.trim_start_matches(':'))
    };
    mapped.iter().map(line).collect()
}

#[test]
fn what_is_expected_is_what_qt_s_build_says() {
    let Some(build) = configured() else {
        return is_missing("CMake with Qt 6", PACKAGES, "PATH");
    };
    let rcc = fs::read_to_string(build.join("rcc.txt")).unwrap();
    let writes = env::var("QMLSERVE_EXPECTED").as_deref() == Ok("write");
    let mut compared = 0;
    for entry in fs::read_dir(FIXTURES).unwrap() {
        let project = entry.unwrap().path();
        let name = project.file_name().unwrap().to_str().unwrap().to_owned();
        if !project.join("CMakeLists.txt").exists() {
            continue;
        }
        let build = build.join(&name);
        for (what, said) in [
            ("qmldir", qmldirs(&build)),
            ("resources", resources(&rcc, &build, &project)),
        ] {
            let expected = Path::new(FIXTURES).join(format!("expected/{name}.{what}"));
            if writes {
                fs::write(&expected, &said).unwrap();
            }
            let expected = fs::read_to_string(&expected).unwrap_or_default();
            assert_eq!(said, expected, "the {what} of {name}");
            compared += 1;
        }
    }
    assert!(compared >= 20, "only {compared} lists were compared");
}
