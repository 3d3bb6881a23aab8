//! Budgets for what a browser downloads.

use crate::bench::download::{Part, measure};
use crate::failure::Failure;
use crate::project::Project;
use crate::terminal::say;

/// Before the page can be used, brotli (docs/performance.md).
const PAGE_BYTES: u64 = 150 * 1024;
/// The judge, loaded beside the page, brotli.
const JUDGE_BYTES: u64 = 280 * 1024;
/// The page's second module, fetched when the page has nothing more urgent to do, brotli.
const DEFERRED_BYTES: u64 = 200 * 1024;
/// The dictionary of the second language, brotli.
const LANGUAGE_BYTES: u64 = 90 * 1024;

pub(super) fn check(project: &Project) -> Result<(), Failure> {
    let files = measure(project)?;
    let total = |part: Part| files.iter().filter(|file| file.part == part).map(|file| file.brotli).sum::<u64>();
    let budgets = [
        ("page", Part::Page, PAGE_BYTES),
        ("judge", Part::Judge, JUDGE_BYTES),
        ("deferred", Part::Deferred, DEFERRED_BYTES),
        ("second language", Part::Language, LANGUAGE_BYTES),
    ];
    let sizes = budgets.map(|(name, part, most)| (name, total(part), most));
    let kib = |bytes: u64| bytes / 1024;
    say(&format!("{} (brotli)", sizes.map(|(name, size, _)| format!("{name} {} KB", kib(size))).join(", ")));
    for (name, size, most) in sizes {
        if size == 0 {
            return Err(Failure::new(format!("frontend/dist lacks the {name}. Run `cargo xtask build`.")));
        }
        if size > most {
            return Err(Failure::new(format!("At most {most} bytes are allowed for the {name}, not {size}.")));
        }
    }
    Ok(())
}
