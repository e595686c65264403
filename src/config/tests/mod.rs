//! The layers together, in a current directory and an environment made for each test.

mod layers;
mod printing;
mod refusals;

use std::collections::HashMap;

use tempfile::TempDir;

use super::*;

/// A current directory with these files, and an environment.
pub(super) struct Setup {
    cwd: TempDir,
    env: HashMap<&'static str, &'static str>,
}

impl Setup {
    fn new(files: &[(&str, &str)], env: &[(&'static str, &'static str)]) -> Self {
        let cwd = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = cwd.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let env = env.iter().copied().collect();
        Self { cwd, env }
    }

    pub(super) fn load(&self, flags: Flags) -> Result<Config, ConfigError> {
        let env = |name: &str| self.env.get(name).map(|text| (*text).to_owned());
        Config::load(flags, &env, self.cwd.path())
    }

    pub(super) fn printed(&self, flags: Flags) -> String {
        self.load(flags).unwrap().to_toml()
    }
}

pub(super) fn in_file(text: &str) -> Setup {
    Setup::new(&[("qmlserve.toml", text)], &[])
}
