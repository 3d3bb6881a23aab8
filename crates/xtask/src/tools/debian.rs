//! Programs that come as Debian packages.

use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::terminal::step;

/// A program and the Debian package that brings it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package {
    program: &'static str,
    package: &'static str,
}

/// What builds the page, beside what the tool cache has.
pub(super) const FOR_PAGE: &[Package] = &[Package { program: "wasm-split", package: "binaryen" }];

/// What the tests need.
pub(crate) const FOR_TESTS: &[Package] = &[
    Package { program: "chromium", package: "chromium" },
    Package { program: "certutil", package: "libnss3-tools" },
    Package { program: "brotli", package: "brotli" },
    Package { program: "openssl", package: "openssl" },
    Package { program: "strace", package: "strace" },
    Package { program: "age", package: "age" },
    Package { program: "faketime", package: "faketime" },
    Package { program: "pebble", package: "pebble" },
    Package { program: "caddy", package: "caddy" },
    Package { program: "nginx", package: "nginx-light" },
    Package { program: "haproxy", package: "haproxy" },
    Package { program: "etcd", package: "etcd-server" },
    Package { program: "aiosmtpd", package: "python3-aiosmtpd" },
    Package { program: "icalendar", package: "python3-icalendar" },
    Package { program: "pip3", package: "python3-pip" },
    // The handbook's examples.
    Package { program: "curl", package: "curl" },
    Package { program: "jq", package: "jq" },
    Package { program: "ip", package: "iproute2" },
    Package { program: "unshare", package: "util-linux" },
    Package { program: "node", package: "nodejs" },
    Package { program: "npm", package: "npm" },
];

/// What the figures need that are measured beside another server.
pub(crate) const FOR_SERVER_FIGURES: &[Package] = &[
    Package { program: "nginx", package: "nginx" },
    Package { program: "openssl", package: "openssl" },
    Package { program: "taskset", package: "util-linux" },
];

/// Makes sure that the programs are there; installs the missing packages where that is possible.
///
/// # Errors
/// If one is missing and cannot be installed; the text has the command that does it.
pub(crate) fn packages(wanted: &[Package]) -> Result<(), Failure> {
    let missing: Vec<&str> =
        wanted.iter().filter(|one| !process::on_path(one.program)).map(|one| one.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let by_hand =
        format!("These packages are missing: {names}. Install them with `sudo apt-get install {names}` and run again.");
    let root = process::answer(Command::new("id").arg("-u")).as_deref() == Some("0");
    if !root || !process::on_path("apt-get") {
        return Err(Failure::new(by_hand));
    }
    step(&format!("Installing the Debian packages {names}"), || {
        // An old list of packages asks for versions that are gone.
        let updated = process::run(apt_get().arg("update").arg("-qq"));
        let installed =
            process::run(apt_get().args(["install", "-y", "-qq", "--no-install-recommends"]).args(&missing));
        updated.and(installed).map_err(|failure| Failure::new(format!("{failure}\n{by_hand}")))
    })
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // RUNLEVEL: a server that is installed for comparison must not start by itself.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command
}
