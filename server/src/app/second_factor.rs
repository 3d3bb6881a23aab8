//! The second factor: beside the password a code of an app (TOTP), and recovery codes for who has lost it.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use certway_wire::users::{RecoveryCodes, SecondFactorOffer, Users};
use zeroize::Zeroizing;

use super::App;
use super::error::Error;
use super::sessions::{SignedIn, sha256};
use super::users::known;
use crate::clock;
use crate::store::{Change, Entry, SecondFactor};
use crate::totp::{self, DIGITS, SECRET_BYTES};

const RECOVERY_CODES: usize = 10;
/// 80 bits, which nobody guesses.
const RECOVERY_BYTES: usize = 10;

/// Why a second factor does not let in, or is not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecondFactorRefusal {
    /// The password alone does not do.
    #[error(
        "beside the password this user gives a code: that which the app shows now, or one of the recovery codes. Send it as `code`"
    )]
    Missing,
    /// The code does not do.
    #[error("the code is wrong, its time is over, or it was used already; wait for the next one that the app shows")]
    Wrong,
    /// Nothing was offered.
    #[error("no second factor is being set up in this session; begin anew")]
    NotBegun,
    /// There is one.
    #[error("there is a second factor already; switch it off before another one is set up")]
    On,
    /// There is none.
    #[error("there is no second factor to switch off")]
    Off,
}

impl App {
    /// Offers who is signed in a secret for the app. It counts once a code shows that the app has it.
    pub(crate) fn offer_second_factor(&self, session: &SignedIn) -> Result<SecondFactorOffer, Error> {
        if self.store().user(&session.username)?.is_some_and(|user| user.second_factor.is_some()) {
            return Err(SecondFactorRefusal::On.into());
        }
        let mut secret = Zeroizing::new([0_u8; SECRET_BYTES]);
        aws_lc_rs::rand::fill(secret.as_mut()).map_err(|_| Error::NoRandomness)?;
        let (secret_text, uri) = (totp::typed(secret.as_ref()), totp::uri(secret.as_ref(), &session.username));
        self.sessions.offer(session, secret);
        Ok(SecondFactorOffer { secret: secret_text.to_string(), uri: uri.to_string() })
    }

    /// Asks for a code beside the password from now on. Gives the recovery codes, of which only hashes are kept.
    pub(crate) fn begin_second_factor(&self, session: &SignedIn, code: &str) -> Result<RecoveryCodes, Error> {
        let secret = self.sessions.offered(session).ok_or(SecondFactorRefusal::NotBegun)?;
        let now = clock::now();
        let step = totp::step_of(secret.as_ref(), &plain(code), now).ok_or(SecondFactorRefusal::Wrong)?;
        let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<Vec<_>, _>>()?;
        let recovery = codes.iter().map(|code| sha256(plain(code).as_bytes()).to_vec()).collect();
        let factor = SecondFactor { secret: secret.to_vec(), recovery };
        self.store().change(now, &session.actor, |change| {
            if known(change, &session.username)?.second_factor.is_some() {
                return Err(SecondFactorRefusal::On.into());
            }
            change.set_second_factor(&session.username, Some(&factor))?;
            change.take_code(&session.username, step)?;
            Ok::<_, Error>(((), Entry::new("second-factor-on", format!("of {}", session.username))))
        })?;
        self.sessions.withdraw_offer(session);
        Ok(RecoveryCodes { codes: codes.iter().map(|code| code.to_string()).collect() })
    }

    /// Asks a user for the password alone from now on.
    pub(crate) fn end_second_factor(&self, actor: &str, name: &str) -> Result<Users, Error> {
        self.store().change(clock::now(), actor, |change| {
            if known(change, name)?.second_factor.is_none() {
                return Err(SecondFactorRefusal::Off.into());
            }
            change.set_second_factor(name, None)?;
            Ok::<_, Error>(((), Entry::new("second-factor-off", format!("of {name}"))))
        })?;
        self.users()
    }
}

/// Lets in who gives a code, where the user has a second factor. Each code counts once: what is left is looked up inside of the change.
pub(super) fn check(change: &Change<'_>, name: &str, code: Option<&str>) -> Result<(), Error> {
    let user = known(change, name)?;
    let Some(mut factor) = change.second_factor(&user)? else { return Ok(()) };
    let code = code.map(plain).filter(|code| !code.is_empty()).ok_or(SecondFactorRefusal::Missing)?;
    if code.len() == DIGITS {
        let step = totp::step_of(&factor.secret, &code, clock::now()).ok_or(SecondFactorRefusal::Wrong)?;
        return if change.take_code(&user.name, step)? { Ok(()) } else { Err(SecondFactorRefusal::Wrong.into()) };
    }
    let hash = sha256(code.as_bytes());
    let is = |kept: &Vec<u8>| verify_slices_are_equal(kept, &hash).is_ok();
    let place = factor.recovery.iter().position(is).ok_or(SecondFactorRefusal::Wrong)?;
    factor.recovery.remove(place);
    Ok(change.set_second_factor(&user.name, Some(&factor))?)
}

/// A code without what is only there to read it by.
fn plain(code: &str) -> Zeroizing<String> {
    let letters = code.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    Zeroizing::new(letters.flat_map(char::to_lowercase).collect())
}

fn recovery_code() -> Result<Zeroizing<String>, Error> {
    let mut random = Zeroizing::new([0_u8; RECOVERY_BYTES]);
    aws_lc_rs::rand::fill(random.as_mut()).map_err(|_| Error::NoRandomness)?;
    let mut code = Zeroizing::new(String::new());
    for (index, letter) in totp::typed(random.as_ref()).to_lowercase().chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            code.push('-');
        }
        code.push(letter);
    }
    Ok(code)
}
