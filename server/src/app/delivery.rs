//! Alarms out to people: what is set, what is sent when, and what came of it.

mod settings;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use certway_core::Time;
use certway_wire::alarms as wire_alarms;
use certway_wire::delivery::{self as wire, Channel, NewDelivery, Roots};
use tokio::sync::Notify;

use super::alarms::{self, AlarmRefusal, alarm};
use super::error::Error;
use super::{App, blocking};
use crate::clock;
use crate::deliver::{self, Message, Taken, Target};
use crate::store::{self, Alarm, Attempt, Delivery, Entry, Setting as _, Told};
use settings::Set;

/// How long after each attempt the next one is made, in seconds; after the last pause, again and again.
const PAUSES: [i64; 9] = [5, 15, 30, 60, 2 * 60, 5 * 60, 15 * 60, 30 * 60, 60 * 60];
/// When a message is given up.
const GIVEN_UP_SECONDS: i64 = 3 * 24 * 60 * 60;
/// After how many attempts a channel counts as one that fails.
const FAILING: u32 = 3;
/// How long to wait at most, and how long at least: the clock of the machine may be moved.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
const BREATHE: Duration = Duration::from_secs(1);

/// What there is beside the store.
#[derive(Default)]
pub(super) struct Deliveries {
    /// There is a message to send by the channel.
    smtp: Notify,
    webhook: Notify,
    syslog: Notify,
    /// What was taken and could not be kept in the store: it is not sent again. The message's number, and how it was taken.
    taken: Mutex<BTreeMap<i64, Taken>>,
}

impl Deliveries {
    fn wake(&self) {
        [&self.smtp, &self.webhook, &self.syslog].into_iter().for_each(Notify::notify_one);
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<i64, Taken>> {
        // Every use leaves the map whole.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// How alarms go out.
    pub(crate) fn delivery(&self) -> Result<wire::Delivery, Error> {
        let set = self.delivery_set()?;
        let store = self.store();
        Ok(set.shown(&store))
    }

    /// Sets it.
    pub(crate) fn set_delivery(&self, actor: &str, wanted: NewDelivery) -> Result<wire::Delivery, Error> {
        let (set, secrets) = settings::checked(wanted)?;
        let change = self.changing();
        self.store().change(clock::now(), actor, |change| {
            change.set(&set)?;
            secrets.keep(change)?;
            // What waits may be taken now.
            change.retry_deliveries(None)?;
            Ok::<_, Error>(((), Entry::new("alarm-delivery-set", set.described())))
        })?;
        self.refresh_or_log(&change);
        self.deliveries.wake();
        self.delivery()
    }

    /// Sends a message by one channel, and says how it went.
    pub(crate) async fn test_delivery(
        self: &Arc<Self>,
        actor: &str,
        channel: Channel,
    ) -> Result<wire::DeliveryTest, Error> {
        let app = Arc::clone(self);
        let target = blocking(move || app.target(channel)).await?.ok_or(AlarmRefusal::ChannelOff(channel.name()))?;
        let message = Message::test(self.name(), clock::now());
        let sent = self.send(&target, &message).await;
        let (ok, said) = match sent {
            Ok(taken) => (true, taken.said),
            Err(why) => (false, why),
        };
        let test = wire::DeliveryTest { ok, message: said };
        let (app, actor, kept) = (Arc::clone(self), actor.to_owned(), test.clone());
        blocking(move || {
            // No alarm, but kept like one.
            let sent = message.alarm;
            let (id, severity, remedy) = (sent.id, sent.severity, sent.remedy);
            let tried = Alarm { id, severity, message: sent.message, remedy, mark: String::new() };
            app.store().change(clock::now(), &actor, |change| {
                change.keep_test_delivery(channel.name(), &tried, kept.ok, &kept.message)?;
                if kept.ok {
                    change.retry_deliveries(Some(channel.name()))?;
                }
                let how = if kept.ok { "taken" } else { "not taken" };
                Ok::<_, Error>(((), Entry::new("alarm-delivery-tested", format!("{}: {how}", channel.name()))))
            })
        })
        .await?;
        self.deliveries.wake();
        Ok(test)
    }

    /// The latest messages, the last one first.
    pub(crate) fn deliveries(&self, limit: u32) -> Result<Vec<wire::DeliveryRecord>, Error> {
        let deliveries = self.store().deliveries(limit)?;
        Ok(deliveries.into_iter().filter_map(record).collect())
    }

    /// Queues what the channels have not been told yet.
    pub(super) fn queue_deliveries(&self) -> Result<(), Error> {
        let set = self.delivery_set()?;
        let told = |(channel, least): (Channel, _)| Told {
            channel: channel.name(),
            least,
            without: failed_id(channel.name()),
        };
        let channels: Vec<Told<'_>> = set.channels().map(told).collect();
        if self.store().queue_deliveries(clock::now(), &channels)? > 0 {
            self.deliveries.wake();
        }
        Ok(())
    }

    /// An alarm for each channel that fails, and one if the settings were changed behind the node's back.
    pub(super) fn delivery_alarms(&self) -> Result<Vec<Alarm>, Error> {
        let read = self.store().setting::<Set>();
        if matches!(read, Err(store::Error::Damaged(_))) {
            return Ok(vec![alarms::setting_changed(Set::NAME, "No alarm is delivered.")]);
        }
        let set = read?;
        let failing = self.store().failing_channels(FAILING)?;
        let failing = failing.into_iter().filter(|(name, _)| set.channels().any(|(set, _)| set.name() == name));
        let raised = |(name, why): (String, String)| {
            alarm(
                &failed_id(&name),
                "warning",
                &format!("Alarms are not delivered by {name}: {}.", why.trim_end_matches('.')),
                "See the delivery log, mend the settings or the server, and send a test message. What waits is sent by itself then.",
            )
        };
        Ok(failing.map(raised).collect())
    }

    /// Sends what is due, again and again: at once what is new, later what failed. Each channel goes its own way: a slow one keeps
    /// no other waiting.
    pub(crate) async fn deliver_again_and_again(self: Arc<Self>) {
        let Deliveries { smtp, webhook, syslog, .. } = &self.deliveries;
        tokio::join!(
            self.deliver_by(Channel::Smtp, smtp),
            self.deliver_by(Channel::Webhook, webhook),
            self.deliver_by(Channel::Syslog, syslog),
        );
    }

    async fn deliver_by(self: &Arc<Self>, channel: Channel, queued: &Notify) {
        loop {
            let pause = match self.deliver_due(channel).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "alarms could not be delivered; tried again in a minute");
                    LOOK_AGAIN
                }
            };
            tokio::time::sleep(BREATHE).await;
            tokio::select! {
                () = queued.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends what is due by a channel, until one is not taken: the others wait with it. Gives how long there is nothing to do then.
    async fn deliver_due(self: &Arc<Self>, channel: Channel) -> Result<Duration, Error> {
        let app = Arc::clone(self);
        let (due, target) = blocking(move || {
            let due = app.store().due_deliveries(channel.name(), clock::now())?;
            // Secrets are unsealed only for what is sent.
            let target = if due.is_empty() { None } else { app.target(channel)? };
            Ok((due, target))
        })
        .await?;
        for delivery in due {
            let known = self.deliveries.taken().get(&delivery.number).cloned();
            let sent = match (known, &target) {
                (Some(taken), _) => Ok(taken),
                (None, Some(target)) => self.send(target, &self.message(&delivery)).await,
                (None, None) => Err("its secret cannot be read; set the channel anew".to_owned()),
            };
            if let Ok(taken) = &sent {
                self.deliveries.taken().insert(delivery.number, taken.clone());
            }
            let (app, number, taken) = (Arc::clone(self), delivery.number, sent.is_ok());
            blocking(move || app.keep_attempt(&delivery, sent)).await?;
            self.deliveries.taken().remove(&number);
            if !taken {
                break;
            }
        }
        let app = Arc::clone(self);
        let next = blocking(move || Ok(app.store().next_delivery(channel.name())?)).await?;
        let seconds = next.map_or(i64::MAX, |next| (next.unix() - clock::now().unix()).max(0));
        Ok(Duration::from_secs(seconds.unsigned_abs()).min(LOOK_AGAIN))
    }

    fn keep_attempt(&self, delivery: &Delivery, sent: Result<Taken, String>) -> Result<(), Error> {
        let now = clock::now();
        let (channel, alarm) = (&delivery.channel, &delivery.alarm.id);
        let attempt = match sent {
            Ok(Taken { said, owed: None }) => Attempt::Sent(said),
            Ok(Taken { said, owed: Some(owed) }) => {
                tracing::warn!(channel, alarm, said, "an alarm was not delivered to all");
                match next(now, delivery, said) {
                    Attempt::Again(at, said) => Attempt::Partly(at, said, owed),
                    given_up => given_up,
                }
            }
            Err(why) => {
                tracing::warn!(channel, alarm, why, "an alarm was not delivered");
                next(now, delivery, why)
            }
        };
        let change = self.changing();
        let failing = |app: &Self| app.store().failing_channels(FAILING).map(|failing| failing.len());
        let before = failing(self)?;
        self.store().keep_attempt(now, delivery, &attempt)?;
        if failing(self)? != before {
            self.refresh_or_log(&change);
        }
        Ok(())
    }

    async fn send(self: &Arc<Self>, target: &Target, message: &Message) -> Result<Taken, String> {
        let (app, roots) = (Arc::clone(self), target.roots());
        let roots = blocking(move || {
            Ok(match roots {
                Roots::TrustedCas => app.trust.load().roots().into_iter().map(<[u8]>::to_vec).collect(),
                Roots::System => deliver::system_roots(),
            })
        });
        let roots: Vec<Vec<u8>> = roots.await.map_err(|error| error.to_string())?;
        deliver::send(target, &roots, Arc::clone(&self.presented), message).await
    }

    fn message(&self, delivery: &Delivery) -> Message {
        let Delivery { number, what, alarm, raised_at, made_at, owed, behind, acknowledged, .. } = delivery;
        Message {
            number: *number,
            node: self.name().to_owned(),
            what: what.clone(),
            at: *made_at,
            alarm: wire_alarms::Alarm {
                number: alarms::number(&alarm.id),
                id: alarm.id.clone(),
                severity: alarm.severity.clone(),
                message: alarm.message.clone(),
                remedy: alarm.remedy.clone(),
                raised_at: raised_at.to_string(),
                acknowledged: acknowledged.clone().map(alarms::acknowledgement),
            },
            owed: owed.clone(),
            behind: behind.clone(),
        }
    }

    /// A channel, if it is on and its secret can be read, ready to send.
    fn target(&self, channel: Channel) -> Result<Option<Target>, Error> {
        let set = self.delivery_set()?;
        let store = self.store();
        Ok(set.targets(&store)?.into_iter().find(|target| target.channel() == channel))
    }

    /// What is set. What was changed behind the node's back counts as not set: nothing is sent.
    fn delivery_set(&self) -> Result<Set, Error> {
        let read = self.store().setting();
        match read {
            Err(store::Error::Damaged(what)) => {
                tracing::error!(what, "how alarms are delivered was changed; nothing is sent");
                Ok(Set::default())
            }
            read => Ok(read?),
        }
    }
}

/// The alarm of a channel that fails.
fn failed_id(channel: &str) -> String {
    format!("alarm-delivery-failed-{channel}")
}

/// What follows on an attempt that failed.
fn next(now: Time, delivery: &Delivery, why: String) -> Attempt {
    if now.unix() - delivery.made_at.unix() >= GIVEN_UP_SECONDS {
        return Attempt::GivenUp(format!("Given up after three days: {why}"));
    }
    let tried = usize::try_from(delivery.attempts).unwrap_or(usize::MAX);
    let pause = PAUSES.get(tried).copied().unwrap_or(60 * 60);
    Attempt::Again(Time::from_unix(now.unix() + pause), why)
}

fn record(delivery: Delivery) -> Option<wire::DeliveryRecord> {
    let time = |time: Option<Time>| time.map(|time| time.to_string());
    Some(wire::DeliveryRecord {
        number: delivery.number.unsigned_abs(),
        channel: Channel::ALL.into_iter().find(|channel| channel.name() == delivery.channel)?,
        what: delivery.what,
        alarm: delivery.alarm.id,
        severity: delivery.alarm.severity,
        message: delivery.alarm.message,
        made_at: delivery.made_at.to_string(),
        state: delivery.state,
        attempts: delivery.attempts,
        tried_at: time(delivery.tried_at),
        next_at: time(delivery.next_at),
        outcome: delivery.outcome,
    })
}
