//! `qmlserve password`: the hash of a password, for `[[access]]`. The password is never an
//! argument, which other programs see and shells remember.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use anyhow::{Context, ensure};

use crate::access::StoredHash;

/// The longest password, in bytes.
const LONGEST: u64 = 4096;

/// Asks the terminal for a password, twice and without showing it, or reads the first line of
/// standard input; prints the hash.
///
/// # Errors
/// The two differ, there is none, or the system has no randomness.
pub(super) fn run() -> anyhow::Result<()> {
    let password = match io::stdin().is_terminal() {
        true => asked()?,
        false => read()?,
    };
    let hash = StoredHash::of(&password)?;
    let hash = hash.as_str();
    writeln!(io::stdout(), "{hash}")?;
    if io::stdout().is_terminal() {
        writeln!(
            io::stderr(),
            "\nIn qmlserve.toml:\n\n[[access]]\npath = \"/private\"\nusers = {{ NAME = \"{hash}\" }}"
        )?;
    }
    Ok(())
}

fn asked() -> anyhow::Result<String> {
    let ask = |prompt| rpassword::prompt_password(prompt).context("no password can be read");
    let password = ask("Password: ")?;
    ensure!(
        password == ask("Once more: ")?,
        "the two are not the same; run it again"
    );
    Ok(password)
}

fn read() -> anyhow::Result<String> {
    let mut line = String::new();
    let mut input = io::stdin().lock().take(LONGEST);
    input
        .read_line(&mut line)
        .context("the password on standard input is not UTF-8")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
