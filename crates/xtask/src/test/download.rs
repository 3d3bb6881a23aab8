//! Budgets for what a browser downloads.

use crate::bench::download::{Part, measure};
use crate::failure::Failure;
use crate::project::Project;
use crate::terminal::say;

/// Before the page can be used, brotli (docs/performance.md).
const PAGE_BYTES: u64 = 150 * 1024;
/// The judge, loaded beside the page, brotli.
const JUDGE_BYTES: u64 = 280 * 1024;

pub(super) fn check(project: &Project) -> Result<(), Failure> {
    let files = measure(project)?;
    let total = |part: Part| files.iter().filter(|file| file.part == part).map(|file| file.brotli).sum::<u64>();
    let (page, judge) = (total(Part::Page), total(Part::Judge));
    say(&format!("page {} KB, judge {} KB (brotli)", page / 1024, judge / 1024));
    if page == 0 || judge == 0 {
        return Err(Failure::new("frontend/dist lacks the page or the judge. Run `cargo xtask build`."));
    }
    if page > PAGE_BYTES || judge > JUDGE_BYTES {
        return Err(Failure::new(format!("At most {PAGE_BYTES} and {JUDGE_BYTES} bytes are allowed.")));
    }
    Ok(())
}
