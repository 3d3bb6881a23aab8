//! Which addresses are never connected to, wherever a name or a URL leads.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Fault;

const REFUSED: &str = "this address is never connected to: link-local ones, where clouds keep their machines' secrets, and those of no one machine";
/// Where a large cloud answers about a machine, over IPv6.
const CLOUD: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Names to addresses, without those that are refused: checked when connecting, so that a name cannot change in between.
pub(super) struct Checked;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| !is_refused(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Fault::Url(REFUSED).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// An address in a URL is not resolved, so it is looked at here.
pub(super) fn check_literal(url: &Url) -> Result<(), Fault> {
    match super::host(url).parse::<IpAddr>() {
        Ok(address) if is_refused(address) => Err(Fault::Url(REFUSED)),
        _ => Ok(()),
    }
}

fn is_refused(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_link_local() || address.is_unspecified() || address.is_broadcast() || address.is_multicast()
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local() || address.is_unspecified() || address.is_multicast() || address == CLOUD
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn link_local_addresses_are_refused_in_every_spelling() {
        for refused in [
            "http://169.254.169.254/",
            "http://2852039166/",
            "http://0xa9.254.169.254/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://0.0.0.0/",
            "http://user:secret@example.com/",
            "file:///etc/passwd",
        ] {
            crate::fetch::url(refused).unwrap_err();
        }
        for taken in ["http://10.1.2.3/a.crl", "https://crl.example.com/a.crl", "http://127.0.0.1:8000/"] {
            crate::fetch::url(taken).unwrap();
        }
    }
}
