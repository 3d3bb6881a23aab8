//! DER as it is written, well-formed or not.

pub(crate) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        Ok(short) => out.extend([0x81, short]),
        Err(_) => {
            let long = u16::try_from(length).expect("no certificate here is longer").to_be_bytes();
            out.extend([0x82, long[0], long[1]]);
        }
    }
    out.extend_from_slice(contents);
    out
}

pub(crate) fn sequence(fields: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &fields.concat())
}

pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().expect("an arc")).collect();
    let mut out = Vec::new();
    for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        let septets = (32 - arc.max(1).leading_zeros()).div_ceil(7);
        for place in (0..septets).rev() {
            let septet = u8::try_from((arc >> (7 * place)) & 0x7f).expect("seven bits");
            out.push(if place > 0 { septet | 0x80 } else { septet });
        }
    }
    tlv(6, &out)
}

pub(crate) fn integer(value: u8) -> Vec<u8> {
    if value < 0x80 { vec![2, 1, value] } else { vec![2, 2, 0, value] }
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    vec![1, 1, if value { 0xff } else { 0 }]
}

pub(crate) fn bits(contents: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], contents].concat())
}

/// A name of some attributes: OID, tag of the value, value.
pub(crate) fn name(attributes: &[(&str, u8, String)]) -> Vec<u8> {
    let rdn = |(kind, tag, text): &(&str, u8, String)| tlv(0x31, &sequence(&[oid(kind), tlv(*tag, text.as_bytes())]));
    sequence(&attributes.iter().map(rdn).collect::<Vec<_>>())
}
