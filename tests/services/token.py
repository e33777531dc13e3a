"""A token on this machine: SoftHSM, with a folder of its own, which can be pulled out and put back."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pkcs11 import Attribute, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

from tests.services.server import Missing, found

if TYPE_CHECKING:
    from signing import Made

PIN: Final = "271828"
_MODULES: Final = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")


class SoftToken:
    """SoftHSM reads its configuration once a process: one folder for all tokens of a test run."""

    _folder: Path | None = None
    _made = 0

    def __init__(self) -> None:
        """Make an empty token. Raises Missing."""
        utility = found("softhsm2-util")
        module = next((path for path in _MODULES if Path(path).exists()), None)
        if module is None:
            raise Missing("libsofthsm2.so is not installed; tests/services/install installs it")
        self.module = module
        SoftToken._made += 1
        self.label = f"thẻ {SoftToken._made}"
        self.folder = self._prepared()
        self.pin_file = self.folder.parent / "pin"
        self.pin_file.write_text(f"{PIN}\n")
        command = [utility, "--init-token", "--free", "--label", self.label, "--pin", PIN, "--so-pin", "161803"]
        subprocess.run(command, check=True, capture_output=True, timeout=30)

    @classmethod
    def _prepared(cls) -> Path:
        if cls._folder is None:
            place = Path(tempfile.mkdtemp(prefix="lgsp-token-"))
            (place / "tokens").mkdir()
            (place / "softhsm2.conf").write_text(
                f"directories.tokendir = {place / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
            )
            os.environ["SOFTHSM2_CONF"] = str(place / "softhsm2.conf")
            cls._folder = place / "tokens"
        return cls._folder

    def put(self, made: Made, label: str = "con dấu", *, with_certificate: bool = True) -> None:
        """Put a key into the token, which will not give it out again."""
        private = load_pem_private_key(made.key, password=None)
        ec = "EC" in type(private).__name__
        der = private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        template = (decode_ec_private_key if ec else decode_rsa_private_key)(der)
        secret = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
        named = {Attribute.TOKEN: True, Attribute.LABEL: label}
        library = pkcs11.lib(self.module)
        library.reinitialize()  # softhsm2-util has made a token that this process has not seen
        with library.get_token(token_label=self.label).open(rw=True, user_pin=PIN) as session:
            session.create_object({**template, **secret, **named, Attribute.SIGN: True})
            if with_certificate:
                certificate = x509.load_pem_x509_certificate(made.certificate)
                session.create_object(
                    {
                        **named,
                        Attribute.CLASS: ObjectClass.CERTIFICATE,
                        Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                        Attribute.SUBJECT: certificate.subject.public_bytes(),
                        Attribute.VALUE: certificate.public_bytes(Encoding.DER),
                    }
                )

    def log_out(self) -> None:
        """Forget who is logged in, for every key of this process."""
        pkcs11.lib(self.module).reinitialize()

    def pull_out(self) -> None:
        """Take all tokens out of the machine."""
        self.folder.rename(self.folder.with_name("away"))
        self.folder.mkdir()

    def put_back(self) -> None:
        """Put them in again."""
        self.folder.rmdir()
        self.folder.with_name("away").rename(self.folder)
