//! Sample files to try: a good one, and one for each refusal.

mod case;
mod made;

use js_sys::Uint8Array;

use crate::dom::{El, View, effect, el, live, parts, value_of};
use crate::fetch::Request;
use crate::json::{self, fields};
use crate::signal::RwSignal;
use crate::task::spawn;
use crate::upload::{Form, Given, Panel, Slot};
use case::{Case, Form as PartForm};

/// One sample, as the index has it.
#[derive(Clone)]
struct Sample {
    file: String,
    title: String,
    group: String,
}

fields!(Sample { file, title, group });

pub(crate) fn samples(panel: Panel) -> El {
    let samples = RwSignal::new(Vec::<Sample>::new());
    let why = RwSignal::new(String::new());
    spawn(async move {
        if let Some(index) = fetched("/samples/index.json").await
            && let Some(list) = json::read::<Vec<Sample>>(&index)
        {
            // The page may have been left meanwhile.
            samples.set(list);
        }
    });
    // Another kind, or a file of one's own, ends the sample.
    effect(move || {
        if panel.at.with(Option::is_none) {
            why.set(String::new());
        }
    });
    let chooser = el("select")
        .on("change", move |event| {
            let file = value_of(&event);
            if !file.is_empty() {
                spawn(try_sample(panel, file, why));
            }
        })
        .child(el("option").attr("value", "").text("Choose a sample"))
        .child(live(move || samples.with(|samples| groups(samples))));
    el("div")
        .class("stack")
        .child(el("label").class("field").child(el("span").text("Sample files to try")).child(chooser))
        .child(el("p").class("muted").attr("role", "status").live_text(move || why.get()))
}

/// The samples as options, in the groups of the index and in its order.
fn groups(samples: &[Sample]) -> View {
    let mut names: Vec<&str> = Vec::new();
    for sample in samples {
        if !names.contains(&sample.group.as_str()) {
            names.push(&sample.group);
        }
    }
    parts().children(names.into_iter().map(|name| {
        let options = samples.iter().filter(|sample| sample.group == name);
        let option = |sample: &Sample| el("option").attr("value", &sample.file).text(&sample.title);
        el("optgroup").attr("label", name).children(options.map(option))
    }))
}

async fn try_sample(panel: Panel, file: String, why: RwSignal<String>) {
    let Some(text) = fetched(&format!("/samples/{file}")).await else {
        why.set("The sample cannot be fetched: the node does not answer.".to_owned());
        return;
    };
    let Some(case) = Case::read(&text) else { return };
    let Some(form) = Form::check(case.kind) else { return };
    panel.start_over(form);
    let stem = file.trim_end_matches(".case");
    for part in &case.parts {
        let Some(bytes) = part.bytes() else { continue };
        let slot = match part.name {
            "file" => Slot::File,
            "key" => Slot::PrivateKey,
            "certificate" => Slot::Certificate,
            "trusted" => Slot::TrustedCas,
            "crl" => Slot::Crl,
            "csr" => {
                panel.known.update(|known| known.csr = Some(bytes));
                continue;
            }
            "current-key" => {
                panel.known.update(|known| known.current_key = Some(bytes));
                continue;
            }
            _ => continue,
        };
        if form.has(slot) {
            let name = if slot == Slot::File { format!("{stem}.pem") } else { format!("{}.pem", part.name) };
            panel.put_into(Given::new(name, bytes), slot);
        }
    }
    panel.at.set(Some(case.at.to_owned()));
    why.set(case.why.to_owned());
}

/// A file that belongs to the page: from the node, or from what the service worker keeps.
async fn fetched(address: &str) -> Option<String> {
    let answer = Request::new("GET", address.to_owned())?.send().await?;
    answer.ok.then_some(answer.text)
}

impl case::Part<'_> {
    fn bytes(&self) -> Option<Uint8Array> {
        let bytes = match self.form {
            PartForm::Text => return Some(Uint8Array::from(self.text.as_bytes())),
            PartForm::Base64 => made::decoded(self.text)?,
            PartForm::Filled(size) => made::filled(self.text, size),
            PartForm::Numbered(count) => made::numbered(self.text, count)?.into_bytes(),
        };
        Some(Uint8Array::from(bytes.as_slice()))
    }
}
