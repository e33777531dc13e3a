"""What each verdict on a signature means to the sender, and what to do about it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from lgsp.model.text import Text
from signing import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


class Words(NamedTuple):
    """The sentences for one reason."""

    expected: Text
    cure: Text


_SIGN = Text(
    "sign the finished envelope with RSA-SHA256 or ECDSA-SHA256 and exclusive canonicalization, then send it unchanged",
    "ký gói tin đã hoàn chỉnh bằng RSA-SHA256 hoặc ECDSA-SHA256 với chuẩn hóa loại trừ (exclusive C14N),"
    " rồi gửi đi nguyên vẹn",
)
_REMOVE_AND_SIGN = Text(
    "remove the present signature and sign again",
    "bỏ chữ ký hiện có và ký lại",
)
_CERTIFICATE = Text(
    "put the signer's complete certificate (base64 of DER) into KeyInfo/X509Data/X509Certificate",
    "đưa toàn bộ chứng thư số của người ký (DER mã hóa base64) vào KeyInfo/X509Data/X509Certificate",
)
_ASK_OPERATOR = Text(
    "use a certificate of an authority that the bus accepts; the bus's operator has the list",
    "dùng chứng thư số của tổ chức chứng thực được trục chấp nhận; danh sách có tại đơn vị vận hành trục",
)
_RENEW = Text(
    "sign with a certificate that is in force, and check the clock of the signing machine",
    "ký bằng chứng thư số còn hiệu lực, và kiểm tra đồng hồ của máy ký",
)
_LATER = Text(
    "send again later: the bus keeps asking the authority; if this lasts, tell the bus's operator",
    "gửi lại sau: trục vẫn tiếp tục hỏi tổ chức cấp; nếu kéo dài, báo cho đơn vị vận hành trục",
)

#: Every reason, in words.
WORDS: Final[Mapping[Reason, Words]] = MappingProxyType(
    {
        Reason.MISSING: Words(Text("a digital signature of the sender", "có chữ ký số của đơn vị gửi"), _SIGN),
        Reason.EMPTY: Words(
            Text(
                "a digital signature; the element DigitalSignature is empty",
                "có chữ ký số; phần tử DigitalSignature đang để trống",
            ),
            _SIGN,
        ),
        Reason.NAMESPACE: Words(
            Text(
                "a Signature in the namespace of XML Signature, http://www.w3.org/2000/09/xmldsig#",
                "phần tử Signature thuộc không gian tên http://www.w3.org/2000/09/xmldsig#",
            ),
            Text(
                "keep the signature's namespace when writing the file: a step after signing has lost it",
                "giữ nguyên không gian tên của chữ ký khi ghi tệp: một bước xử lý sau khi ký đã làm mất",
            ),
        ),
        Reason.CERTIFICATE_MISSING: Words(
            Text("the signer's certificate in the signature", "chứng thư số của người ký nằm trong chữ ký"),
            _CERTIFICATE,
        ),
        Reason.CERTIFICATE_UNREADABLE: Words(
            Text(
                "a readable X.509 certificate; this one is cut off, damaged or a placeholder",
                "chứng thư số X.509 đọc được; chứng thư này bị cắt cụt, hỏng hoặc chỉ là dữ liệu mẫu",
            ),
            _CERTIFICATE,
        ),
        Reason.ALGORITHM: Words(Text("an algorithm that the bus can check", "thuật toán mà trục kiểm tra được"), _SIGN),
        Reason.TRANSFORM: Words(
            Text(
                "the transforms enveloped-signature and exclusive canonicalization (or C14N 1.0), and no other",
                "chỉ gồm phép biến đổi enveloped-signature và chuẩn hóa loại trừ (hoặc C14N 1.0)",
            ),
            Text(
                "sign with http://www.w3.org/2001/10/xml-exc-c14n#, written exactly so",
                "ký với http://www.w3.org/2001/10/xml-exc-c14n#, ghi chính xác như vậy",
            ),
        ),
        Reason.KEY_KIND: Words(
            Text(
                "an RSA key of 2048 to 8192 bits, or one on the curve P-256, P-384 or P-521",
                "khóa RSA từ 2048 đến 8192 bit, hoặc khóa trên đường cong P-256, P-384 hay P-521",
            ),
            _ASK_OPERATOR,
        ),
        Reason.ENGINE_UNABLE: Words(
            Text(
                "a signature of a form that this bus is set to check; it canonicalizes exclusively",
                "chữ ký ở dạng mà trục này được cấu hình để kiểm tra, tức dùng chuẩn hóa loại trừ",
            ),
            _SIGN,
        ),
        Reason.SEVERAL: Words(Text("exactly one signature", "đúng một chữ ký"), _REMOVE_AND_SIGN),
        Reason.MISPLACED: Words(
            Text("the signature at its place in the header", "chữ ký nằm đúng chỗ trong phần đầu gói tin"),
            _REMOVE_AND_SIGN,
        ),
        Reason.STRUCTURE: Words(
            Text(
                "SignedInfo, SignatureValue and KeyInfo, as XML Signature writes them, and nothing else",
                "chỉ gồm SignedInfo, SignatureValue và KeyInfo theo đúng chuẩn XML Signature",
            ),
            _REMOVE_AND_SIGN,
        ),
        Reason.COVERAGE: Words(
            Text(
                'a signature over the whole document (Reference URI="")',
                'chữ ký trên toàn bộ văn bản (Reference URI="")',
            ),
            _REMOVE_AND_SIGN,
        ),
        Reason.TOO_MUCH: Words(
            Text(
                "one reference with two transforms, and few certificates",
                "một tham chiếu, hai phép biến đổi, ít chứng thư số",
            ),
            _REMOVE_AND_SIGN,
        ),
        Reason.DOCTYPE: Words(
            Text("no DTD", "không có DTD"), Text("remove the DOCTYPE, sign again", "bỏ DOCTYPE rồi ký lại")
        ),
        Reason.SPLIT_VALUE: Words(
            Text("no comment inside a text", "không có chú thích XML xen giữa giá trị"),
            Text(
                "remove comments and processing instructions from the values, then sign again",
                "bỏ chú thích và chỉ thị xử lý khỏi các giá trị rồi ký lại",
            ),
        ),
        Reason.KEY_MISMATCH: Words(
            Text("the certificate of the key that signed", "chứng thư số của chính khóa đã ký"), _CERTIFICATE
        ),
        Reason.ALTERED: Words(
            Text(
                "the document as it was signed; it was changed afterwards",
                "văn bản như lúc ký; văn bản đã bị thay đổi sau khi ký",
            ),
            Text(
                "send the signed file byte for byte, without formatting or saving it again; otherwise sign it again",
                "gửi nguyên vẹn tệp đã ký, không định dạng hay lưu lại; nếu đã sửa thì ký lại",
            ),
        ),
        Reason.MATHEMATICS: Words(
            Text(
                "a signature that fits the document and the certificate",
                "chữ ký khớp với văn bản và chứng thư số",
            ),
            Text(
                "send the signed file unchanged, and check that the certificate in it belongs to the key that signs",
                "gửi nguyên vẹn tệp đã ký, và kiểm tra chứng thư số kèm theo có đúng của khóa ký không",
            ),
        ),
        Reason.ENGINES_DISAGREE: Words(
            Text(
                "a signature that both of the bus's verifiers find right; one does and the other does not",
                "chữ ký được cả hai bộ kiểm tra của trục công nhận; ở đây một bộ cho là đúng, bộ kia cho là sai",
            ),
            Text(
                "remove the present signature, sign again with exclusive canonicalization, and report this file to the"
                " bus's operator",
                "bỏ chữ ký hiện có, ký lại với chuẩn hóa loại trừ, và báo tệp này cho đơn vị vận hành trục",
            ),
        ),
        Reason.UNFORESEEN: Words(Text("a signature that can be read", "chữ ký đọc được"), _REMOVE_AND_SIGN),
        Reason.WEAK_ALGORITHM: Words(
            Text(
                "SHA-256 or stronger; SHA-1 no longer proves anything",
                "SHA-256 hoặc mạnh hơn; SHA-1 không còn giá trị bảo đảm",
            ),
            _SIGN,
        ),
        Reason.WEAK_KEY: Words(
            Text("an RSA key of at least 2048 bits", "khóa RSA tối thiểu 2048 bit"),
            Text("have the certificate reissued for a stronger key", "đề nghị cấp lại chứng thư số với khóa mạnh hơn"),
        ),
        Reason.AUTHORITY_UNKNOWN: Words(
            Text(
                "a certificate from an authority that the bus accepts",
                "chứng thư số do tổ chức chứng thực được trục chấp nhận cấp",
            ),
            _ASK_OPERATOR,
        ),
        Reason.CHAIN_BROKEN: Words(
            Text(
                "a certificate chain in which each issuer may issue",
                "chuỗi chứng thư số mà mọi bên cấp đều được phép cấp chứng thư",
            ),
            _ASK_OPERATOR,
        ),
        Reason.CERTIFICATE_EXPIRED: Words(
            Text("a certificate in force; this one has expired", "chứng thư số còn hiệu lực; chứng thư này đã hết hạn"),
            _RENEW,
        ),
        Reason.CERTIFICATE_NOT_YET_VALID: Words(
            Text(
                "a certificate in force; this one is not valid yet",
                "chứng thư số đang có hiệu lực; chứng thư này chưa đến ngày hiệu lực",
            ),
            _RENEW,
        ),
        Reason.CERTIFICATE_USAGE: Words(
            Text(
                "a certificate issued for signing (keyUsage digitalSignature or nonRepudiation)",
                "chứng thư số được cấp để ký số (keyUsage digitalSignature hoặc nonRepudiation)",
            ),
            _ASK_OPERATOR,
        ),
        Reason.AUTHORITY_NOT_FOR_SPEAKER: Words(
            Text(
                "a certificate from an authority that may vouch for your agency; this one vouches for others",
                "chứng thư số do tổ chức chứng thực có thẩm quyền đối với đơn vị cấp; tổ chức này chỉ xác nhận cho"
                " đơn vị khác",
            ),
            _ASK_OPERATOR,
        ),
        Reason.CERTIFICATE_REVOKED: Words(
            Text(
                "a certificate that has not been revoked, from authorities that have not been revoked",
                "chứng thư số chưa bị thu hồi, do tổ chức chứng thực chưa bị thu hồi cấp",
            ),
            Text(
                "sign with the new certificate, and have the bus's operator register it; ask the issuing authority why"
                " this one was revoked",
                "ký bằng chứng thư số mới và đề nghị đơn vị vận hành trục đăng ký; hỏi tổ chức cấp vì sao chứng thư"
                " này bị thu hồi",
            ),
        ),
        Reason.REVOCATION_UNKNOWN: Words(
            Text(
                "word from the authority that the certificate is not revoked; none has come yet",
                "thông tin của tổ chức cấp rằng chứng thư số chưa bị thu hồi; hiện chưa có thông tin nào",
            ),
            _LATER,
        ),
        Reason.REVOCATION_STALE: Words(
            Text(
                "recent word from the authority that the certificate is not revoked; the last one is too old",
                "thông tin mới của tổ chức cấp rằng chứng thư số chưa bị thu hồi; thông tin gần nhất đã quá cũ",
            ),
            _LATER,
        ),
    }
)
