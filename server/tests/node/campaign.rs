//! How large a trial is, and what it draws.

/// How large a campaign is, by the variable that names it; what CI runs, if it is not set.
pub(crate) fn campaign(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

#[path = "../../src/draw.rs"]
mod draw;

pub(crate) use draw::Draw;

impl Draw {
    /// Those of the seed that `CERTWAY_SEED` names.
    pub(crate) fn new() -> Self {
        Self::from(campaign("CERTWAY_SEED", 1))
    }
}
