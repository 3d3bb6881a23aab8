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

pub(super) fn check(project: &Project) -> Result<(), Failure> {
    let files = measure(project)?;
    let total = |part: Part| files.iter().filter(|file| file.part == part).map(|file| file.brotli).sum::<u64>();
    let (page, judge, deferred) = (total(Part::Page), total(Part::Judge), total(Part::Deferred));
    let kib = |bytes: u64| bytes / 1024;
    say(&format!("page {} KB, judge {} KB, deferred {} KB (brotli)", kib(page), kib(judge), kib(deferred)));
    if page == 0 || judge == 0 || deferred == 0 {
        return Err(Failure::new(
            "frontend/dist lacks the page, its second module or the judge. Run `cargo xtask build`.",
        ));
    }
    if page > PAGE_BYTES || judge > JUDGE_BYTES || deferred > DEFERRED_BYTES {
        let limits = format!("{PAGE_BYTES}, {JUDGE_BYTES} and {DEFERRED_BYTES}");
        return Err(Failure::new(format!("At most {limits} bytes are allowed.")));
    }
    Ok(())
}
