//! nginx, as a distribution ships it: one worker, a fixed small answer.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server::{Server, pinned};
use crate::{Bench, Outcome};

/// Starts it with the certificate `a` of a kind.
///
/// # Errors
/// If it does not start.
pub(crate) async fn start(bench: &Bench, kind: &str, folder: PathBuf) -> Outcome<Server> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let configuration = folder.join("nginx.conf");
    let place = folder.display();
    fs::write(
        &configuration,
        format!(
            "worker_processes 1; pid {place}/nginx.pid; error_log {place}/error.log; daemon off;\n\
             events {{ worker_connections 4096; }}\n\
             http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 600s;\n\
             server {{ listen 127.0.0.1:{port} ssl; ssl_protocols TLSv1.2 TLSv1.3;\n\
             ssl_certificate {place}/certificate.pem; ssl_certificate_key {place}/key.pem;\n\
             ssl_session_cache off; ssl_session_tickets off; ssl_ecdh_curve X25519:P-256;\n\
             location / {{ default_type text/plain; return 200 \"hello\\n\"; }} }} }}\n"
        ),
    )?;
    place_certificate(bench, kind, "a", &folder)?;
    let log = fs::File::create(folder.join("output.log"))?;
    let mut command = pinned(Path::new("nginx"));
    command.arg("-p").arg(&folder).arg("-c").arg(&configuration).stdin(Stdio::null());
    let child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
    let server = Server { child, port, folder, page: "/" };
    server.answering().await?;
    Ok(server)
}

/// Puts another certificate in place and tells nginx to reload.
///
/// # Errors
/// If a file cannot be written or nginx cannot be told.
pub(crate) fn load(bench: &Bench, server: &Server, kind: &str, which: &str) -> Outcome<()> {
    place_certificate(bench, kind, which, &server.folder)?;
    let told = Command::new("kill").args(["-HUP", &server.child.id().to_string()]).status()?;
    if told.success() { Ok(()) } else { Err("nginx could not be told to reload".into()) }
}

fn place_certificate(bench: &Bench, kind: &str, which: &str, folder: &Path) -> Outcome<()> {
    let from = bench.data.join(kind);
    for (source, target) in [(format!("{which}.pem"), "certificate.pem"), (format!("{which}.key.pem"), "key.pem")] {
        let new = folder.join("new");
        fs::copy(from.join(source), &new)?;
        fs::rename(new, folder.join(target))?;
    }
    Ok(())
}
