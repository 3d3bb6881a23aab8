#!/usr/bin/env python3
"""Writes the files that administrators bring, with the tools that they bring them from, and what a repair must make of
each: python3 corpus/repair/generate.py

Needs openssl 3, keytool, ssh-keygen, puttygen and pk12util. All keys are new with every run, public, and worth nothing.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PASS = "correct horse"
WORLDLY = "gr\u00fcn \u20ac \U0001f511"
CASES = []


def run(*words, data=None):
    env = {**os.environ, "LC_ALL": "C.UTF-8", "RANDFILE": "/dev/null"}
    done = subprocess.run(words, cwd=HERE, input=data, capture_output=True, env=env)
    if done.returncode:
        raise SystemExit(f"{words}: {done.stderr.decode()}")
    return done.stdout


def read(name):
    return (HERE / name).read_bytes()


def write(name, data):
    (HERE / name).write_bytes(data)
    return name


def der(name):
    lines = [line for line in read(name).splitlines() if not line.startswith(b"-----")]
    return base64.b64decode(b"".join(lines))


def case(name, files, **wanted):
    CASES.append({"name": name, "files": files, **wanted})


def certificate(name, subject, key, issuer, extensions, serial):
    request = run("openssl", "req", "-new", "-key", key, "-subj", subject)
    signer = ["-key", key] if issuer is None else ["-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key"]
    with tempfile.NamedTemporaryFile("w", suffix=".ext") as file:
        file.write("\n".join(extensions) + "\n")
        file.flush()
        words = ["openssl", "x509", "-req", "-days", "7300", "-set_serial", str(serial), "-extfile", file.name]
        words += ["-signkey", key] if issuer is None else signer
        write(f"{name}.crt", run(*words, data=request))


def world():
    for name in ["root.key", "intermediate.key", "ec.key", "other.key"]:
        write(name, run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
    write("rsa.key", run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"))
    ca = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"]
    below = ["authorityKeyIdentifier=keyid"]
    certificate("root", "/O=Repair/CN=Repair Root", "root.key", None, ca, 1)
    certificate("intermediate", "/O=Repair/CN=Repair Issuing", "intermediate.key", "root", ca + below, 2)
    leaf = below + [
        "basicConstraints=CA:FALSE",
        "keyUsage=critical,digitalSignature,keyEncipherment",
        "extendedKeyUsage=serverAuth,clientAuth",
        "subjectAltName=DNS:expe1.example.com",
        "authorityInfoAccess=caIssuers;URI:http://ca.example.com/issuing.crt",
    ]
    certificate("rsa", "/O=Repair/CN=expe1.example.com", "rsa.key", "intermediate", leaf, 3)
    certificate("ec", "/O=Repair/CN=expe2.example.com", "ec.key", "intermediate", leaf, 4)


def forms():
    full = {"certificate": ["rsa.crt", "intermediate.crt"], "private_key": "rsa.key"}
    lists = {"trusted_cas": ["root.crt", "intermediate.crt"]}
    chain = read("rsa.crt") + read("intermediate.crt")
    write("chain.pem", chain)
    case("nothing to do", ["chain.pem", "rsa.key"], trusted=["root.crt", "intermediate.crt"],
         outcome="nothing-to-do", steps=[], **full)
    everything = read("root.crt") + read("rsa.key") + read("intermediate.crt") + read("rsa.crt")
    write("everything.pem", everything)
    case("one file with everything", ["everything.pem"], steps=["root-removed-from-chain", "chain-reordered", "taken-apart"],
         outcome="repaired", **full, **lists)
    write("wrong-order.pem", read("intermediate.crt") + read("rsa.crt"))
    case("wrong order", ["wrong-order.pem"], trusted=["root.crt", "intermediate.crt"], steps=["chain-reordered"],
         outcome="repaired", certificate=full["certificate"])
    write("with-root.pem", chain + read("root.crt"))
    case("root in the chain", ["with-root.pem"], trusted=["root.crt", "intermediate.crt"],
         steps=["root-removed-from-chain"], outcome="repaired", certificate=full["certificate"])
    write("duplicates.pem", read("rsa.crt") + chain + read("intermediate.crt"))
    case("duplicates", ["duplicates.pem"], trusted=["root.crt"], steps=["duplicates-removed"], outcome="repaired",
         certificate=full["certificate"], trusted_cas=["intermediate.crt"])
    case("chain in files of its own", ["rsa.crt", "intermediate.crt", "root.crt", "rsa.key"], steps=["chain-completed"],
         outcome="repaired", **full, **lists)
    write("rsa.der", der("rsa.crt"))
    case("a certificate in DER", ["rsa.der", "intermediate.crt"], trusted=["root.crt", "intermediate.crt"],
         steps=["der-to-pem", "chain-completed"], outcome="repaired", certificate=full["certificate"])
    write("rsa-key.der", run("openssl", "pkey", "-in", "rsa.key", "-outform", "DER"))
    case("a key in DER", ["rsa-key.der"], steps=["pkcs1-to-pkcs8", "der-to-pem"], outcome="repaired", private_key="rsa.key")
    write("pkcs8.der", run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "ec.key", "-outform", "DER"))
    case("a PKCS#8 key in DER", ["pkcs8.der"], steps=["der-to-pem"], outcome="repaired", private_key="ec.key")
    for encoding, mark in [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]:
        write(f"{encoding}.pem", mark + chain.decode().replace("\n", "\r\n").encode(encoding))
        case(f"{encoding} with a byte order mark", [f"{encoding}.pem"], trusted=["root.crt", "intermediate.crt"],
             steps=["utf16-to-utf8"], outcome="repaired", certificate=full["certificate"])
    write("utf-16-no-mark.pem", chain.decode().encode("utf-16-le"))
    case("utf-16 without a byte order mark", ["utf-16-no-mark.pem"], trusted=["root.crt", "intermediate.crt"],
         steps=["utf16-to-utf8"], outcome="repaired", certificate=full["certificate"])
    write("bom.pem", b"\xef\xbb\xbf" + chain)
    case("a byte order mark", ["bom.pem"], trusted=["root.crt", "intermediate.crt"], steps=["byte-order-mark-removed"],
         outcome="repaired", certificate=full["certificate"])
    write("no-newline.pem", chain.rstrip())
    case("no final newline", ["no-newline.pem"], trusted=["root.crt", "intermediate.crt"], steps=["final-newline-added"],
         outcome="repaired", certificate=full["certificate"])
    write("bare.txt", base64.encodebytes(der("rsa.crt")))
    case("base64 without a frame", ["bare.txt", "intermediate.crt"], trusted=["root.crt", "intermediate.crt"],
         steps=["frame-added", "chain-completed"], outcome="repaired", certificate=full["certificate"])
    write("x509-label.pem", read("rsa.crt").replace(b" CERT", b" X509 CERT"))
    case("an old label", ["x509-label.pem", "intermediate.crt"], trusted=["root.crt", "intermediate.crt"],
         steps=["label-corrected", "chain-completed"], outcome="repaired", certificate=full["certificate"])
    write("trusted.pem", run("openssl", "x509", "-in", "rsa.crt", "-trustout", "-addtrust", "serverAuth"))
    case("OpenSSL's trusted certificate", ["trusted.pem", "intermediate.crt"], trusted=["root.crt", "intermediate.crt"],
         steps=["label-corrected", "chain-completed"], outcome="repaired", certificate=full["certificate"])
    write("rsa-pkcs1.key", run("openssl", "pkey", "-in", "rsa.key", "-traditional"))
    case("PKCS#1", ["rsa-pkcs1.key"], steps=["pkcs1-to-pkcs8"], outcome="repaired", private_key="rsa.key")
    write("ec-sec1.key", run("openssl", "ecparam", "-name", "prime256v1") + run("openssl", "pkey", "-in", "ec.key", "-traditional"))
    case("SEC1 with its parameters", ["ec-sec1.key"], steps=["sec1-to-pkcs8"], outcome="repaired", private_key="ec.key")
    write("request.pem", run("openssl", "req", "-new", "-key", "ec.key", "-subj", "/CN=expe2.example.com"))
    case("a request beside its certificate", ["request.pem", "ec.crt", "intermediate.crt"],
         trusted=["root.crt", "intermediate.crt"], steps=["chain-completed"], outcome="repaired",
         certificate=["ec.crt", "intermediate.crt"], csr="request.pem")
    write("bundle.p7b", run("openssl", "crl2pkcs7", "-nocrl", "-certfile", "with-root.pem", "-outform", "DER"))
    write("bundle-pem.p7b", run("openssl", "crl2pkcs7", "-nocrl", "-certfile", "with-root.pem"))
    for name in ["bundle.p7b", "bundle-pem.p7b"]:
        case(f"PKCS#7, {name}", [name], steps=["pkcs7-opened", "root-removed-from-chain"], outcome="repaired",
             certificate=full["certificate"], **lists)
    signed = run("openssl", "cms", "-sign", "-signer", "rsa.crt", "-inkey", "rsa.key", "-certfile", "intermediate.crt",
                 "-outform", "DER", "-stream", "-nodetach", "-binary", data=b"signed")
    write("signed.p7b", signed)
    case("PKCS#7 in BER", ["signed.p7b"], trusted=["root.crt", "intermediate.crt"], steps=["pkcs7-opened"],
         outcome="repaired", certificate=full["certificate"])


def stores():
    export = ["openssl", "pkcs12", "-export", "-inkey", "rsa.key", "-in", "rsa.crt", "-certfile", "intermediate.crt"]
    files = {
        "modern": [],
        "legacy-rc2-40": ["-legacy"],
        "legacy-3des": ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"],
        "legacy-2des": ["-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-RC2-128"],
        "aes-128": ["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "sha512", "-iter", "100000"],
        "no-mac": ["-nomac"],
        "clear-certificates": ["-certpbe", "NONE"],
    }
    opened = {"certificate": ["rsa.crt", "intermediate.crt"], "private_key": "rsa.key", "trusted": ["root.crt", "intermediate.crt"],
              "steps": ["pkcs12-opened"], "outcome": "repaired"}
    for name, words in files.items():
        write(f"{name}.p12", run(*export, *words, "-passout", f"pass:{PASS}"))
        case(f"PKCS#12 {name}", [f"{name}.p12"], passphrase=PASS, **opened)
        case(f"PKCS#12 {name}, wrong passphrase", [f"{name}.p12"], passphrase="wrong", steps=[],
             problems=["passphrase-wrong"], outcome="cannot-be-repaired")
        case(f"PKCS#12 {name}, no passphrase", [f"{name}.p12"], steps=[], problems=["passphrase-needed"],
             outcome="cannot-be-repaired")
    for name, words in {"empty": [], "empty-legacy": ["-legacy"]}.items():
        write(f"{name}.p12", run(*export, *words, "-passout", "pass:"))
        case(f"PKCS#12 with an empty passphrase, {name}", [f"{name}.p12"], **opened)
    for name, words in {"worldly": [], "worldly-legacy": ["-legacy"]}.items():
        write(f"{name}.p12", run(*export, *words, "-passout", f"pass:{WORLDLY}"))
        case(f"PKCS#12 with a worldly passphrase, {name}", [f"{name}.p12"], passphrase=WORLDLY, **opened)
    changed = bytearray(read("modern.p12"))
    changed[-40] ^= 1
    write("changed-mac.p12", bytes(changed))
    case("PKCS#12 with a changed MAC", ["changed-mac.p12"], passphrase=PASS, steps=[], problems=["damaged"],
         outcome="cannot-be-repaired")
    write("pbmac1.p12", with_pbmac1(read("modern.p12")))
    case("PKCS#12 with PBMAC1", ["pbmac1.p12"], passphrase=PASS, **opened)
    case("PKCS#12 with PBMAC1, wrong passphrase", ["pbmac1.p12"], passphrase="wrong", steps=[],
         problems=["passphrase-wrong"], outcome="cannot-be-repaired")
    write("modern.p12.pem", b"-----BEGIN PKCS12-----\n" + base64.encodebytes(read("modern.p12")) + b"-----END PKCS12-----\n")
    case("PKCS#12 in PEM", ["modern.p12.pem"], passphrase=PASS, **opened)
    java(opened)
    firefox(opened)


def value(tag, *parts):
    contents = b"".join(parts)
    size = len(contents)
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([size]) if size < 128 else bytes([0x80 | len(digits)]) + digits) + contents


def elements(contents):
    """The values of some DER, as (whole, contents)."""
    while contents:
        length, start = contents[1], 2
        if length >= 128:
            start += length & 127
            length = int.from_bytes(contents[2:start], "big")
        yield contents[:start + length], contents[start:start + length]
        contents = contents[start + length:]


def with_pbmac1(store):
    """The store with a MAC as RFC 9579 has it, which this openssl does not write yet."""
    version, content_info, _ = [whole for whole, _ in elements(next(elements(store))[1])]
    _, (_, wrapped) = elements(next(elements(content_info))[1])
    safe = next(elements(wrapped))[1]
    salt, sha512 = b"saltsalt", value(0x30, value(6, bytes.fromhex("2a864886f70d020b")), value(5))
    sha256 = value(0x30, value(6, bytes.fromhex("2a864886f70d0209")), value(5))
    key = hashlib.pbkdf2_hmac("sha512", PASS.encode(), salt, 2048, 32)
    kdf = value(0x30, value(4, salt), value(2, b"\x08\x00"), value(2, b"\x20"), sha512)
    kdf = value(0x30, value(6, bytes.fromhex("2a864886f70d01050c")), kdf)
    pbmac1 = value(0x30, value(6, bytes.fromhex("2a864886f70d01050e")), value(0x30, kdf, sha256))
    code = hmac.digest(key, safe, "sha256")
    mac = value(0x30, value(0x30, pbmac1, value(4, code)), value(4, b"NOT USED"), value(2, b"\x01"))
    return value(0x30, version, content_info, mac)


def java(opened):
    store = HERE / "java.p12"
    store.unlink(missing_ok=True)
    run("keytool", "-importkeystore", "-srckeystore", "modern.p12", "-srcstoretype", "PKCS12", "-srcstorepass", PASS,
        "-destkeystore", "java.p12", "-deststoretype", "PKCS12", "-deststorepass", PASS, "-noprompt")
    case("PKCS#12 of Java", ["java.p12"], passphrase=PASS, **opened)
    (HERE / "java.jks").unlink(missing_ok=True)
    run("keytool", "-importkeystore", "-srckeystore", "modern.p12", "-srcstoretype", "PKCS12", "-srcstorepass", PASS,
        "-destkeystore", "java.jks", "-deststoretype", "JKS", "-deststorepass", PASS, "-destkeypass", PASS, "-noprompt")
    case("a Java key store", ["java.jks"], steps=[], problems=["java-key-store"], outcome="cannot-be-repaired",
         mentions=["keytool -importkeystore"])
    (HERE / "java-trust.p12").unlink(missing_ok=True)
    for name in ["root", "intermediate"]:
        run("keytool", "-importcert", "-alias", name, "-file", f"{name}.crt", "-keystore", "java-trust.p12", "-storetype",
            "PKCS12", "-storepass", PASS, "-noprompt")
    case("a trust store of Java", ["java-trust.p12"], passphrase=PASS, steps=["pkcs12-opened"], outcome="repaired",
         trusted_cas=["root.crt", "intermediate.crt"])


def firefox(opened):
    """NSS writes BER, with lengths that are not definite and octet strings in pieces."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["-d", f"sql:{folder}"]
        run("certutil", "-N", "--empty-password", *words)
        run("pk12util", "-i", "modern.p12", "-W", PASS, *words)
        nickname = run("certutil", "-L", *words).decode().splitlines()
        nickname = next(line for line in nickname if line.rstrip().endswith("u,u,u")).rsplit(None, 1)[0].strip()
        run("pk12util", "-o", str(HERE / "firefox.p12"), "-n", nickname, "-W", PASS, *words)
    case("PKCS#12 of NSS", ["firefox.p12"], passphrase=PASS, **opened)


def keys():
    pkcs8 = {
        "pbes2-sha1-3des": ["-v2", "des3", "-v2prf", "hmacWithSHA1"],
        "pbes2-sha256-aes256": ["-v2", "aes-256-cbc"],
        "pbes2-sha512-aes128": ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"],
        "pbes2-sha384-aes192": ["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA384"],
        "pbes2-sha224-des": ["-v2", "des", "-v2prf", "hmacWithSHA224"],
        "pbes2-rc2": ["-v2", "rc2", "-v2prf", "hmacWithSHA256"],
        "pbes2-rc2-40": ["-v2", "rc2-40-cbc", "-v2prf", "hmacWithSHA256"],
        "scrypt": ["-scrypt"],
        "scrypt-three-runs": ["-scrypt", "-scrypt_N", "16384", "-scrypt_r", "8", "-scrypt_p", "3"],
        "iterations-600000": ["-v2", "aes-256-cbc", "-iter", "600000"],
        "pbes1-md5-des": ["-v1", "PBE-MD5-DES"],
        "pbes1-sha1-des": ["-v1", "PBE-SHA1-DES"],
        "pbes1-md5-rc2": ["-v1", "PBE-MD5-RC2-64"],
        "pbes1-sha1-rc2": ["-v1", "PBE-SHA1-RC2-64"],
        "pbes1-sha1-3des": ["-v1", "PBE-SHA1-3DES"],
        "pbes1-sha1-2des": ["-v1", "PBE-SHA1-2DES"],
        "pbes1-sha1-rc2-40": ["-v1", "PBE-SHA1-RC2-40"],
        "pbes1-sha1-rc2-128": ["-v1", "PBE-SHA1-RC2-128"],
    }
    providers = ["-provider", "default", "-provider", "legacy"]
    for name, words in pkcs8.items():
        write(f"{name}.key", run("openssl", "pkcs8", "-topk8", "-in", "ec.key", *words, *providers, "-passout", f"pass:{PASS}"))
        opens(name, "ec.key", ["key-decrypted"])
    write("worldly.key", run("openssl", "pkcs8", "-topk8", "-in", "ec.key", "-passout", f"pass:{WORLDLY}"))
    case("a worldly passphrase", ["worldly.key"], passphrase=WORLDLY, steps=["key-decrypted"], outcome="repaired",
         private_key="ec.key")
    write("encrypted.der", run("openssl", "pkcs8", "-topk8", "-in", "rsa.key", "-outform", "DER", "-passout", f"pass:{PASS}"))
    case("an encrypted key in DER", ["encrypted.der"], passphrase=PASS, steps=["key-decrypted"], outcome="repaired",
         private_key="rsa.key")
    for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc", "des-cbc"]:
        words = ["-passout", f"pass:{PASS}", *providers]
        write(f"headers-{cipher}.key", run("openssl", "rsa", "-in", "rsa.key", f"-{cipher}", "-traditional", *words))
        opens(f"headers-{cipher}", "rsa.key", ["key-decrypted", "pkcs1-to-pkcs8"])
    write("headers-ec.key", run("openssl", "ec", "-in", "ec.key", "-aes-256-cbc", "-passout", f"pass:{PASS}"))
    opens("headers-ec", "ec.key", ["key-decrypted", "sec1-to-pkcs8"])
    case("a store and a key that share a passphrase", ["modern.p12", "headers-aes-256-cbc.key"], passphrase=PASS,
         steps=["pkcs12-opened", "key-decrypted", "pkcs1-to-pkcs8"], outcome="repaired", private_key="rsa.key",
         certificate=["rsa.crt", "intermediate.crt"], trusted=["root.crt", "intermediate.crt"])


def opens(name, key, steps):
    case(f"{name}", [f"{name}.key"], passphrase=PASS, steps=steps, outcome="repaired", private_key=key)
    case(f"{name}, wrong passphrase", [f"{name}.key"], passphrase="wrong", steps=[], problems=["passphrase-wrong"],
         outcome="cannot-be-repaired")
    case(f"{name}, no passphrase", [f"{name}.key"], steps=[], problems=["passphrase-needed"], outcome="cannot-be-repaired")


def beyond():
    """What cannot be repaired, and who can help."""
    for name in ["openssh", "openssh-locked"]:
        (HERE / name).unlink(missing_ok=True)
    run("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", "openssh", "-C", "")
    (HERE / "openssh.pub").rename(HERE / "ssh-public-key.pub")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", PASS, "-f", "openssh-locked", "-C", "")
    (HERE / "openssh-locked.pub").unlink()
    for name in ["openssh", "openssh-locked"]:
        case(name, [name], steps=[], problems=["openssh-key"], outcome="cannot-be-repaired", mentions=["ssh-keygen -p -m PKCS8"])
    case("an OpenSSH public key", ["ssh-public-key.pub"], steps=[], problems=["ssh-public-key"], outcome="cannot-be-repaired")
    run("puttygen", "openssh", "-O", "private", "-o", "key.ppk")
    case("PuTTY", ["key.ppk"], steps=[], problems=["putty-key"], outcome="cannot-be-repaired",
         mentions=["puttygen FILE -O private-openssh-new"])
    ids = run("openssl", "x509", "-in", "intermediate.crt", "-noout", "-ext", "subjectKeyIdentifier").decode().splitlines()[1]
    key_id = ids.strip().replace(":", "").lower()
    case("the intermediate is missing", ["rsa.crt", "rsa.key"], trusted=["root.crt"], steps=[], problems=["issuer-missing"],
         outcome="something-remains", certificate=["rsa.crt"], private_key="rsa.key",
         mentions=["CN=Repair Issuing,O=Repair", key_id, "http://ca.example.com/issuing.crt"])
    case("the root is missing", ["chain.pem"], steps=[], problems=["issuer-missing"], outcome="something-remains",
         certificate=["rsa.crt", "intermediate.crt"], trusted_cas=["intermediate.crt"], mentions=["CN=Repair Root,O=Repair"])
    pins = [run("openssl", "pkey", "-in", name, "-pubout", "-outform", "DER") for name in ["rsa.key", "other.key"]]
    case("another key", ["chain.pem", "other.key"], trusted=["root.crt", "intermediate.crt"], steps=[],
         problems=["key-mismatch"], outcome="something-remains", certificate=["rsa.crt", "intermediate.crt"],
         mentions=[hashlib.sha256(pin).hexdigest() for pin in pins])
    write("cut.pem", read("rsa.crt")[:-400])
    case("a certificate that is cut off", ["cut.pem"], steps=[], problems=["damaged"],
         outcome="cannot-be-repaired")
    case("two server certificates", ["rsa.crt", "ec.crt", "intermediate.crt", "ec.key"],
         trusted=["root.crt", "intermediate.crt"], steps=["chain-completed"], problems=["several-server-certificates"],
         outcome="something-remains", certificate=["ec.crt", "intermediate.crt"], private_key="ec.key")
    case("two keys without a certificate", ["rsa.key", "ec.key"], steps=[], problems=["several-keys"],
         outcome="cannot-be-repaired")
    write("empty.pem", b"")
    case("an empty file", ["empty.pem"], steps=[], problems=["empty-file"], outcome="cannot-be-repaired")
    write("text.txt", b"Please find your certificate attached.\n")
    case("text", ["text.txt"], steps=[], problems=["not-recognised"], outcome="cannot-be-repaired")
    write("public.pem", run("openssl", "pkey", "-in", "ec.key", "-pubout"))
    case("a public key", ["public.pem"], steps=["left-out"], problems=["nothing-found"], outcome="cannot-be-repaired")
    bombs()


def bombs():
    """Files that ask for years of work; each must be refused at once."""
    def patched(source, name, old, new):
        data = der(source) if read(source).startswith(b"-----") else read(source)
        assert data.count(old) >= 1 and len(old) == len(new), name
        write(name, data.replace(old, new))
        case(name, [name], passphrase=PASS, steps=[], problems=["too-much-work"], outcome="cannot-be-repaired")

    def exported(name, *words):
        return write(name, run("openssl", "pkcs8", "-topk8", "-in", "ec.key", *words, "-outform", "DER", "-passout", f"pass:{PASS}"))

    exported("seed.der", "-v2", "aes-256-cbc", "-iter", "1193046")
    patched("seed.der", "bomb-pbkdf2.der", bytes.fromhex("0203123456"), bytes.fromhex("02037fffff"))
    exported("seed.der", "-scrypt", "-scrypt_N", "16384", "-scrypt_r", "8", "-scrypt_p", "1")
    patched("seed.der", "bomb-scrypt.der", bytes.fromhex("02024000020108020101"), bytes.fromhex("02024000020108020179"))
    (HERE / "seed.der").unlink()
    seed = run("openssl", "pkcs12", "-export", "-inkey", "ec.key", "-in", "ec.crt", "-maciter", "-iter", "1193046",
               "-passout", f"pass:{PASS}")
    write("seed.p12", seed)
    patched("seed.p12", "bomb-mac.p12", bytes.fromhex("0203123456"), bytes.fromhex("02037fffff"))
    (HERE / "seed.p12").unlink()
    many = b"".join(read("root.crt") for _ in range(20))
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(many)
        file.flush()
        write("bomb-bags.p12", run("openssl", "pkcs12", "-export", "-nokeys", "-in", file.name, "-passout", f"pass:{PASS}"))
    case("bomb-bags.p12", ["bomb-bags.p12"], passphrase=PASS, steps=[], problems=["too-much-work"],
         outcome="cannot-be-repaired")


def main():
    for old in HERE.iterdir():
        if old.name != "generate.py":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for part in [world, forms, stores, keys, beyond]:
        part()
    write("cases.json", (json.dumps(CASES, indent=1) + "\n").encode())
    print(f"{len(CASES)} cases")


main()
