//! How a node's alarms are read.

use certway_wire::alarms::{Acknowledgement, Alarm};

use super::fields;

fields!(Alarm { id, number, severity, message, remedy, raised_at, acknowledged });
fields!(Acknowledgement { by, at, note });

#[cfg(test)]
mod tests {
    use certway_wire::alarms::Alarm;

    #[test]
    fn what_a_node_says_of_its_alarms_is_read_too() {
        let alarm = |number: &str, acknowledged: &str| {
            format!(
                r#"[{{"id":"i","number":{number},"severity":"alert","message":"m","remedy":"r","raised_at":"t","acknowledged":{acknowledged}}}]"#
            )
        };
        for (number, acknowledged) in [("null", "null"), ("40068", r#"{"by":"admin","at":"t","note":"n"}"#)] {
            let text = alarm(number, acknowledged);
            let read: Vec<Alarm> = crate::json::read(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }
}
