//! How large a trial is, and what it draws.

/// How large a campaign is, by the variable that names it; what CI runs, if it is not set.
pub(crate) fn campaign(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
}

/// Small numbers that look random, from a seed.
pub(crate) struct Draw(u64);

impl Draw {
    /// Those of the seed that `CERTWAY_SEED` names.
    pub(crate) fn new() -> Self {
        Self::from(campaign("CERTWAY_SEED", 1))
    }

    pub(crate) fn from(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `limit` (splitmix64).
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
