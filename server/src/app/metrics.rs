//! What the node counts, in Prometheus' text format. No names, no secrets.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Everything that is counted since the node started.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) handshakes: Counter,
    pub(crate) handshakes_failed: Counter,
    pub(crate) connections_turned_away: Counter,
    pub(crate) requests: Counter,
    pub(crate) requests_refused: Counter,
    pub(crate) requests_failed: Counter,
    pub(crate) sign_ins: Counter,
    pub(crate) sign_ins_refused: Counter,
    pub(crate) uploads_accepted: Counter,
    pub(crate) uploads_refused: Counter,
    pub(crate) loads: Counter,
}

/// What is the case when somebody asks.
pub(crate) struct Gauges {
    pub(crate) active_not_after: i64,
    pub(crate) client_not_after: i64,
    /// Of the CA that ends first, and of the revocation list, if there is one.
    pub(crate) first_ca_not_after: Option<i64>,
    pub(crate) first_crl_next_update: Option<i64>,
    /// How many are raised of each severity.
    pub(crate) alarms: [(&'static str, usize); 4],
    pub(crate) alarms_open: usize,
    pub(crate) deliveries_waiting: i64,
    pub(crate) trusted_cas: usize,
    pub(crate) pending: bool,
}

impl Metrics {
    /// Prometheus' text format, version 0.0.4.
    pub(crate) fn text(&self, gauges: &Gauges) -> String {
        let counters = [
            ("tls_handshakes_total", "TLS handshakes completed.", &self.handshakes),
            ("tls_handshakes_failed_total", "TLS handshakes that failed or took too long.", &self.handshakes_failed),
            ("connections_turned_away_total", "Connections above the cap.", &self.connections_turned_away),
            ("http_requests_total", "Requests answered.", &self.requests),
            ("http_requests_refused_total", "Requests answered with a 4xx status.", &self.requests_refused),
            ("http_requests_failed_total", "Requests answered with a 5xx status.", &self.requests_failed),
            ("sign_ins_total", "Sign-ins.", &self.sign_ins),
            ("sign_ins_refused_total", "Sign-ins refused.", &self.sign_ins_refused),
            ("uploads_accepted_total", "Uploads stored.", &self.uploads_accepted),
            ("uploads_refused_total", "Uploads refused.", &self.uploads_refused),
            ("certificate_loads_total", "Server certificates loaded.", &self.loads),
        ];
        let first = [
            ("first_ca_not_after_seconds", "End of the CA certificate that ends first.", gauges.first_ca_not_after),
            (
                "first_crl_next_update_seconds",
                "End of the revocation list that ends first.",
                gauges.first_crl_next_update,
            ),
        ];
        let by_severity = gauges.alarms;
        let gauges = [
            ("certificate_not_after_seconds", "End of the active certificate.", gauges.active_not_after.to_string()),
            (
                "client_certificate_not_after_seconds",
                "End of the active client certificate.",
                gauges.client_not_after.to_string(),
            ),
            (
                "certificate_pending",
                "Whether a certificate is stored, not loaded.",
                u8::from(gauges.pending).to_string(),
            ),
            ("alarms_unacknowledged", "Alarms that nobody has taken note of.", gauges.alarms_open.to_string()),
            (
                "alarm_messages_waiting",
                "Messages about alarms that are not delivered yet.",
                gauges.deliveries_waiting.to_string(),
            ),
            ("trusted_cas", "Certificates in the trusted CA list.", gauges.trusted_cas.to_string()),
        ];
        let mut text = String::new();
        for (name, help, counter) in counters {
            write_metric(&mut text, name, help, "counter", &counter.value().to_string());
        }
        for (name, help, value) in gauges {
            write_metric(&mut text, name, help, "gauge", &value);
        }
        for (name, help, value) in first.into_iter().filter_map(|(name, help, value)| Some((name, help, value?))) {
            write_metric(&mut text, name, help, "gauge", &value.to_string());
        }
        text.push_str("# HELP certway_alarms Alarms that are raised.\n# TYPE certway_alarms gauge\n");
        for (severity, count) in by_severity {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "certway_alarms{{severity=\"{severity}\"}} {count}");
        }
        text
    }
}

fn write_metric(text: &mut String, name: &str, help: &str, kind: &str, value: &str) {
    // Writing into a String cannot fail.
    let _ = write!(text, "# HELP certway_{name} {help}\n# TYPE certway_{name} {kind}\ncertway_{name} {value}\n");
}
