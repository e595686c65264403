//! PySide's project files: `pyproject.toml` with `[tool.pyside6-project]`, and `.pyproject`.

use serde::Deserialize;

/// The files that a project of PySide lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PySide {
    /// As they stand there, relative to the file.
    pub(super) files: Vec<String>,
    /// What is wrong with it.
    pub(super) error: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    files: Vec<String>,
}

#[derive(Deserialize)]
struct Toml {
    tool: Option<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    #[serde(rename = "pyside6-project")]
    project: Option<Listed>,
}

/// A `pyproject.toml`; `None` for that of any other Python project.
pub(super) fn parse_toml(text: &str) -> Option<PySide> {
    if !text.contains("pyside6-project") {
        return None;
    }
    Some(match toml::from_str::<Toml>(text) {
        Ok(toml) => PySide::of(toml.tool?.project?),
        Err(error) => PySide::wrong(error.message()),
    })
}

/// A `.pyproject`, which is JSON.
pub(super) fn parse_json(text: &str) -> PySide {
    match serde_json::from_str::<Listed>(text) {
        Ok(listed) => PySide::of(listed),
        Err(error) => PySide::wrong(&error.to_string()),
    }
}

impl PySide {
    fn of(listed: Listed) -> Self {
        Self {
            files: listed.files,
            error: None,
        }
    }

    fn wrong(error: &str) -> Self {
        Self {
            files: Vec::new(),
            error: Some(error.to_owned()),
        }
    }
}
