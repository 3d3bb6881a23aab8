//! What a panel is for: the boxes it has and what its button is called.

use certway_wire::Part;

/// A box of a panel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slot {
    /// The file that is judged.
    File,
    /// The private key that goes with it.
    PrivateKey,
    /// The certificate that a judged key must match.
    Certificate,
    /// The trusted CA list to judge against.
    TrustedCas,
    /// Revocation lists.
    Crl,
}

impl Slot {
    /// Whether the box takes several files.
    pub(crate) fn takes_several(self) -> bool {
        matches!(self, Self::TrustedCas | Self::Crl)
    }
}

/// One box, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BoxText {
    pub(crate) slot: Slot,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
}

/// What a panel sends, and what its button is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Button {
    pub(crate) label: &'static str,
    /// The multipart name of the judged file.
    pub(crate) file_part: &'static str,
}

/// One kind of upload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// A `KIND` of `certway check`.
    pub(crate) kind: &'static str,
    /// The kind, as a person chooses it.
    pub(crate) label: &'static str,
    pub(crate) boxes: &'static [BoxText],
    /// What sends it; *Check* sends nothing.
    pub(crate) button: Option<Button>,
}

const CERTIFICATE: BoxText = BoxText {
    slot: Slot::File,
    label: "Server certificate",
    hint: "PEM. Intermediate certificates may follow in the same file.",
};
const KEY: BoxText = BoxText {
    slot: Slot::PrivateKey,
    label: "Server private key",
    hint: "PEM, not password protected. Not needed if the current key is re-used.",
};
const CHECK_KEY: BoxText =
    BoxText { slot: Slot::PrivateKey, label: "Server private key", hint: "PEM, not password protected." };
const LIST: BoxText = BoxText {
    slot: Slot::TrustedCas,
    label: "Trusted CA list",
    hint: "PEM. Without a file the node's list counts, as this browser last saw it.",
};
const CRL: BoxText = BoxText { slot: Slot::Crl, label: "Revocation list (CRL)", hint: "PEM. May be left out." };

impl Form {
    /// 'Upload new certificate'.
    pub(crate) const SERVER_CERTIFICATE: Self = Self {
        kind: "server-certificate",
        label: "Server certificate",
        boxes: &[CERTIFICATE, KEY],
        button: Some(Button { label: "Upload server certificate data", file_part: "certificate" }),
    };

    /// As the server certificate, for the other end of a connection.
    pub(crate) const CLIENT_CERTIFICATE: Self = Self {
        kind: "client-certificate",
        label: "Client certificate",
        boxes: &[
            BoxText { label: "Client certificate", ..CERTIFICATE },
            BoxText { label: "Client private key", ..KEY },
        ],
        button: Some(Button { label: "Upload client certificate data", file_part: "certificate" }),
    };

    /// 'Append CA certificate'.
    pub(crate) const TRUSTED_CAS: Self = Self {
        kind: "trusted-ca",
        label: "Trusted CA certificates",
        boxes: &[BoxText {
            slot: Slot::File,
            label: "CA certificates",
            hint: "PEM. One file with one or more CA certificates; new ones are appended to the list.",
        }],
        button: Some(Button { label: "Append CA certificate", file_part: "file" }),
    };

    /// 'Upload revocation list (CRL)'.
    pub(crate) const CRLS: Self = Self {
        kind: "crl",
        label: "Revocation list (CRL)",
        boxes: &[BoxText {
            slot: Slot::File,
            label: "Revocation list (CRL)",
            hint: "PEM. One file with one or more lists.",
        }],
        button: Some(Button { label: "Upload revocation list (CRL)", file_part: "file" }),
    };

    /// What *Check* judges, in the order of its chooser.
    pub(crate) const CHECKS: [Self; 4] = [
        Self { boxes: &[CERTIFICATE, CHECK_KEY, LIST, CRL], button: None, ..Self::SERVER_CERTIFICATE },
        Self {
            kind: "private-key",
            label: "Private key",
            boxes: &[
                BoxText { slot: Slot::File, label: "Private key", hint: "PEM, not password protected." },
                BoxText { slot: Slot::Certificate, label: "Its certificate", hint: "PEM. Does the key belong to it?" },
            ],
            button: None,
        },
        Self {
            kind: "trusted-ca",
            label: "Trusted CA certificates",
            boxes: &[
                BoxText { slot: Slot::File, label: "CA certificates", hint: "PEM. One or more CA certificates." },
                LIST,
            ],
            button: None,
        },
        Self {
            kind: "crl",
            label: "Revocation list (CRL)",
            boxes: &[BoxText { slot: Slot::File, label: "Revocation list (CRL)", hint: "PEM." }, LIST],
            button: None,
        },
    ];

    /// The kind of *Check* with that name.
    pub(crate) fn check(kind: &str) -> Option<Self> {
        Self::CHECKS.into_iter().find(|form| form.kind == kind)
    }

    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.boxes.iter().any(|text| text.slot == slot)
    }

    pub(crate) fn label_of(&self, slot: Slot) -> &'static str {
        self.boxes.iter().find(|text| text.slot == slot).map_or("", |text| text.label)
    }

    /// The box that holds what a finding is about.
    pub(crate) fn slot_of(&self, part: Part) -> Slot {
        match (part, self.kind) {
            (Part::Certificate, "private-key") => Slot::Certificate,
            (Part::PrivateKey, "private-key") => Slot::File,
            (Part::PrivateKey, _) => Slot::PrivateKey,
            (Part::TrustedCa, kind) if kind != "trusted-ca" => Slot::TrustedCas,
            (Part::Crl, kind) if kind != "crl" => Slot::Crl,
            (Part::Certificate | Part::TrustedCa | Part::Crl | Part::Csr, _) => Slot::File,
        }
    }

    /// The box for a file that looks like `content`, dropped into `wanted` or anywhere.
    pub(super) fn slot_for(&self, content: super::sniff::Content, wanted: Option<Slot>) -> Slot {
        use super::sniff::Content;
        let dropped = wanted.unwrap_or(Slot::File);
        let fits = match (content, self.kind) {
            (Content::PrivateKey, "private-key") | (Content::Crl, "crl") => Slot::File,
            (Content::PrivateKey, _) => Slot::PrivateKey,
            (Content::Crl, _) => Slot::Crl,
            (Content::Public, "private-key") => Slot::Certificate,
            (Content::Public, _) if matches!(dropped, Slot::PrivateKey | Slot::Crl) => Slot::File,
            (Content::Public | Content::Mixed, _) => dropped,
        };
        if self.has(fits) { fits } else { dropped }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sniff::Content;
    use super::{Form, Slot};

    #[test]
    fn a_file_in_the_wrong_box_is_put_into_the_right_one() {
        let server = Form::SERVER_CERTIFICATE;
        assert_eq!(server.slot_for(Content::PrivateKey, Some(Slot::File)), Slot::PrivateKey);
        assert_eq!(server.slot_for(Content::Public, Some(Slot::PrivateKey)), Slot::File);
        assert_eq!(server.slot_for(Content::Mixed, Some(Slot::PrivateKey)), Slot::PrivateKey);
        assert_eq!(server.slot_for(Content::Crl, None), Slot::File);
        let key = Form::CHECKS[1];
        assert_eq!(key.slot_for(Content::PrivateKey, Some(Slot::Certificate)), Slot::File);
        assert_eq!(key.slot_for(Content::Public, None), Slot::Certificate);
        let check = Form::CHECKS[0];
        assert_eq!(check.slot_for(Content::Public, Some(Slot::TrustedCas)), Slot::TrustedCas);
        assert_eq!(check.slot_for(Content::Crl, Some(Slot::TrustedCas)), Slot::Crl);
    }
}
