"""A mail server: Debian's aiosmtpd. It keeps each message in a file, `1.eml` and so on, with who was named on the way as its first line. gone@ is
refused for good, grey@ as long as there is no file `known`."""

import asyncio
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

mode, port, certificate, key, folder = sys.argv[1:]
folder = pathlib.Path(folder)


class Keeper:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 nobody is called so"
        if address.startswith("grey@") and not (folder / "known").exists():
            return "450 4.2.0 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        way = f"{envelope.mail_from} {' '.join(envelope.rcpt_tos)} tls={session.ssl is not None or mode == 'implicit'}\n"
        new = folder / "new"
        new.write_bytes(way.encode() + envelope.content)
        new.rename(folder / f"{self.count}.eml")
        return f"250 kept as {self.count}"


def sign_in(server, session, envelope, mechanism, data):
    right = data.login == b"certway" and data.password == b"a mail password"
    # Not handled: the server itself says so.
    return AuthResult(success=right, handled=False)


async def main():
    tls = None
    if mode != "none":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
    keeper = Keeper()
    options = {"hostname": "mail.example.com", "enable_SMTPUTF8": True, "ident": "mail"}
    if mode == "starttls":
        options |= {"tls_context": tls, "require_starttls": True, "authenticator": sign_in, "auth_required": True}
    elif mode == "implicit":
        options |= {"authenticator": sign_in, "auth_required": True, "auth_require_tls": False}
    serve = lambda: SMTP(keeper, **options)
    server = await asyncio.get_running_loop().create_server(
        serve, "127.0.0.1", int(port), ssl=tls if mode == "implicit" else None
    )
    await server.serve_forever()


asyncio.run(main())
