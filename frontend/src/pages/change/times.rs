//! How long things may take, and whether an administrator confirms the canary.

use certway_wire::change::ChangeSettings;

use crate::dom::{El, el, live_if};
use crate::signal::RwSignal;

/// The most that can be asked: a week.
const MOST_S: u32 = 7 * 24 * 3600;

#[derive(Clone, Copy)]
pub(super) struct Times {
    observe: RwSignal<String>,
    settle: RwSignal<String>,
    recover: RwSignal<String>,
    confirm: RwSignal<String>,
    by_itself: RwSignal<bool>,
}

impl Times {
    /// The defaults.
    pub(super) fn new() -> Self {
        let settings = ChangeSettings::default();
        let seconds = |seconds: u32| RwSignal::new(seconds.to_string());
        Self {
            observe: seconds(settings.observe_s),
            settle: seconds(settings.settle_s),
            recover: seconds(settings.recover_s),
            confirm: seconds(settings.confirm_within_s.unwrap_or_default()),
            by_itself: RwSignal::new(settings.confirm_within_s.is_none()),
        }
    }

    /// The fields of `certway_wire::change::ChangeSettings`, as JSON without braces; or what is wrong with one.
    pub(super) fn fields(self) -> Result<String, String> {
        let observe = seconds("Observe", self.observe)?;
        let settle = seconds("Settle", self.settle)?;
        let recover = seconds("Recover", self.recover)?;
        let confirm = match self.by_itself.get() {
            true => "null".to_owned(),
            false => seconds("Confirm within", self.confirm)?.to_string(),
        };
        Ok(format!(r#""observe_s":{observe},"settle_s":{settle},"recover_s":{recover},"confirm_within_s":{confirm}"#))
    }

    /// What becomes of the others when the first node has changed.
    pub(super) fn in_words(self) -> String {
        let length = |seconds: RwSignal<String>| match seconds.get_untracked().as_str() {
            "1" => "1 second".to_owned(),
            many => format!("{many} seconds"),
        };
        let observed = format!("is observed for {}", length(self.observe));
        if self.by_itself.get_untracked() {
            return format!("{observed}, and the others follow by themselves");
        }
        let within = length(self.confirm);
        format!(
            "{observed}, and waits to be confirmed here: if nobody confirms within {within}, everything is rolled back"
        )
    }

    pub(super) fn view(self) -> El {
        let number = |label: &str, hint: &str, value: RwSignal<String>| {
            let input = el("input")
                .attr("type", "number")
                .attr("inputmode", "numeric")
                .attr("min", "0")
                .attr("max", &MOST_S.to_string())
                .flag("required", true)
                .bound(value);
            el("label")
                .class("field")
                .child(el("span").text(label))
                .child(input)
                .child(el("span").class("muted").text(hint))
        };
        let by_itself = el("input")
            .attr("type", "checkbox")
            .live_prop("checked", move || self.by_itself.get().into())
            .on("change", move |_| self.by_itself.update(|on| *on = !*on));
        let confirm = live_if(
            move || !self.by_itself.get(),
            move || {
                number(
                    "Confirm within, in seconds",
                    "Within it somebody confirms that the others follow. Otherwise everything is rolled back.",
                    self.confirm,
                )
            },
        );
        el("details").child(el("summary").text("Times")).child(
            el("div")
                .class("stack times")
                .child(
                    el("div")
                        .class("check-options")
                        .child(number(
                            "Observe, in seconds",
                            "How long the canary is watched after it has recovered.",
                            self.observe,
                        ))
                        .child(number(
                            "Settle, in seconds",
                            "How long everything is right before a node counts as recovered.",
                            self.settle,
                        ))
                        .child(number(
                            "Recover, in seconds",
                            "A node that takes longer gets its former certificate back.",
                            self.recover,
                        ))
                        .child(confirm),
                )
                .child(
                    el("label")
                        .class("tick")
                        .child(by_itself)
                        .child(el("span").text("Go on by itself"))
                        .child(el("span").class("muted").text("Nobody is asked to confirm the canary.")),
                ),
        )
    }
}

fn seconds(label: &str, value: RwSignal<String>) -> Result<u32, String> {
    let text = value.get();
    let number = text.trim().parse().ok().filter(|seconds| *seconds <= MOST_S);
    number.ok_or_else(|| format!("{label}: '{}' is not a number of seconds from 0 to {MOST_S}.", text.trim()))
}
