//! The server's side of git's hooks: a question each, answered line by line.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tracing::{debug, warn};

use super::hook::{LONGEST, Line, Question};
use super::push::{PushError, updates};
use super::{Deploy, Quarantine, told};

/// What stands before each line, so that it is known from git's own.
const NAME: &str = "qmlserve: ";

/// Answers until the server ends.
pub(super) fn listen(deploy: &Arc<Deploy>) -> io::Result<()> {
    let listener = UnixListener::bind(deploy.socket_path())?;
    let deploy = Arc::downgrade(deploy);
    actix_web::rt::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Some(deploy) = deploy.upgrade() else {
                return;
            };
            actix_web::rt::spawn(async move {
                if let Err(error) = answer(&deploy, stream).await {
                    debug!("a hook of git went away: {error}");
                }
            });
        }
    });
    Ok(())
}

async fn answer(deploy: &Deploy, stream: UnixStream) -> io::Result<()> {
    let (reader, writer) = stream.into_split();
    let mut text = String::new();
    // What is quoted may be twice as long.
    let mut reader = BufReader::new(reader.take(4 * LONGEST));
    reader.read_line(&mut text).await?;
    let question: Question = serde_json::from_str(&text)?;
    let mut pusher = Pusher(writer);
    let is_good = match question.hook.as_str() {
        "pre-receive" => judge(deploy, question, &mut pusher).await?,
        "update" => {
            let name = question.args.first().map_or("", String::as_str);
            match deploy.is_elsewhere(name) {
                Some(reason) => {
                    pusher.say(&reason).await?;
                    false
                }
                None => true,
            }
        }
        "post-receive" => serve(deploy, &mut pusher).await?,
        _ => false,
    };
    pusher.write(&Line::End(is_good)).await
}

async fn judge(deploy: &Deploy, question: Question, pusher: &mut Pusher) -> io::Result<bool> {
    let quarantine = Quarantine(question.quarantine);
    let updates = updates(&question.input);
    match deploy.judge(question.push, &updates, &quarantine).await {
        Ok(said) => {
            if let Some(said) = said {
                pusher.say(&said).await?;
            }
            Ok(true)
        }
        Err(error) => {
            pusher.say_all(&error).await?;
            Ok(false)
        }
    }
}

async fn serve(deploy: &Deploy, pusher: &mut Pusher) -> io::Result<bool> {
    match deploy.settle().await {
        Ok(Some(served)) => {
            let version = served.snapshot.version();
            let commit = &served.commit;
            pusher
                .say(&format!("{commit} is served, as version {version}"))
                .await?;
            if let Some(kept) = served.kept {
                let line = "files of the served folder were written to meanwhile; on the server \
                            they are in ";
                pusher.say(&format!("{line}{}", kept.display())).await?;
            }
            for line in told::who_shows(&deploy.live, deploy.config.wait).await {
                pusher.say(&line).await?;
            }
            Ok(true)
        }
        Ok(None) => Ok(true),
        Err(error) => {
            warn!("what was pushed cannot be served: {error}");
            pusher.say_all(&error).await?;
            pusher.say("what was served stays").await?;
            Ok(false)
        }
    }
}

/// The terminal of who pushes.
struct Pusher(OwnedWriteHalf);

impl Pusher {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        let plain = text.replace(|c: char| c.is_control(), " ");
        self.write(&Line::Say(format!("{NAME}{plain}"))).await
    }

    async fn say_all(&mut self, error: &PushError) -> io::Result<()> {
        match error {
            PushError::Refused(lines) => {
                for line in lines {
                    self.say(line).await?;
                }
                Ok(())
            }
            other => self.say(&other.to_string()).await,
        }
    }

    async fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.0.write_all(text.as_bytes()).await
    }
}
