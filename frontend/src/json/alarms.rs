//! How a node's alarms are read, and how they go out to people.

use certway_wire::alarms::{Acknowledgement, Alarm, ExpiryWarnings};
use certway_wire::delivery::{
    AlarmSeverity, Channel, Delivery, DeliveryRecord, DeliveryState, DeliveryTest, Roots, Smtp, SmtpTls, Syslog,
    SyslogTransport, Webhook,
};

use super::{fields, words};

fields!(Alarm { id, number, severity, message, remedy, raised_at, acknowledged });
fields!(Acknowledgement { by, at, note });
fields!(ExpiryWarnings { server_certificate, client_certificate, ca_certificates, crls });
fields!(Delivery { smtp, webhook, syslog, has_smtp_password, has_webhook_secret });
fields!(Smtp { host, port, tls, roots, user, from, to, least });
fields!(Webhook { url, roots, least });
fields!(Syslog { host, port, transport, roots, least });
words!(Channel { "smtp" = Smtp, "webhook" = Webhook, "syslog" = Syslog });
words!(AlarmSeverity { "notice" = Notice, "warning" = Warning, "alert" = Alert, "critical" = Critical });
words!(Roots { "trusted-cas" = TrustedCas, "system" = System });
words!(SmtpTls { "starttls" = Starttls, "implicit" = Implicit, "none" = None });
words!(SyslogTransport { "tls" = Tls, "tcp" = Tcp, "udp" = Udp });
fields!(DeliveryTest { ok, message });
fields!(DeliveryRecord {
    number,
    channel,
    what,
    alarm,
    severity,
    message,
    made_at,
    state,
    attempts,
    tried_at,
    next_at,
    outcome
});
words!(DeliveryState { "waiting" = Waiting, "sent" = Sent, "failed" = Failed, "dropped" = Dropped });

#[cfg(test)]
mod tests {
    use certway_wire::alarms::{Alarm, ExpiryWarnings};
    use certway_wire::delivery::{Delivery, DeliveryRecord, DeliveryTest};
    use serde::Serialize;

    use crate::json::FromJson;

    /// What is read is what was written.
    #[track_caller]
    fn check<T: FromJson + Serialize>(text: &str) {
        let read: T = crate::json::read(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn what_a_node_says_of_its_alarms_is_read_too() {
        for (number, acknowledged) in [("null", "null"), ("40068", r#"{"by":"admin","at":"t","note":"n"}"#)] {
            check::<Vec<Alarm>>(&format!(
                r#"[{{"id":"i","number":{number},"severity":"alert","message":"m","remedy":"r","raised_at":"t","acknowledged":{acknowledged}}}]"#
            ));
        }
        check::<ExpiryWarnings>(
            r#"{"server_certificate":[60,1],"client_certificate":[],"ca_certificates":[30],"crls":[7]}"#,
        );
    }

    #[test]
    fn how_alarms_are_delivered_is_read_too() {
        check::<Delivery>(
            r#"{"smtp":null,"webhook":null,"syslog":null,"has_smtp_password":false,"has_webhook_secret":false}"#,
        );
        for (tls, transport, roots, least) in [
            ("starttls", "tls", "trusted-cas", "notice"),
            ("implicit", "tcp", "system", "warning"),
            ("none", "udp", "system", "alert"),
            ("none", "udp", "system", "critical"),
        ] {
            let common = format!(r#""roots":"{roots}""#);
            check::<Delivery>(&format!(
                r#"{{"smtp":{{"host":"h","port":25,"tls":"{tls}",{common},"user":null,"from":"f","to":["a"],"least":"{least}"}},"webhook":{{"url":"u",{common},"least":"{least}"}},"syslog":{{"host":"h","port":514,"transport":"{transport}",{common},"least":"{least}"}},"has_smtp_password":true,"has_webhook_secret":true}}"#
            ));
        }
        check::<DeliveryTest>(r#"{"ok":false,"message":"m"}"#);
        for (channel, state) in [("smtp", "waiting"), ("webhook", "sent"), ("syslog", "failed"), ("syslog", "dropped")]
        {
            check::<Vec<DeliveryRecord>>(&format!(
                r#"[{{"number":1,"channel":"{channel}","what":"raised","alarm":"a","severity":"alert","message":"m","made_at":"t","state":"{state}","attempts":2,"tried_at":null,"next_at":"t","outcome":"o"}}]"#
            ));
        }
    }
}
