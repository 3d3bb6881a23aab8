//! Alarms out to people: what is set, what is sent when, and what came of it.

mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use certway_core::Time;
use certway_wire::alarms as wire_alarms;
use certway_wire::delivery::{self as wire, Channel, NewDelivery, Roots};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::alarms::{self, AlarmRefusal, alarm};
use super::error::Error;
use super::{App, blocking};
use crate::clock;
use crate::deliver::{self, Message, Target};
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
    /// There is a message to send.
    queued: Notify,
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
        self.deliveries.queued.notify_one();
        self.delivery()
    }

    /// Sends a message by one channel, and says how it went.
    pub(crate) async fn test_delivery(
        self: &Arc<Self>,
        actor: &str,
        channel: Channel,
    ) -> Result<wire::DeliveryTest, Error> {
        let app = Arc::clone(self);
        let target = blocking(move || app.targets()).await?.into_iter().find(|target| target.channel() == channel);
        let target = target.ok_or(AlarmRefusal::ChannelOff(channel.name()))?;
        let message = Message::test(self.name(), clock::now());
        let sent = self.send(&target, &message).await;
        let (ok, said) = match sent {
            Ok(said) => (true, said),
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
        self.deliveries.queued.notify_one();
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
            self.deliveries.queued.notify_one();
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

    /// Sends what is due, again and again: at once what is new, later what failed.
    pub(crate) async fn deliver_again_and_again(self: Arc<Self>) {
        loop {
            let pause = match self.deliver_due().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "alarms could not be delivered; tried again in a minute");
                    LOOK_AGAIN
                }
            };
            tokio::time::sleep(BREATHE).await;
            tokio::select! {
                () = self.deliveries.queued.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends what is due, by all channels at once; gives how long there is nothing to do then.
    async fn deliver_due(self: &Arc<Self>) -> Result<Duration, Error> {
        let app = Arc::clone(self);
        let (due, mut targets) = blocking(move || {
            let due = app.store().due_deliveries(clock::now())?;
            // Secrets are unsealed only for what is sent.
            let targets = if due.is_empty() { Vec::new() } else { app.targets()? };
            Ok((due, targets))
        })
        .await?;
        let mut by_channel: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
        for delivery in due {
            by_channel.entry(delivery.channel.clone()).or_default().push(delivery);
        }
        let mut sending = JoinSet::new();
        for (channel, due) in by_channel {
            let position = targets.iter().position(|target| target.channel().name() == channel);
            let target = position.map(|position| targets.swap_remove(position));
            sending.spawn(Arc::clone(self).deliver_by(target, due));
        }
        while let Some(done) = sending.join_next().await {
            done.map_err(|error| Error::GivenUp(error.to_string()))??;
        }
        let app = Arc::clone(self);
        let next = blocking(move || Ok(app.store().next_delivery()?)).await?;
        let seconds = next.map_or(i64::MAX, |next| (next.unix() - clock::now().unix()).max(0));
        Ok(Duration::from_secs(seconds.unsigned_abs()).min(LOOK_AGAIN))
    }

    /// Sends messages by one channel until one is not taken: the others wait with it.
    async fn deliver_by(self: Arc<Self>, target: Option<Target>, due: Vec<Delivery>) -> Result<(), Error> {
        for delivery in due {
            let sent = match &target {
                Some(target) => self.send(target, &self.message(&delivery)).await,
                None => Err("its secret cannot be read; set the channel anew".to_owned()),
            };
            let (app, taken) = (Arc::clone(&self), sent.is_ok());
            blocking(move || app.keep_attempt(&delivery, sent)).await?;
            if !taken {
                break;
            }
        }
        Ok(())
    }

    fn keep_attempt(&self, delivery: &Delivery, sent: Result<String, String>) -> Result<(), Error> {
        let now = clock::now();
        let attempt = match sent {
            Ok(said) => Attempt::Sent(said),
            Err(why) => {
                let (channel, alarm) = (&delivery.channel, &delivery.alarm.id);
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

    async fn send(self: &Arc<Self>, target: &Target, message: &Message) -> Result<String, String> {
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
        let Delivery { number, what, alarm, raised_at, made_at, .. } = delivery;
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
                acknowledged: None,
            },
        }
    }

    /// The channels that are set, ready to send.
    fn targets(&self) -> Result<Vec<Target>, Error> {
        let set = self.delivery_set()?;
        let store = self.store();
        Ok(set.targets(&store)?)
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
