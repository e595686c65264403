//! The token for a request: as it is, or another one in its place. A refresh token is spent by one
//! at a time, and to the end, even where whoever asked is gone.

use std::sync::Arc;
use std::time::SystemTime;

use oauth2::AccessToken;
use tracing::{info, warn};

use super::error::{Failure, Reason};
use super::grant::Grant;
use super::session::Session;
use super::sign_in::SignIn;

impl SignIn {
    /// The token for a request, renewed if it is about to end; or, in the place of one that was
    /// `refused`, another one, if there is any.
    pub(super) async fn token(
        self: &Arc<Self>,
        session: &Arc<Session>,
        refused: Option<String>,
    ) -> Result<Option<AccessToken>, Failure> {
        if let Some(token) = self.good(session, refused.as_deref())? {
            return Ok(Some(token));
        }
        let (this, session) = (Arc::clone(self), Arc::clone(session));
        let step = actix_web::rt::spawn(async move {
            let _alone = session.busy.lock().await;
            // Meanwhile somebody else may have had it renewed.
            match this.good(&session, refused.as_deref())? {
                Some(token) => Ok(Some(token)),
                None => this.renew(&session, refused.is_some()).await,
            }
        });
        step.await.unwrap_or(Err(self.failure(Reason::SignedOut)))
    }

    /// The token as it is, if it is good for a request.
    fn good(
        &self,
        session: &Session,
        refused: Option<&str>,
    ) -> Result<Option<AccessToken>, Failure> {
        let grant = session.grant();
        let grant = grant.ok_or_else(|| self.failure(Reason::SignedOut))?;
        let is_good = match refused {
            Some(refused) => grant.access.secret() != refused,
            None => !grant.is_due(SystemTime::now()),
        };
        Ok(is_good.then_some(grant.access))
    }

    /// Spends the refresh token. Where the service cannot be asked at the moment, the old token is
    /// tried as long as no target has refused it.
    async fn renew(
        self: &Arc<Self>,
        session: &Session,
        is_refused: bool,
    ) -> Result<Option<AccessToken>, Failure> {
        let grant = session.grant();
        let grant = grant.ok_or_else(|| self.failure(Reason::SignedOut))?;
        let Some(refresh) = &grant.refresh else {
            if is_refused {
                return Ok(None);
            }
            return Err(self.end(session, Reason::Ended).await);
        };
        let asked = match session.rests() {
            Some(reason) => Err(reason),
            None => self.asker.refresh(refresh).await,
        };
        let renewed = asked.and_then(|answer| Grant::of(&answer, SystemTime::now()));
        match renewed {
            Ok(new) => {
                let new = grant.renewed(new);
                let token = new.access.clone();
                session.renew(new);
                self.save().await;
                Ok(Some(token))
            }
            Err(reason @ Reason::Refused(_)) => Err(self.end(session, reason).await),
            Err(reason) => {
                let failure = self.failure(reason.clone());
                if session.rests().is_none() {
                    warn!("the token is not renewed: {failure}; {}", failure.hint());
                    session.rest(reason);
                }
                match is_refused {
                    true => Err(failure),
                    false => Ok(Some(grant.access)),
                }
            }
        }
    }

    /// The service has ended a sign-in.
    async fn end(self: &Arc<Self>, session: &Session, reason: Reason) -> Failure {
        let failure = self.failure(reason);
        session.sign_out(Some(format!("{failure}; sign in again")));
        self.save().await;
        info!("signed out: {failure}");
        failure
    }
}
