//! A certificate authority that signs requests as others do.

use std::process::Command;

use rcgen::KeyPair;
use tempfile::TempDir;

use crate::support::{Authority, Pair};

/// A certificate authority that is openssl, and signs requests.
pub(crate) struct OpensslAuthority {
    authority: Authority,
    folder: TempDir,
    pub(crate) pem: String,
}

impl OpensslAuthority {
    pub(crate) fn new() -> Self {
        let authority = Authority::new("Root");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
        std::fs::write(folder.path().join("ca.key"), authority.key_pem()).unwrap();
        Self { pem: authority.pem.clone(), authority, folder }
    }

    pub(crate) fn issue(&self, name: &str) -> Pair {
        self.authority.issue(name)
    }

    pub(crate) fn issue_for(&self, name: &str, key: &KeyPair) -> Pair {
        self.authority.issue_for(name, key)
    }

    /// The certificate for a request, with the extensions that it asks for.
    pub(crate) fn sign(&self, request: &str) -> String {
        std::fs::write(self.folder.path().join("request.pem"), request).unwrap();
        let output = Command::new("openssl")
            .args(["x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "90"])
            .args(["-copy_extensions", "copyall"])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}
