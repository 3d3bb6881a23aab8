//! Nodes as a cluster: what they share lies in etcd.

pub(crate) mod etcd;
