"""PDF files for tests, made and signed anew for each run by pyHanko."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import keys, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing import Made
from tests.keyring import an_authority

if TYPE_CHECKING:
    from collections.abc import Mapping

Subject = tuple[tuple[x509.ObjectIdentifier, str], ...]

PERSON: Final[Subject] = (
    (NameOID.COMMON_NAME, "Nguyễn Văn Mẫu"),
    (NameOID.USER_ID, "MST:0100000000"),
    (NameOID.USER_ID, "CCCD:001000000000"),
    (NameOID.ORGANIZATION_NAME, "Ủy ban nhân dân tỉnh Mẫu"),
)
ORGAN: Final[Subject] = (
    (NameOID.COMMON_NAME, "Ủy ban nhân dân tỉnh Mẫu"),
    (NameOID.USER_ID, "MST:0100000000"),
    (NameOID.ORGANIZATION_NAME, "Tỉnh Mẫu"),
)
CLOCK: Final[Subject] = ((NameOID.COMMON_NAME, "Đồng hồ thử nghiệm"),)


@cache
def holder(
    subject: Subject,
    *,
    issuer: Made | None = None,
    bits: int = 0,
    clock: bool = False,
    code: bool = False,
    days: tuple[int, int] = (-1, 800),
) -> Made:
    """Return a key with a certificate for `subject`: P-256, or RSA of so many bits; good from and until these days.

    `clock` and `code`: meant for time stamps, for programs, or for both.
    """
    issuer = issuer or an_authority()
    private = rsa.generate_private_key(65_537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    now, authority = datetime.now(UTC), load_pem_private_key(issuer.key, None)
    assert isinstance(authority, ec.EllipticCurvePrivateKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in subject]))
        .issuer_name(x509.load_pem_x509_certificate(issuer.certificate).subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)  # noqa: FBT003 - the library's order
    )
    wanted = {ExtendedKeyUsageOID.TIME_STAMPING: clock, ExtendedKeyUsageOID.CODE_SIGNING: code}
    purposes = [purpose for purpose, there in wanted.items() if there]
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
    certificate = builder.sign(authority, hashes.SHA256())
    return Made(
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        certificate=certificate.public_bytes(Encoding.PEM),
    )


def a_pdf(text: str = "Cong van so 5123", *, stream_xrefs: bool = False, form: bool = False, objects: int = 0) -> bytes:
    """Return a PDF of one page, not signed; with a form to fill in, and with so many objects beside the page."""
    writer = PdfFileWriter(stream_xrefs=stream_xrefs)
    content = RawContent(f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode())
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    stream = generic.StreamObject(stream_data=content.render())
    page = PageObject(contents=writer.add_object(stream), media_box=(0, 0, 595, 842))
    page["/Resources"] = generic.DictionaryObject(
        {generic.pdf_name("/Font"): generic.DictionaryObject({generic.pdf_name("/F1"): _dictionary(font)})}
    )
    if objects:
        many = (writer.add_object(generic.ArrayObject([generic.NumberObject(n)])) for n in range(objects))
        page["/LGSPMany"] = generic.ArrayObject(many)
    writer.insert_page(page)
    if form:
        field = generic.DictionaryObject(
            {generic.pdf_name("/T"): generic.pdf_string("So"), **_dictionary({"/FT": "/Tx"})}
        )
        fields = generic.ArrayObject([writer.add_object(field)])
        writer.root["/AcroForm"] = generic.DictionaryObject({generic.pdf_name("/Fields"): fields})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def signed(
    octets: bytes,
    made: Made | None = None,
    field: str = "Signature1",
    *,
    box: tuple[int, int, int, int] | None = None,
    clock: Made | None = None,
    subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    **choices: Any,
) -> bytes:
    """Return `octets` with one more signature; `clock` stamps its time, `choices` are of PdfSignatureMetadata."""
    out: BytesIO = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(octets), strict=False),
        signers.PdfSignatureMetadata(field_name=field, subfilter=subfilter, **{"md_algorithm": "sha256"} | choices),
        signer=_signer(made or holder(PERSON)),
        timestamper=None if clock is None else _stamper(clock),
        new_field_spec=SigFieldSpec(field, box=box),
    )
    return out.getvalue()


def signed_by_both(octets: bytes | None = None) -> bytes:
    """Return a PDF that the competent person and then the organ have signed, as the decree wants it."""
    by_person = signed(octets or a_pdf(), holder(PERSON), "NguoiKy", box=(300, 100, 450, 150))
    return signed(by_person, holder(ORGAN), "CoQuan", box=(100, 100, 250, 150))


def rewritten(octets: bytes, text: str = "Cong van so 9999") -> bytes:
    """Return a PDF whose page was replaced by an incremental update, as in the shadow attacks."""
    writer = IncrementalPdfFileWriter(BytesIO(octets), strict=False)
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    stream = generic.StreamObject(stream_data=f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode())
    page["/Contents"] = writer.add_object(stream)
    writer.mark_update(page.container_ref)
    return _written(writer)


def filled_in(octets: bytes, value: str = "9999") -> bytes:
    """Return a PDF with its form filled in by an incremental update."""
    writer = IncrementalPdfFileWriter(BytesIO(octets), strict=False)
    field = writer.root["/AcroForm"]["/Fields"][0].get_object()
    field["/V"] = generic.pdf_string(value)
    writer.mark_update(field.container_ref)
    return _written(writer)


def with_evidence(octets: bytes) -> bytes:
    """Return a PDF with a store of certificates and revocation lists added by an incremental update."""
    writer = IncrementalPdfFileWriter(BytesIO(octets), strict=False)
    store = generic.DictionaryObject()
    for name in ("/Certs", "/CRLs"):
        stream = writer.add_object(generic.StreamObject(stream_data=b"0\x00"))
        store[generic.pdf_name(name)] = generic.ArrayObject([stream])
    writer.root["/DSS"] = writer.add_object(store)
    writer.update_root()
    return _written(writer)


def stamped(octets: bytes, clock: Made) -> bytes:
    """Return a PDF with a document time stamp of `clock`."""
    stamper = signers.PdfTimeStamper(_stamper(clock), field_name="DauThoiGian")
    writer = IncrementalPdfFileWriter(BytesIO(octets), strict=False)
    out: BytesIO = stamper.timestamp_pdf(writer, "sha256")
    return out.getvalue()


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _dictionary(values: Mapping[str, str]) -> generic.DictionaryObject:
    return generic.DictionaryObject({generic.pdf_name(k): generic.pdf_name(v) for k, v in values.items()})


def _signer(made: Made) -> signers.SimpleSigner:
    certificate, key = _loaded(made)
    return signers.SimpleSigner(signing_cert=certificate, signing_key=key, cert_registry=SimpleCertificateStore())


def _stamper(made: Made) -> DummyTimeStamper:
    certificate, key = _loaded(made)
    return DummyTimeStamper(tsa_cert=certificate, tsa_key=key, certs_to_embed=SimpleCertificateStore())


def _loaded(made: Made) -> tuple[asn1_x509.Certificate, keys.PrivateKeyInfo]:
    der = pem.unarmor(made.certificate)[2]
    return asn1_x509.Certificate.load(der), keys.PrivateKeyInfo.load(pem.unarmor(made.key)[2])
