//! The files of the corpus: read from the folder, or built into the module where there are no folders.

use super::case::Files;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn files() -> Files {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    let mut files = Files::new();
    for (prefix, folder) in
        [("", folder.clone()), ("shared/", folder.join("shared")), ("verify/", folder.join("verify"))]
    {
        for entry in std::fs::read_dir(&folder).expect("the corpus is in the repository") {
            let path = entry.expect("a folder can be read").path();
            if path.is_file() {
                let name = path.file_name().expect("a file has a name").to_string_lossy();
                files.insert(format!("{prefix}{name}"), std::fs::read(&path).expect("a case can be read"));
            }
        }
    }
    files
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn files() -> Files {
    static CORPUS: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../corpus");
    let below = ["shared", "verify"].map(|name| CORPUS.get_dir(name).expect("the corpus has this folder"));
    let named = |file: &include_dir::File<'_>| (file.path().to_string_lossy().into_owned(), file.contents().to_vec());
    CORPUS.files().chain(below.into_iter().flat_map(include_dir::Dir::files)).map(named).collect()
}
