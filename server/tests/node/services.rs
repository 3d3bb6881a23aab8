//! Servers beside the node: Debian's nginx and HAProxy get its certificate and serve it, and keep the former one when
//! something fails.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Server, free_port};
use crate::support::{Authority, Client, Node, Pair, on_the_command_line, served_at};
use crate::waiting::comes;

const SERVICES: &str = "/api/v1/services";

/// A folder with a server's files in it, and a certificate that it serves before the node has anything to do with it.
pub(crate) struct Beside {
    folder: TempDir,
    authority: Authority,
    first: Pair,
    pub(crate) port: u16,
}

impl Beside {
    pub(crate) fn new() -> Self {
        let authority = Authority::new("Beside");
        let first = authority.issue("www.example.com");
        Self { folder: tempfile::tempdir().unwrap(), authority, first, port: free_port() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// nginx with `fullchain.pem` and `key.pem`.
    pub(crate) fn nginx(&self) -> Server {
        self.write("fullchain.pem", &self.first.certificate);
        self.write("key.pem", &self.first.key);
        self.write("nginx.conf", &self.nginx_config("fullchain.pem"));
        let mut server = Server::start(
            Command::new("nginx").arg("-p").arg(self.folder.path()).args(["-e", "error.log", "-c", "nginx.conf"]),
            &self.path("log"),
        );
        server.until(|| served_at(self.port).is_ok());
        server
    }

    fn nginx_config(&self, chain: &str) -> String {
        format!(
            "daemon off; worker_processes 1; pid nginx.pid; error_log error.log;\nevents {{}}\nhttp {{ access_log off; server {{\n\
             listen 127.0.0.1:{} ssl; ssl_certificate {chain}; ssl_certificate_key key.pem; }} }}\n",
            self.port
        )
    }

    /// How nginx is reloaded, as it stands in the configuration of a node.
    pub(crate) fn nginx_reload(&self) -> String {
        let folder = self.folder.path().display();
        format!("[\"nginx\", \"-p\", \"{folder}\", \"-e\", \"error.log\", \"-c\", \"nginx.conf\", \"-s\", \"reload\"]")
    }

    /// HAProxy with `haproxy.pem`, its master waiting for signals.
    fn haproxy(&self) -> Server {
        self.write("haproxy.pem", &format!("{}{}", self.first.certificate, self.first.key));
        self.write(
            "haproxy.cfg",
            &format!(
                "global\n  log stderr local0\ndefaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\n\
                 frontend tls\n  bind 127.0.0.1:{} ssl crt {}\n",
                self.port,
                self.path("haproxy.pem").display()
            ),
        );
        let config = self.path("haproxy.cfg");
        let mut server = Server::start(Command::new("haproxy").args(["-W", "-f"]).arg(config), &self.path("log"));
        server.until(|| served_at(self.port).is_ok());
        server
    }

    /// The entry of a service with one file for each content, which is looked at.
    pub(crate) fn service(&self, name: &str, files: &[(&str, &str)], reload: &str) -> String {
        let files: String = files
            .iter()
            .map(|(file, content)| {
                format!("[[service.file]]\npath = \"{}\"\ncontent = \"{content}\"\n", self.path(file).display())
            })
            .collect();
        format!(
            "[[service]]\nname = \"{name}\"\nreload = {reload}\n{files}[service.probe]\naddress = \"127.0.0.1:{}\"\nserver_name = \"www.example.com\"\nseconds = 5\n",
            self.port
        )
    }

    /// A node with these services.
    fn node(&self, services: &str) -> Node {
        self.write("certway.toml", services);
        self.node_again(tempfile::tempdir().unwrap())
    }

    /// The same in a folder that it has been in.
    fn node_again(&self, folder: TempDir) -> Node {
        Node::start_in(folder, &["--config", self.path("certway.toml").to_str().unwrap()])
    }

    /// Whether the pair is what is served. A worker that is being replaced may answer for a moment after the new one does.
    fn serves(&self, pair: &Pair) -> bool {
        comes(Duration::from_secs(5), || served_at(self.port).unwrap()[0] == pair.der)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

pub(crate) const NGINX_FILES: &[(&str, &str)] =
    &[("fullchain.pem", "full-chain"), ("key.pem", "key"), ("cas.pem", "ca-bundle")];

/// Loads a new certificate of the authority.
fn load(admin: &Client, authority: &Authority) -> Pair {
    let pair = authority.issue("www.example.com");
    let (status, answer) = admin.upload(&pair);
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["loaded"], true, "{answer}");
    pair
}

/// Waits until no service is due, and gives the one.
fn settled(admin: &Client, name: &str) -> Value {
    let begun = Instant::now();
    loop {
        let services = admin.get(SERVICES);
        let service = services["services"].as_array().unwrap().iter().find(|service| service["name"] == name).unwrap();
        if !matches!(service["state"].as_str().unwrap(), "due" | "publishing") {
            return service.clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{service}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn nginx_serves_what_the_node_serves_as_soon_as_that_changes() {
    let beside = Beside::new();
    let _nginx = beside.nginx();
    let node = beside.node(&beside.service("nginx", NGINX_FILES, &beside.nginx_reload()));
    let admin = node.administrator();
    // The temporary certificate is given to nobody.
    assert_eq!(settled(&admin, "nginx")["state"], "no-certificate");
    assert_eq!(admin.make(Method::POST, "/api/v1/services/nginx/publish").0, StatusCode::CONFLICT);
    assert!(beside.serves(&beside.first));

    admin.append(&beside.authority.pem);
    let second = load(&admin, &beside.authority);
    let service = settled(&admin, "nginx");
    assert_eq!((service["state"].as_str(), &service["last"]["ok"]), (Some("current"), &true.into()), "{service}");
    assert!(beside.serves(&second));
    assert_eq!(service["serves"]["serial"], admin.slots()["active"]["decoded"]["serial"], "{service}");
    assert_eq!((mode(&beside.path("key.pem")), mode(&beside.path("fullchain.pem"))), (0o600, 0o644));
    assert_eq!(beside.read("key.pem.former"), beside.first.key, "the former files are kept");

    // The list is one of the files.
    let other = Authority::new("Another");
    admin.append(&other.pem);
    let since = service["serves"]["since"].clone();
    let service = settled(&admin, "nginx");
    assert_eq!((&service["state"], &service["serves"]["since"]), (&"current".into(), &since), "{service}");
    assert!(beside.read("cas.pem").contains(other.pem.trim()));

    // On the command line as over HTTP.
    let (status, shown) = on_the_command_line(&node, &["services", "publish", "nginx", "--format", "json"]);
    assert_eq!((status, &shown["services"][0]["last"]["ok"]), (0, &true.into()), "{shown}");
    assert_eq!(shown["services"][0]["serves"], service["serves"]);
    let (status, refused) = on_the_command_line(&node, &["services", "publish", "apache", "--format", "json"]);
    assert!(status == 2 && refused["detail"].as_str().unwrap().contains("'apache'"), "{refused}");
    assert!(admin.actions().contains(&"service-published".to_owned()));

    // A node that starts again finds everything as it is to be, or makes it so.
    let at = settled(&admin, "nginx")["last"]["at"].clone();
    let node = beside.node_again(node.stop());
    let admin = node.administrator();
    assert_eq!(settled(&admin, "nginx")["last"]["at"], at);
    let folder = node.stop();
    beside.write("fullchain.pem", &beside.first.certificate);
    let node = beside.node_again(folder);
    assert!(comes(Duration::from_secs(10), || beside.read("fullchain.pem") == second.certificate), "{}", node.log());
}

#[test]
fn haproxy_serves_it_and_keeps_the_former_one_when_it_cannot() {
    let beside = Beside::new();
    let haproxy = beside.haproxy();
    let reload = format!("[\"kill\", \"-USR2\", \"{}\"]", haproxy.id());
    let node = beside.node(&beside.service("haproxy", &[("haproxy.pem", "full-chain-and-key")], &reload));
    let admin = node.administrator();
    admin.append(&beside.authority.pem);
    let second = load(&admin, &beside.authority);
    let service = settled(&admin, "haproxy");
    assert_eq!(service["state"], "current", "{service}");
    assert!(beside.serves(&second));

    // The signal is sent all the same, and HAProxy goes on with what it had.
    let good = beside.read("haproxy.cfg");
    let before = beside.read("haproxy.pem");
    beside.write("haproxy.cfg", &format!("{good}  nonsense\n"));
    load(&admin, &beside.authority);
    let service = settled(&admin, "haproxy");
    assert_eq!(service["state"], "failed", "{service}");
    let message = service["last"]["message"].as_str().unwrap();
    assert!(
        message.contains("does not serve the new certificate") && message.contains("former files are back"),
        "{message}"
    );
    assert!(admin.alarms().contains(&"service-failed-haproxy".to_owned()));
    assert_eq!(beside.read("haproxy.pem"), before);
    assert!(beside.serves(&second), "{service}");

    // Mended, it is given again by hand; a signal that comes while HAProxy is still at the former one is lost to it.
    let refused = || beside.read("log").matches("Loading failure!").count() == 2;
    assert!(comes(Duration::from_secs(10), refused), "{}", beside.read("log"));
    beside.write("haproxy.cfg", &good);
    let (status, _) = on_the_command_line(&node, &["services", "publish", "haproxy", "--format", "json"]);
    assert_eq!(status, 0);
    let there = || served_at(beside.port).unwrap() == node.served();
    assert!(comes(Duration::from_secs(5), there), "a worker that is being replaced may answer for a moment");
    assert!(!admin.alarms().contains(&"service-failed-haproxy".to_owned()));
}

#[test]
fn a_reload_that_fails_puts_the_former_files_back_and_reloads_again() {
    let beside = Beside::new();
    let _nginx = beside.nginx();
    let node = beside.node(&beside.service("nginx", NGINX_FILES, &beside.nginx_reload()));
    let admin = node.administrator();
    admin.append(&beside.authority.pem);
    let second = load(&admin, &beside.authority);
    assert_eq!(settled(&admin, "nginx")["state"], "current");
    // Its own configuration is broken: it says so itself.
    beside.write("nginx.conf", &beside.nginx_config("no-such-file.pem"));
    load(&admin, &beside.authority);
    let service = settled(&admin, "nginx");
    assert_eq!(service["state"], "failed", "{service}");
    let message = service["last"]["message"].as_str().unwrap();
    assert!(message.contains("no-such-file.pem") && message.contains("failed in the same way"), "{message}");
    assert_eq!(beside.read("fullchain.pem"), second.certificate);
    assert_eq!(beside.read("key.pem").trim(), beside.read("key.pem.former").trim());
    assert!(beside.serves(&second));
    // It is tried again with the next change, and by itself not before.
    beside.write("nginx.conf", &beside.nginx_config("fullchain.pem"));
    assert_eq!(settled(&admin, "nginx")["state"], "failed");
    let fourth = load(&admin, &beside.authority);
    assert_eq!(settled(&admin, "nginx")["state"], "current");
    assert!(beside.serves(&fourth));
}

#[test]
fn what_cannot_be_written_changes_nothing_and_owners_are_those_named() {
    let beside = Beside::new();
    // Whoever is not root can give a file to nobody but himself.
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    let (owner, ids) = if user.is_root() {
        ("nobody:nogroup".to_owned(), (65534, 65534))
    } else {
        (format!("{}:{}", user.as_raw(), group.as_raw()), (user.as_raw(), group.as_raw()))
    };
    beside.write("blocked", "this is a file");
    let good = beside.path("good.pem");
    let text = format!(
        "[[service]]\nname = \"blocked\"\n[[service.file]]\npath = \"{good}\"\ncontent = \"certificate\"\n\
         [[service.file]]\npath = \"{blocked}/key.pem\"\ncontent = \"key\"\n\
         [[service]]\nname = \"nobody\"\n[[service.file]]\npath = \"{theirs}\"\ncontent = \"key\"\nowner = \"{owner}\"\nmode = \"0440\"\n\
         [[service]]\nname = \"stranger\"\n[[service.file]]\npath = \"{strangers}\"\ncontent = \"chain\"\nowner = \"nobody-of-that-name\"\n",
        good = good.display(),
        blocked = beside.path("blocked").display(),
        owner = owner,
        theirs = beside.path("theirs.pem").display(),
        strangers = beside.path("strangers.pem").display(),
    );
    beside.write("good.pem", "as it was");
    fs::set_permissions(&good, Permissions::from_mode(0o640)).unwrap();
    let node = beside.node(&text);
    let admin = node.administrator();
    admin.append(&beside.authority.pem);
    load(&admin, &beside.authority);
    let blocked = settled(&admin, "blocked");
    assert_eq!(blocked["state"], "failed", "{blocked}");
    assert!(blocked["last"]["message"].as_str().unwrap().contains("Nothing was changed"), "{blocked}");
    assert_eq!((beside.read("good.pem").as_str(), mode(&good)), ("as it was", 0o640));
    let nobody = settled(&admin, "nobody");
    assert_eq!(nobody["state"], "current", "one that fails keeps no other from it: {nobody}");
    let metadata = fs::metadata(beside.path("theirs.pem")).unwrap();
    assert_eq!(((metadata.uid(), metadata.gid()), mode(&beside.path("theirs.pem"))), (ids, 0o440));
    let stranger = settled(&admin, "stranger");
    let message = stranger["last"]["message"].as_str().unwrap();
    assert!(message.contains("'nobody-of-that-name'") && message.contains("no user of that name"), "{message}");
    assert!(!beside.path("strangers.pem").exists());
}

#[test]
fn a_node_that_is_killed_while_a_service_is_reloaded_goes_on_with_it() {
    let beside = Beside::new();
    let (reached, go) = (beside.path("reached"), beside.path("go"));
    // The first reload never ends; those after it do, and fail as long as they are told to.
    beside.write(
        "reload.sh",
        &format!(
            "#!/bin/sh\n[ -e {go} ] && exit \"$(cat {go})\"\ntouch {reached}\nsleep 20\n",
            go = go.display(),
            reached = reached.display()
        ),
    );
    fs::set_permissions(beside.path("reload.sh"), Permissions::from_mode(0o755)).unwrap();
    beside.write("key.pem", "the first key");
    let text = format!(
        "[[service]]\nname = \"slow\"\nreload = [\"{}\"]\n[[service.file]]\npath = \"{}\"\ncontent = \"key\"\n\
         [[service.file]]\npath = \"{}\"\ncontent = \"full-chain\"\n",
        beside.path("reload.sh").display(),
        beside.path("key.pem").display(),
        beside.path("chain.pem").display(),
    );
    let node = beside.node(&text);
    let admin = node.administrator();
    admin.append(&beside.authority.pem);
    let pair = load(&admin, &beside.authority);
    assert!(comes(Duration::from_secs(10), || reached.exists()), "{}", node.log());
    let folder = node.kill();
    assert_eq!(beside.read("chain.pem"), pair.certificate);
    // After the kill its files are the new ones, and it was never reloaded with them. It fails: the first ones come back.
    fs::write(&go, "1").unwrap();
    let node = beside.node_again(folder);
    let admin = node.administrator();
    let slow = settled(&admin, "slow");
    assert_eq!(slow["state"], "failed", "{slow}");
    assert_eq!(beside.read("key.pem"), "the first key", "{slow}");
    assert!(!beside.path("chain.pem").exists(), "there was none: {slow}");
    fs::write(&go, "0").unwrap();
    assert_eq!(on_the_command_line(&node, &["services", "publish", "slow", "--format", "json"]).0, 0);
    assert_eq!(beside.read("chain.pem"), pair.certificate);
}
