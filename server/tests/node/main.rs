//! The binary, started with a data directory and ports of its own, spoken to over real TLS.
//!
//! A file a resource, named as the handler's and the path's; then what concerns the node as a whole.

mod any_chain;
mod support;
mod process;
mod acme_servers;
mod acme;
mod acme_proxy;
mod acme_faults;
mod acme_accounts;
mod acme_orders;
mod acme_command_line;
mod session;
mod check;
mod verify;
mod repair;
mod server_certificate;
mod backup;
mod client_certificate;
mod client_certificate_test;
mod sign_in_settings;
mod removed_trust;
mod csr;
mod import;
mod node_key;
mod trusted_cas;
mod what_breaks;
mod forecast;
mod command_line;
mod crls;
mod security_level;
mod crl_download;
mod ocsp;
mod ocsp_of_clients;
mod services;
mod change;
mod page;
mod policy;
mod redirect;
mod boot;
mod renewal;
mod crash;
mod load;
mod secrets;
