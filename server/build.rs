//! Puts the built page into the binary: every file of `frontend/dist`, compressed once, with its hash.
//!
//! Compressed files are kept under their content's hash, so a rebuild compresses only what has changed. Without a built
//! page the binary compiles too, and says so where the page would be.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    let frontend = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../frontend");
    let dist = frontend.join("dist");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let built = dist.join("index.html").exists();
    // A folder that is watched but missing would build the binary anew each time.
    println!("cargo::rerun-if-changed={}", if built { dist.display() } else { frontend.display() });
    println!("cargo::rerun-if-changed=build.rs");

    let mut list = String::from("static ASSETS: &[Asset] = &[\n");
    if built {
        let cache = out.join("brotli");
        fs::create_dir_all(&cache)?;
        for file in files_below(&dist)? {
            if file != dist.join("index.html") {
                list.push_str(&asset(&dist, &file, &cache)?);
            }
        }
    }
    list.push_str("];\n");
    let index = if built {
        format!("Some(include_str!({:?}))", dist.join("index.html").canonicalize()?)
    } else {
        "None".to_owned()
    };
    // Writing into a String cannot fail.
    let _ = writeln!(list, "static INDEX: Option<&str> = {index};");
    fs::write(out.join("page.rs"), list)
}

fn variable(name: &str) -> io::Result<String> {
    std::env::var(name).map_err(io::Error::other)
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// One entry of the list, as Rust.
fn asset(dist: &Path, file: &Path, cache: &Path) -> io::Result<String> {
    let content = fs::read(file)?;
    let hash: String = Sha256::digest(&content).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let path = format!("/{}", file.strip_prefix(dist).map_err(io::Error::other)?.display());
    let brotli = match compressed(&content, &cache.join(&hash))? {
        Some(compressed) => format!("Some(include_bytes!({compressed:?}))"),
        None => "None".to_owned(),
    };
    Ok(format!(
        "    Asset {{ path: {path:?}, content_type: {:?}, etag: {:?}, hashed: {}, identity: include_bytes!({:?}), brotli: {brotli} }},\n",
        content_type(&path),
        format!("\"{hash}\""),
        is_hashed(&path),
        file.canonicalize()?,
    ))
}

/// The compressed file, unless it would hardly be smaller.
fn compressed(content: &[u8], kept: &Path) -> io::Result<Option<PathBuf>> {
    // Quality 11 takes seconds a megabyte, many more without optimisation: only what is shipped is worth them.
    let quality = if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") { 11 } else { 5 };
    let kept = kept.with_extension(format!("{quality}.br"));
    if !kept.exists() {
        let params = brotli::enc::BrotliEncoderParams {
            quality,
            lgwin: 22,
            size_hint: content.len(),
            ..brotli::enc::BrotliEncoderParams::default()
        };
        let mut output = Vec::new();
        brotli::BrotliCompress(&mut &*content, &mut output, &params)?;
        // Renamed when whole: a build that is stopped leaves no half file behind.
        let draft = kept.with_extension("draft");
        fs::write(&draft, output)?;
        fs::rename(&draft, &kept)?;
    }
    let smaller = fs::metadata(&kept)?.len() * 10 < content.len() as u64 * 9;
    Ok(smaller.then_some(kept))
}

/// Whether the name has the content's hash: `page-0123456789abcdef.wasm`.
fn is_hashed(path: &str) -> bool {
    path.split('-').skip(1).any(|part| part.len() >= 16 && part.bytes().take(16).all(|byte| byte.is_ascii_hexdigit()))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "pem" | "crt" => "application/x-pem-file",
        _ => "text/plain; charset=utf-8",
    }
}
