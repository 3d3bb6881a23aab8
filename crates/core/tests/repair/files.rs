//! The files of `corpus/repair`: read from the folder, or built into the module where there are no folders.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn file(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/repair");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn file(name: &str) -> Vec<u8> {
    static REPAIR: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../corpus/repair");
    REPAIR.get_file(name).unwrap_or_else(|| panic!("{name} is not in the corpus")).contents().to_vec()
}
