"""Writes the cases of `verify/` in the format of README.md."""

from case import FOLDER, part_text, value_text
from x509 import AT

written = {}


def pem_of(made):
    return made if isinstance(made, (bytes, str)) else made.pem()


def verify(name, why, source, leaf, trusted, untrusted=(), crls=(), rules=(), *, at=AT, purpose=None, peer=None,
           policies=(), flags=(), strict=False, most=None):
    """A rule is its name, or its name and a text that must occur in the reason."""
    assert name not in written, name
    assert "\n" not in why and why.endswith("."), name
    rules = [rule if isinstance(rule, tuple) else (rule,) for rule in rules]
    assert all(name.startswith(f"{rule[0]}-") for rule in rules[:1]), name
    optional = [("purpose", purpose), ("name", peer), ("policies", " ".join(policies)), ("flags", " ".join(flags)),
                ("profile", "strict" if strict else None), ("max-intermediates", most)]
    text = (f"why: {why}\nsource: {source}\nat: {at}\n"
            + "".join(f"{key}: {value}\n" for key, value in optional if value not in (None, ""))
            + f"verdict: {'refused' if rules else 'valid'}\nrules:\n"
            + "".join(f"  {rule}" + "".join(f" mentions={value_text(text)}" for text in mentions) + "\n"
                      for rule, *mentions in rules)
            + part_text("leaf", pem_of(leaf))
            + "".join(part_text(kind, pem_of(made)) for kind, all_made in
                      (("trusted", trusted), ("untrusted", untrusted), ("crl", crls)) for made in all_made))
    written[name] = text
    (FOLDER / "verify").mkdir(exist_ok=True)
    (FOLDER / "verify" / f"{name}.case").write_text(text)
