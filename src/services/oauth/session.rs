//! The sign-in of one client, or of all: what of it is under way, and what came of it. Asks nobody,
//! and keeps nothing on the disk.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use oauth2::StandardDeviceAuthorizationResponse;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use url::Url;

use super::error::Reason;
use super::grant::Grant;
use super::service::Invitation;

/// How long a URL is handed out again, to whoever asks again.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// How long a person may take to sign in at a URL that was handed out.
const VALID: Duration = Duration::from_secs(20 * 60);

/// So many URLs are under way at a time: one for each address by which this server is asked.
const MOST_INVITATIONS: usize = 8;

/// How long a service that could not be asked is left alone: requests would wait for it one by one.
const REST: Duration = Duration::from_secs(5);

/// One sign-in.
#[derive(Debug)]
pub(super) struct Session {
    state: Mutex<State>,
    /// Another number for each change.
    version: watch::Sender<u64>,
    /// Held by whoever changes what was granted, for as long as the service is asked: no refresh
    /// token is spent twice, and nobody undoes what somebody else has done meanwhile.
    pub busy: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    grant: Option<Grant>,
    invited: Vec<Invited>,
    device: Option<Device>,
    problem: Option<String>,
    /// Until when the service is not asked for other tokens, since it could not be.
    rests: Option<(Instant, Reason)>,
    used: Instant,
}

/// A URL that a person may be at.
#[derive(Debug)]
pub(super) struct Invited {
    pub invitation: Invitation,
    /// Where its answer goes to.
    pub redirect: Url,
    began: Instant,
}

/// A code that a person may be entering somewhere else.
#[derive(Debug)]
pub(super) struct Device {
    pub details: StandardDeviceAuthorizationResponse,
    /// What waits for it; ends with it.
    waiting: AbortHandle,
}

impl Drop for Device {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}

impl Session {
    /// One in which `grant` was given, if any was. Versions begin at `version`.
    pub(super) fn new(grant: Option<Grant>, version: u64) -> Self {
        let state = State {
            grant,
            invited: Vec::new(),
            device: None,
            problem: None,
            rests: None,
            used: Instant::now(),
        };
        Self {
            state: Mutex::new(state),
            version: watch::Sender::new(version),
            busy: tokio::sync::Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its client has come again.
    pub(super) fn touch(&self) {
        self.lock().used = Instant::now();
    }

    /// When its client came last.
    pub(super) fn used(&self) -> Instant {
        self.lock().used
    }

    /// What it was given.
    pub(super) fn grant(&self) -> Option<Grant> {
        self.lock().grant.clone()
    }

    /// What went wrong last, in words.
    pub(super) fn problem(&self) -> Option<String> {
        self.lock().problem.clone()
    }

    /// The version of the moment.
    pub(super) fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// Waits for another version than this one.
    pub(super) async fn changed(&self, version: u64) {
        let mut versions = self.version.subscribe();
        // The sender is this session's own.
        let _ = versions.wait_for(|now| *now != version).await;
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let outcome = change(&mut self.lock());
        self.version
            .send_modify(|version| *version = next(*version));
        outcome
    }

    /// Somebody has signed in: nothing else is under way any more.
    pub(super) fn sign_in(&self, grant: Grant) {
        self.change(|state| {
            state.grant = Some(grant);
            state.invited.clear();
            state.device = None;
            state.problem = None;
        });
    }

    /// Goes on with other tokens.
    pub(super) fn renew(&self, grant: Grant) {
        self.lock().grant = Some(grant);
    }

    /// Leaves the service alone for a while, for this reason.
    pub(super) fn rest(&self, reason: Reason) {
        self.lock().rests = Some((Instant::now() + REST, reason));
    }

    /// Why the service is left alone at the moment, if it is.
    pub(super) fn rests(&self) -> Option<Reason> {
        let state = self.lock();
        let (until, reason) = state.rests.as_ref()?;
        (Instant::now() < *until).then(|| reason.clone())
    }

    /// Nobody is signed in any more, for this reason if there is one. Says what was given until
    /// now.
    pub(super) fn sign_out(&self, problem: Option<String>) -> Option<Grant> {
        self.change(|state| {
            state.invited.clear();
            state.device = None;
            state.problem = problem;
            state.grant.take()
        })
    }

    /// What is under way has come to nothing; who is signed in stays so, and need not know.
    pub(super) fn fail(&self, problem: String) {
        self.change(|state| {
            state.device = None;
            state.problem = state.grant.is_none().then_some(problem);
        });
    }

    /// The URL that was handed out for answers to `redirect`, if that is not long ago.
    pub(super) fn invited(&self, redirect: &Url) -> Option<Url> {
        let state = self.lock();
        let mut fresh = state.invited.iter();
        let found =
            fresh.find(|known| known.redirect == *redirect && known.began.elapsed() < FRESH);
        found.map(|known| known.invitation.url.clone())
    }

    /// Hands out another URL. What is no longer valid is forgotten, and the oldest of too many.
    pub(super) fn invite(&self, invitation: Invitation, redirect: Url) {
        let mut state = self.lock();
        state.invited.retain(|known| known.began.elapsed() < VALID);
        if state.invited.len() >= MOST_INVITATIONS {
            state.invited.remove(0);
        }
        state.invited.push(Invited {
            invitation,
            redirect,
            began: Instant::now(),
        });
    }

    /// What the answer with this `state` is to: once.
    pub(super) fn take(&self, state: &str) -> Option<Invited> {
        let given = blake3::hash(state.as_bytes());
        let mut own = self.lock();
        // Hashes compare in constant time.
        let is =
            |known: &Invited| blake3::hash(known.invitation.state.secret().as_bytes()) == given;
        let at = own.invited.iter().position(is)?;
        let taken = own.invited.remove(at);
        (taken.began.elapsed() < VALID).then_some(taken)
    }

    /// The code that a person may enter somewhere else, if one is under way.
    pub(super) fn device(&self) -> Option<StandardDeviceAuthorizationResponse> {
        let state = self.lock();
        state.device.as_ref().map(|device| device.details.clone())
    }

    /// Shows another code, for which `waiting` waits.
    pub(super) fn show(&self, details: StandardDeviceAuthorizationResponse, waiting: AbortHandle) {
        self.change(|state| {
            state.device = Some(Device { details, waiting });
        });
    }
}

/// The next version: numbers that JavaScript can tell apart.
fn next(version: u64) -> u64 {
    (version + 1) % (1 << 53)
}

#[cfg(test)]
mod tests {
    use oauth2::{CsrfToken, PkceCodeChallenge};

    use super::*;

    fn invitation(state: &str) -> Invitation {
        Invitation {
            url: "https://id.example/auth".parse().unwrap(),
            state: CsrfToken::new(state.to_owned()),
            verifier: PkceCodeChallenge::new_random_sha256().1,
        }
    }

    #[test]
    fn a_state_is_of_one_use_and_there_are_not_many() {
        let session = Session::new(None, 0);
        let redirect: Url = "http://localhost/a".parse().unwrap();
        session.invite(invitation("first"), redirect.clone());
        assert!(session.invited(&redirect).is_some());
        assert!(session.invited(&"http://h/".parse().unwrap()).is_none());
        assert!(session.take("other").is_none());
        assert!(session.take("first").is_some());
        assert!(session.take("first").is_none());
        assert!(session.invited(&redirect).is_none());

        session.invite(invitation("oldest"), redirect.clone());
        for _ in 0..MOST_INVITATIONS {
            session.invite(invitation("newer"), redirect.clone());
        }
        assert!(session.take("oldest").is_none());
        session.sign_out(None);
        assert!(session.take("newer").is_none());
    }

    #[test]
    fn no_output_has_what_signs_in() {
        let session = Session::new(None, 0);
        session.invite(invitation("S3CRET"), "http://localhost/a".parse().unwrap());
        assert!(!format!("{session:?}").contains("S3CRET"));
    }
}
