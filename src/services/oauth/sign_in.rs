//! One sign-in of the configuration: whose session is whose, and each step from a URL to tokens and
//! to their end. A step that has spent something, a code or a refresh token, goes on to its end even
//! where whoever asked for it is gone.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use oauth2::StandardDeviceAuthorizationResponse;
use oauth2::basic::BasicTokenResponse;
use serde_json::{Value, json};
use tracing::{info, warn};
use url::Url;

use super::config::{OAuthConfig, SessionKind};
use super::error::{Failure, Reason};
use super::grant::Grant;
use super::kept::Kept;
use super::service::Asker;
use super::session::{Invited, Session};

/// The key of the one session that all share.
const OF_ALL: &str = "all";

/// How many clients may be at one sign-in. The one that asked longest ago gives way, first among
/// those who are not signed in.
const MOST: usize = 1000;

/// How long a sign-in is kept whose client does not come back.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// One sign-in.
#[derive(Debug)]
pub(super) struct SignIn {
    pub config: OAuthConfig,
    pub asker: Asker,
    /// By the hash of what a client shows.
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    kept: Option<Kept>,
}

impl SignIn {
    /// What `config` says, with what was kept of it in `folder`.
    pub(super) fn open(
        config: OAuthConfig,
        folder: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let name = &config.name;
        let asker = Asker::new(&config, env);
        if let Some(variable) = asker.lacks_secret() {
            warn!(
                "nobody can sign in at {name}: set {variable} in the environment and start the \
                 server again (client_secret_env in [oauth.{name}] of qmlserve.toml names it)"
            );
        }
        if config.insecure {
            warn!("certificates are not checked (insecure = true of [oauth.{name}])");
        }
        let kept = config.keep.then(|| Kept::of(&config, folder));
        let now = SystemTime::now();
        let grants = kept.as_ref().map(Kept::read).unwrap_or_default();
        let grants = grants.into_iter().filter(|(_, grant)| {
            config.session == SessionKind::Server || !grant.is_older(KEPT, now)
        });
        let sessions: HashMap<_, _> = grants
            .map(|(key, grant)| (key, Arc::new(Session::new(Some(grant), first_version()))))
            .collect();
        Self {
            config,
            asker,
            sessions: Mutex::new(sessions),
            kept,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of who shows this, if there is one.
    pub(super) fn session(&self, shown: Option<&str>) -> Option<Arc<Session>> {
        let key = match self.config.session {
            SessionKind::Server => OF_ALL.to_owned(),
            SessionKind::Client => key(shown?),
        };
        let session = self.lock().get(&key).cloned()?;
        session.touch();
        Some(session)
    }

    /// A session for who shows this from now on. The one that all share, where that is so.
    pub(super) fn begin(&self, shown: &str) -> Arc<Session> {
        let key = match self.config.session {
            SessionKind::Server => OF_ALL.to_owned(),
            SessionKind::Client => key(shown),
        };
        let mut sessions = self.lock();
        if sessions.len() >= MOST && !sessions.contains_key(&key) {
            let oldest = sessions
                .iter()
                .min_by_key(|(_, session)| (session.grant().is_some(), session.used()))
                .map(|(key, _)| key.clone());
            oldest.and_then(|oldest| sessions.remove(&oldest));
        }
        let begun = || Arc::new(Session::new(None, first_version()));
        Arc::clone(sessions.entry(key).or_insert_with(begun))
    }

    /// The URL at which a person signs in; what comes of that is sent to `redirect`.
    pub(super) async fn invite(&self, session: &Session, redirect: &Url) -> Result<Url, Failure> {
        if let Some(url) = session.invited(redirect) {
            return Ok(url);
        }
        let invited = self.asker.invite(redirect, &self.config.params).await;
        let invitation = invited.map_err(|reason| self.failure(reason))?;
        let url = invitation.url.clone();
        session.invite(invitation, redirect.clone());
        Ok(url)
    }

    /// Whose answer has this `state`, and to what it is one.
    pub(super) fn take(&self, state: &str) -> Option<(Arc<Session>, Invited)> {
        let sessions: Vec<_> = self.lock().values().cloned().collect();
        sessions.into_iter().find_map(|session| {
            let invited = session.take(state)?;
            Some((session, invited))
        })
    }

    /// Signs in by the code that came back.
    pub(super) async fn redeem(
        self: &Arc<Self>,
        session: Arc<Session>,
        invited: Invited,
        code: String,
    ) -> Result<(), Failure> {
        let this = Arc::clone(self);
        let step = actix_web::rt::spawn(async move {
            let verifier = invited.invitation.verifier;
            let redeemed = this.asker.redeem(code, verifier, &invited.redirect).await;
            let outcome = match redeemed {
                Ok(answer) => this.sign_in(&session, &answer).await,
                Err(reason) => Err(reason),
            };
            outcome.map_err(|reason| this.fail(&session, reason))
        });
        step.await.unwrap_or(Err(self.failure(Reason::State)))
    }

    /// The code for a person to enter somewhere else: the one that is shown already, or a new one.
    pub(super) async fn device(
        self: &Arc<Self>,
        session: &Arc<Session>,
    ) -> Result<StandardDeviceAuthorizationResponse, Failure> {
        let _alone = session.busy.lock().await;
        if let Some(details) = session.device() {
            return Ok(details);
        }
        let begun = self.asker.begin_device().await;
        let details = begun.map_err(|reason| self.failure(reason))?;
        let (this, waits, shown) = (Arc::clone(self), Arc::clone(session), details.clone());
        let (go, may_go) = tokio::sync::oneshot::channel::<()>();
        let step = actix_web::rt::spawn(async move {
            // Not before it is shown: what is taken down could not be told from what comes.
            let _ = may_go.await;
            let entered = this.asker.await_device(&shown).await;
            // On its own: to be signed in takes this step down.
            actix_web::rt::spawn(async move {
                let outcome = match entered {
                    Ok(answer) => this.sign_in(&waits, &answer).await,
                    Err(reason) => Err(reason),
                };
                if let Err(reason) = outcome {
                    this.fail(&waits, reason);
                }
            });
        });
        session.show(details.clone(), step.abort_handle());
        // It is there: it waits for this.
        let _ = go.send(());
        Ok(details)
    }

    async fn sign_in(
        self: &Arc<Self>,
        session: &Session,
        answer: &BasicTokenResponse,
    ) -> Result<(), Reason> {
        let mut grant = Grant::of(answer, SystemTime::now())?;
        grant.user = self.asker.user(&grant.access).await;
        let _alone = session.busy.lock().await;
        session.sign_in(grant);
        self.save().await;
        info!("{}: signed in", self.config.name);
        Ok(())
    }

    /// Signs out here, and has the service end the tokens. Says whether it has.
    pub(super) async fn sign_out(self: &Arc<Self>, session: Arc<Session>) -> bool {
        let this = Arc::clone(self);
        let step = actix_web::rt::spawn(async move {
            let _alone = session.busy.lock().await;
            let Some(grant) = session.sign_out(None) else {
                return false;
            };
            this.save().await;
            info!("{}: signed out", this.config.name);
            let refresh = grant.refresh.as_ref();
            let refresh = refresh.map(|token| (token.secret(), "refresh_token"));
            let tokens = refresh
                .into_iter()
                .chain([(grant.access.secret(), "access_token")]);
            for (token, kind) in tokens {
                match this.asker.revoke(token, kind).await {
                    Ok(()) => {}
                    Err(Reason::Lacks(_)) => return false,
                    Err(reason) => {
                        let failure = this.failure(reason);
                        warn!("{failure}: the service may go on to accept the {kind}");
                        return false;
                    }
                }
            }
            true
        });
        step.await.unwrap_or(false)
    }

    /// What is under way in this session has come to nothing.
    pub(super) fn fail(&self, session: &Session, reason: Reason) -> Failure {
        let failure = self.failure(reason);
        warn!("{failure}; {}", failure.hint());
        session.fail(format!("{failure}; {}", failure.hint()));
        failure
    }

    pub(super) fn failure(&self, reason: Reason) -> Failure {
        let name = self.config.name.clone();
        Failure { name, reason }
    }

    /// Keeps who is signed in, if that is to be.
    pub(super) async fn save(self: &Arc<Self>) {
        if self.kept.is_none() {
            return;
        }
        let this = Arc::clone(self);
        let written = actix_web::web::block(move || {
            if let Some(kept) = &this.kept {
                kept.write(|| this.grants());
            }
        });
        // It ends with the process at most.
        let _ = written.await;
    }

    fn grants(&self) -> BTreeMap<String, Grant> {
        let sessions = self.lock();
        let grants = sessions.iter();
        grants
            .filter_map(|(key, session)| Some((key.clone(), session.grant()?)))
            .collect()
    }

    /// In the status: what it is, and how many are signed in.
    pub(super) fn status(&self) -> Value {
        let sessions = self.lock();
        let signed_in = sessions.values().filter(|one| one.grant().is_some());
        json!({
            "name": self.config.name,
            "session": self.config.session.word(),
            "signedIn": signed_in.count(),
        })
    }
}

/// What stands for a client, in memory and on the disk: nobody gets from there to what it shows.
fn key(shown: &str) -> String {
    blake3::hash(shown.as_bytes()).to_hex().to_string()
}

/// Where the versions of a session begin: not where those of another server did, whose numbers a
/// client may still have.
fn first_version() -> u64 {
    let mut bytes = [0; 4];
    // Without randomness nobody could sign in either.
    let _ = getrandom::fill(&mut bytes);
    u32::from_be_bytes(bytes).into()
}
