//! etcd to test against, of Debian's package etcd-server: one member, or several as a cluster, at ports that they keep.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tempfile::TempDir;

use super::process::{Server, free_port};

/// What members show to clients, and whose clients they let in. PEM. Since its gateway is a client of the member itself and shows the same
/// certificate, this must be for clients too.
pub(crate) struct EtcdTls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client_ca: PathBuf,
}

/// The members of one cluster.
pub(crate) struct EtcdServers {
    members: Vec<Member>,
    tls: Option<EtcdTls>,
    /// Where all of them listen.
    address: IpAddr,
    /// Where all of them keep their data.
    pub(crate) folder: TempDir,
}

struct Member {
    client: u16,
    peer: u16,
    /// Where it says whether it is healthy, without TLS.
    metrics: u16,
    server: Option<Server>,
}

impl EtcdServers {
    /// As many members, which have elected a leader.
    pub(crate) fn start(members: usize, tls: Option<EtcdTls>) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), members, tls)
    }

    /// The same at another address than that of loopback.
    pub(crate) fn start_at(address: IpAddr, members: usize, tls: Option<EtcdTls>) -> Self {
        let member = || Member { client: free_port(), peer: free_port(), metrics: free_port(), server: None };
        let members = std::iter::repeat_with(member).take(members).collect();
        let mut servers = Self { members, tls, address, folder: tempfile::tempdir().unwrap() };
        servers.start_all();
        servers
    }

    /// The URLs of all members.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        self.members.iter().map(|member| self.url(member.client)).collect()
    }

    /// Ends a member with no chance to tidy up.
    pub(crate) fn kill(&mut self, member: usize) {
        self.signal(member, Signal::KILL);
        self.members[member].server = None;
    }

    /// Ends all that run.
    pub(crate) fn kill_all(&mut self) {
        for member in 0..self.members.len() {
            if self.members[member].server.is_some() {
                self.kill(member);
            }
        }
    }

    /// Ends all and loses what they kept; then all are there again, empty.
    pub(crate) fn lose_all(&mut self) {
        self.kill_all();
        for member in 0..self.members.len() {
            std::fs::remove_dir_all(self.folder.path().join(format!("member{member}"))).unwrap();
        }
        self.start_all();
    }

    /// Starts those that do not run, with the data that they had, and waits until all have a leader.
    pub(crate) fn start_all(&mut self) {
        for member in 0..self.members.len() {
            if self.members[member].server.is_none() {
                self.members[member].server = Some(self.serve(member));
            }
        }
        for member in &mut self.members {
            let metrics = member.metrics;
            member.server.as_mut().unwrap().until(|| is_healthy(metrics));
        }
    }

    /// The member that leads the others; without TLS to clients.
    pub(crate) fn leader(&self) -> usize {
        const STATUS: &str = "POST /v3/maintenance/status HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}";
        let leads = |member: &Member| {
            let status = answer(self.address, member.client, STATUS)?;
            let number =
                |name: &str| status.split(&format!("\"{name}\":\"")).nth(1)?.split('"').next().map(str::to_owned);
            Some(number("leader")? == number("member_id")?)
        };
        let begun = Instant::now();
        loop {
            let leader = self.members.iter().position(|member| member.server.is_some() && leads(member) == Some(true));
            match leader {
                Some(leader) => return leader,
                None => assert!(begun.elapsed() < Duration::from_secs(10), "etcd has no leader"),
            }
        }
    }

    /// Leaves a member its connections, and answers nothing on them.
    pub(crate) fn pause(&self, member: usize) {
        let id = self.signal(member, Signal::STOP);
        // It takes a moment until the last of its threads has stopped.
        waitid(WaitId::Pid(id), WaitIdOptions::STOPPED).unwrap();
    }

    /// Goes on where it was.
    pub(crate) fn resume(&self, member: usize) {
        self.signal(member, Signal::CONT);
    }

    fn signal(&self, member: usize, signal: Signal) -> Pid {
        let id = process_id(self.members[member].server.as_ref().unwrap());
        kill_process(id, signal).unwrap();
        id
    }

    fn url(&self, port: u16) -> String {
        format!("{}://{}:{port}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }

    fn serve(&self, index: usize) -> Server {
        let member = &self.members[index];
        let name = |index: usize| format!("member{index}");
        let peer = |member: &Member| format!("http://{}:{}", self.address, member.peer);
        let all = self.members.iter().enumerate().map(|(index, member)| format!("{}={}", name(index), peer(member)));
        let mut command = Command::new("etcd");
        command
            .args(["--name", &name(index), "--initial-cluster", &all.collect::<Vec<_>>().join(",")])
            .args(["--listen-client-urls", &self.url(member.client)])
            .args(["--advertise-client-urls", &self.url(member.client)])
            .args(["--listen-peer-urls", &peer(member), "--initial-advertise-peer-urls", &peer(member)])
            .args(["--listen-metrics-urls", &format!("http://127.0.0.1:{}", member.metrics)])
            .args(["--heartbeat-interval", "50", "--election-timeout", "500", "--data-dir"])
            .arg(self.folder.path().join(name(index)))
            // It wants to be told that it may run elsewhere than on amd64.
            .env("ETCD_UNSUPPORTED_ARCH", "arm64");
        if let Some(EtcdTls { certificate, key, client_ca }) = &self.tls {
            command.arg("--client-cert-auth").arg("--cert-file").arg(certificate).arg("--key-file").arg(key);
            command.arg("--trusted-ca-file").arg(client_ca);
        }
        Server::start(&mut command, &self.folder.path().join(format!("{}.log", name(index))))
    }
}

impl Drop for EtcdServers {
    /// One after the other they would wait for those that are gone already.
    fn drop(&mut self) {
        for member in self.members.iter().filter_map(|member| member.server.as_ref()) {
            let _ = kill_process(process_id(member), Signal::KILL);
        }
    }
}

fn process_id(server: &Server) -> Pid {
    Pid::from_raw(server.id().cast_signed()).unwrap()
}

/// Whether a member has a leader and a quorum.
fn is_healthy(metrics: u16) -> bool {
    let health = answer(Ipv4Addr::LOCALHOST.into(), metrics, "GET /health HTTP/1.0\r\n\r\n");
    health.is_some_and(|health| health.contains("{\"health\":\"true\""))
}

/// What is answered to a request of HTTP/1.0.
fn answer(address: IpAddr, port: u16, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect((address, port)).ok()?;
    let mut answer = String::new();
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
