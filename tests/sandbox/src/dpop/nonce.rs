//! Nonces, which the sandbox chooses and the next proof contains (RFC 9449, 8).

use std::collections::VecDeque;
use std::time::Duration;

use clap::ValueEnum;
use ring::error::Unspecified;
use serde::Deserialize;

use super::refusal::Refusal;
use crate::tickets::random_value;

/// The time for which a nonce is accepted, by the clock of the service.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The maximum number of nonces. If there are more, the oldest one is no longer accepted.
const CAPACITY: usize = 1000;

/// The nonces that proofs must contain.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum NoncePolicy {
    /// Proofs need no nonce.
    #[default]
    None,
    /// Every response has a new nonce, which is accepted for 5 minutes.
    EachResponse,
    /// Every response has a new nonce, which is accepted once, within 5 minutes.
    SingleUse,
}

/// The nonces of one service that are still accepted, oldest first.
#[derive(Default)]
pub(super) struct Nonces(VecDeque<Nonce>);

struct Nonce {
    value: String,
    expires_at: Duration,
}

impl Nonces {
    pub fn issue(&mut self, now: Duration) -> Result<String, Unspecified> {
        let value = random_value()?;
        if self.0.len() == CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(Nonce { value: value.clone(), expires_at: now.saturating_add(LIFETIME) });
        Ok(value)
    }

    pub fn check(
        &mut self,
        policy: NoncePolicy,
        nonce: Option<&str>,
        now: Duration,
    ) -> Result<(), Refusal> {
        if policy == NoncePolicy::None {
            return Ok(());
        }
        let nonce = nonce.ok_or(Refusal::Nonce("The proof must contain a nonce."))?;
        let is_valid = |issued: &Nonce| issued.value == nonce && now < issued.expires_at;
        let index = self.0.iter().position(is_valid);
        let index = index.ok_or(Refusal::Nonce("The nonce is unknown, expired or used."))?;
        if policy == NoncePolicy::SingleUse {
            self.0.remove(index);
        }
        Ok(())
    }
}
