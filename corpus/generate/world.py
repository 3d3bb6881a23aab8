"""The CAs that most cases share."""

import keys
from case import shared
from x509 import ca, leaf

ROOT = ca("Example Root CA", "p256-root")
ISSUING = ca("Example Issuing CA", "p256-issuing", ROOT, path_length=0)
RSA_ROOT = ca("Example RSA Root CA", "rsa2048-root")
OTHER_ROOT = ca("Other Root CA", "p256-other", subject=[("C", "GB"), ("O", "Other Ltd"), ("CN", "Other Root CA")])

LIST = shared("list.pem", ROOT, ISSUING, RSA_ROOT)
ROOT_ONLY = shared("root.pem", ROOT)
ISSUING_ONLY = shared("issuing.pem", ISSUING)
OTHER_ONLY = shared("other-root.pem", OTHER_ROOT)

GOOD = leaf(ISSUING)
KEY = keys.key("p256-leaf")
SHARED_KEY = shared("leaf.key", KEY)


def upload(made, key=SHARED_KEY, trusted=(LIST,), **more):
    """The parts of an upload: certificate, key (None for none), trusted CA files, and what else is named."""
    file = made if isinstance(made, (bytes, str)) else made.pem()
    parts = [("file", file)] + ([("key", key)] if key is not None else [])
    parts += [("trusted", name if isinstance(name, (bytes, str)) else name.pem()) for name in trusted]
    for name, bodies in more.items():
        parts += [(name.replace("_", "-"), body) for body in (bodies if isinstance(bodies, list) else [bodies])]
    return parts


def pem_list(*certificates):
    return b"".join(made.pem() for made in certificates)
