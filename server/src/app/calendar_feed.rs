//! A password with which a calendar program reads what time will bring, and which is good for nothing else.

use aws_lc_rs::digest::{SHA256, digest};
use certway_core::Time;
use certway_wire::trust::{CalendarFeed, NewCalendarFeed};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::Error;
use super::sessions::user_of;
use super::{App, TERMINAL};
use crate::clock;
use crate::seal::to_hex;
use crate::store::{self, Entry, Setting};

/// Where it is read.
const PATH: &str = "/calendar.ics";
/// The user name that goes with the password.
const USER: &str = "calendar";

/// The feed, if there is one. Of its password there is a hash alone; 256 random bits need no slow one.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Feed {
    password_sha256: Option<String>,
    made_at: i64,
    made_by: String,
}

impl Setting for Feed {
    const NAME: &'static str = "calendar-feed";
}

impl App {
    /// Whether there is a feed.
    pub(crate) fn calendar_feed(&self) -> CalendarFeed {
        let feed = self.feed();
        let made = feed.password_sha256.is_some();
        CalendarFeed {
            path: PATH.to_owned(),
            user: USER.to_owned(),
            made_at: made.then(|| Time::from_unix(feed.made_at).to_string()),
            made_by: made.then_some(feed.made_by),
        }
    }

    /// Makes a password, in place of the former one. It is told this once.
    pub(crate) fn make_calendar_feed(&self, actor: &str) -> Result<NewCalendarFeed, Error> {
        let mut random = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(random.as_mut()).map_err(|_| Error::NoRandomness)?;
        let password = to_hex(random.as_slice());
        let now = clock::now();
        let feed = Feed { password_sha256: Some(hash(&password)), made_at: now.unix(), made_by: actor.to_owned() };
        self.store().change(now, actor, |change| {
            change.set(&feed)?;
            Ok::<_, Error>(((), Entry::new("calendar-feed-made", PATH)))
        })?;
        Ok(NewCalendarFeed { path: PATH.to_owned(), user: USER.to_owned(), password: password.to_string() })
    }

    /// Withdraws the password.
    pub(crate) fn withdraw_calendar_feed(&self, actor: &str) -> Result<CalendarFeed, Error> {
        self.store().change(clock::now(), actor, |change| {
            change.set(&Feed::default())?;
            Ok::<_, Error>(((), Entry::new("calendar-feed-withdrawn", PATH)))
        })?;
        Ok(self.calendar_feed())
    }

    /// Whether these are user and password of the feed, which is good as long as who made it may sign in.
    pub(crate) fn may_read_calendar(&self, user: &str, password: &str) -> Result<bool, Error> {
        let feed = self.feed();
        // Hashes are compared, so that how long it takes says nothing of the password.
        let is_right = user == USER && feed.password_sha256.is_some_and(|known| known == hash(password));
        if !is_right {
            self.record_stranger("calendar-refused", "a wrong password for the calendar");
            return Ok(false);
        }
        if feed.made_by == TERMINAL || self.store().user(user_of(&feed.made_by))?.is_some_and(|user| !user.disabled) {
            return Ok(true);
        }
        self.record_stranger(
            "calendar-refused",
            format!("{} made the calendar's password, and may not sign in any more", feed.made_by),
        );
        Ok(false)
    }

    /// What was changed behind the node's back opens nothing.
    fn feed(&self) -> Feed {
        self.store().setting().unwrap_or_else(|error: store::Error| {
            tracing::error!(%error, "the calendar feed cannot be read; nobody reads it");
            Feed::default()
        })
    }
}

fn hash(password: &str) -> String {
    to_hex(digest(&SHA256, password.as_bytes()).as_ref()).to_string()
}
