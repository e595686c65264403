//! What becomes of one picture: drawn, compared with the one that is kept, and kept itself where
//! that is asked for.

use std::path::PathBuf;

use super::kept::{self, Gallery, Kept};
use super::picture::{Difference, Picture, Tolerance};
use super::shot::{self, Job, Outcome, Shot};
use crate::live::diagnostic::Diagnostic;
use crate::path::TreePath;

/// What Qt says of a root that cannot be made without its user.
const NEEDS_USER: &str = "Required property";

/// One picture that is to be drawn.
#[derive(Debug)]
pub(super) struct Task<'a> {
    pub(super) document: TreePath,
    /// Whether a person has named it.
    pub(super) is_named: bool,
    pub(super) job: Job<'a>,
}

/// How all pictures of a run are judged.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) gallery: Gallery,
    pub(super) tolerance: Tolerance,
    /// Whether what is drawn takes the place of what is kept.
    pub(super) update: bool,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) document: TreePath,
    /// The name of the setting.
    pub(super) setting: String,
    /// The runtime, with its version and place.
    pub(super) runtime: String,
    /// Where its picture is kept, or would be.
    pub(super) file: PathBuf,
    pub(super) state: State,
    /// What the engine found wrong.
    pub(super) problems: Vec<Diagnostic>,
    pub(super) font: Option<String>,
    /// PNGs, as far as there are any.
    pub(super) kept: Option<Vec<u8>>,
    pub(super) drawn: Option<Vec<u8>>,
    pub(super) difference: Option<Vec<u8>>,
}

/// How a picture is.
#[derive(Debug, PartialEq)]
pub(super) enum State {
    /// As the kept one.
    Same,
    /// Kept from now on; whether there was none before.
    Written(bool),
    /// There is none to compare with.
    New,
    /// Not as the kept one.
    Different(Difference),
    /// What is kept is no picture; why.
    Unreadable(String),
    /// It is another one each moment, or at each start, and cannot be compared; whether one is
    /// kept nevertheless.
    Unsteady(Unrest, bool),
    /// The document does not come up; why, where the problems do not say it.
    Failed(String),
    /// There is nothing to draw; why.
    Skipped(&'static str),
}

/// In what a picture is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unrest {
    /// It moves.
    Moving,
    /// It is still, but drawn otherwise by the next start.
    Starts,
}

impl State {
    /// Whether it makes a run fail.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::Same | Self::Written(_) | Self::Skipped(_) | Self::Unsteady(_, false) => false,
            Self::New | Self::Different(_) | Self::Unreadable(_) | Self::Failed(_) => true,
            Self::Unsteady(_, true) => true,
        }
    }
}

/// Draws and judges.
///
/// # Errors
/// Nothing can be written or started; what is wrong with a document is no error here.
pub(super) fn judge(task: &Task<'_>, rules: &Rules) -> anyhow::Result<Verdict> {
    let setting = task.job.setting;
    let folder = setting.folder();
    let file = rules.gallery.file(&folder, &task.document);
    let Shot {
        outcome,
        problems,
        font,
    } = shot::take(&task.job)?;
    let mut verdict = Verdict {
        document: task.document.clone(),
        setting: folder,
        runtime: setting.runtime.to_string(),
        file,
        state: State::Same,
        problems,
        font,
        kept: None,
        drawn: None,
        difference: None,
    };
    verdict.state = match outcome {
        Outcome::Still(picture) => verdict.compare(&picture, task, rules)?,
        Outcome::Restless => State::Unsteady(Unrest::Moving, verdict.file.exists()),
        Outcome::Nothing if task.is_named => {
            State::Failed("its root is neither an Item nor a Window: it shows nothing".to_owned())
        }
        Outcome::Nothing => State::Skipped("its root is neither an Item nor a Window"),
        Outcome::Failed(_) if !task.is_named && verdict.needs_user() => {
            State::Skipped("it has required properties, which only its user gives")
        }
        Outcome::Failed(why) => State::Failed(why),
    };
    Ok(verdict)
}

impl Verdict {
    fn needs_user(&self) -> bool {
        let mut problems = self.problems.iter();
        problems.any(|problem| problem.message.starts_with(NEEDS_USER))
    }

    fn compare(
        &mut self,
        picture: &Picture,
        task: &Task<'_>,
        rules: &Rules,
    ) -> anyhow::Result<State> {
        let kept = kept::read(&self.file);
        let state = match &kept {
            Kept::Nothing => State::New,
            Kept::Unreadable(why) => State::Unreadable(why.clone()),
            Kept::Picture(kept, _) => match kept.difference(picture, rules.tolerance) {
                None => State::Same,
                Some(difference) => State::Different(difference),
            },
        };
        let drawn = picture.encode()?;
        if let Kept::Picture(before, _) = &kept
            && state != State::Same
        {
            self.difference = Some(before.marked(picture, rules.tolerance).encode()?);
        }
        let is_new = matches!(kept, Kept::Nothing);
        if let Kept::Picture(_, bytes) = kept {
            self.kept = Some(bytes);
        }
        let state = if state == State::Same {
            State::Same
        } else if let Some(unrest) = unrest_of_another(picture, task, rules)? {
            // Nothing can be compared with it, now or ever: that is not to be found out later.
            State::Unsteady(unrest, !is_new)
        } else if rules.update {
            rules.gallery.write(&self.file, &drawn)?;
            State::Written(is_new)
        } else {
            state
        };
        self.drawn = Some(drawn);
        Ok(state)
    }
}

/// In what another start draws something else; nothing where it draws the same.
fn unrest_of_another(
    picture: &Picture,
    task: &Task<'_>,
    rules: &Rules,
) -> anyhow::Result<Option<Unrest>> {
    Ok(match shot::take(&task.job)?.outcome {
        Outcome::Still(again) => {
            let difference = picture.difference(&again, rules.tolerance);
            difference.map(|_| Unrest::Starts)
        }
        Outcome::Restless => Some(Unrest::Moving),
        Outcome::Nothing | Outcome::Failed(_) => Some(Unrest::Starts),
    })
}
