//! What a service has granted: the tokens, until when, and to whom. No output has a token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oauth2::basic::{BasicTokenResponse, BasicTokenType};
use oauth2::{AccessToken, RefreshToken, TokenResponse as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Reason;

/// How long before its end a token is renewed: as long as a request may take to arrive. A tenth of
/// the whole, where that is shorter.
const EARLY: Duration = Duration::from_secs(30);

/// What a sign-in gave. The tokens' own types keep them out of what is printed for debugging.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Grant {
    pub access: AccessToken,
    pub refresh: Option<RefreshToken>,
    /// When the access token is to be renewed, in seconds since 1970; nothing where the service
    /// does not say how long it holds.
    renew_at: Option<u64>,
    /// Who has signed in.
    pub user: Option<Value>,
    /// When the tokens came, in seconds since 1970.
    since: u64,
}

impl Grant {
    /// What a service answered at the time `now`.
    pub(super) fn of(answer: &BasicTokenResponse, now: SystemTime) -> Result<Self, Reason> {
        if *answer.token_type() != BasicTokenType::Bearer {
            let kind = answer.token_type().as_ref();
            let kind: String = kind.escape_debug().take(50).collect();
            let text = format!("it gives tokens of the type {kind}, and not of the type Bearer");
            return Err(Reason::Service(text));
        }
        let since = seconds(now);
        let renew_at = answer
            .expires_in()
            .map(|lasts| since.saturating_add((lasts - EARLY.min(lasts / 10)).as_secs()));
        Ok(Self {
            access: answer.access_token().clone(),
            refresh: answer.refresh_token().cloned(),
            renew_at,
            user: None,
            since,
        })
    }

    /// The same with new tokens. A service that gives no new refresh token leaves the old one in
    /// force (RFC 6749, section 6).
    pub(super) fn renewed(&self, new: Self) -> Self {
        Self {
            refresh: new.refresh.or_else(|| self.refresh.clone()),
            user: self.user.clone(),
            ..new
        }
    }

    /// Whether the access token is about to end, or has.
    pub(super) fn is_due(&self, now: SystemTime) -> bool {
        self.renew_at.is_some_and(|at| seconds(now) >= at)
    }

    /// Whether the tokens came longer ago than that.
    pub(super) fn is_older(&self, than: Duration, now: SystemTime) -> bool {
        seconds(now).saturating_sub(self.since) > than.as_secs()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grant(answer: Value, now: SystemTime) -> Result<Grant, Reason> {
        Grant::of(&serde_json::from_value(answer).unwrap(), now)
    }

    #[test]
    fn tokens_are_renewed_before_they_end() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        let due = |lasts: Value, later: u64| {
            let answer = json!({"access_token": "a", "token_type": "bearer", "expires_in": lasts});
            let grant = grant(answer, now).unwrap();
            grant.is_due(now + Duration::from_secs(later))
        };
        for (lasts, later, expected) in [
            (json!(3600), 0, false),
            (json!(3600), 3569, false),
            (json!(3600), 3570, true),
            (json!(100), 89, false),
            (json!(100), 90, true),
            (json!(null), 1_000_000, false),
        ] {
            assert_eq!(due(lasts.clone(), later), expected, "{lasts} {later}");
        }
    }

    #[test]
    fn an_old_refresh_token_stays_where_no_new_one_comes() {
        let now = SystemTime::now();
        let first = json!({"access_token": "a", "token_type": "Bearer", "refresh_token": "r"});
        let second = json!({"access_token": "b", "token_type": "Bearer"});
        let first = grant(first, now).unwrap();
        let renewed = first.renewed(grant(second, now).unwrap());
        assert_eq!(renewed.access.secret(), "b");
        assert_eq!(renewed.refresh.unwrap().secret(), "r");
        let other = json!({"access_token": "c", "token_type": "DPoP"});
        assert!(matches!(grant(other, now), Err(Reason::Service(_))));
    }

    #[test]
    fn no_output_has_a_token() {
        let answer = json!({"access_token": "S3CRET", "token_type": "Bearer",
            "refresh_token": "S3CRET"});
        let grant = grant(answer, SystemTime::now()).unwrap();
        assert!(!format!("{grant:?}").contains("S3CRET"));
    }
}
