"""A copy of a text as one page of PDF, the only kind of file NexHealth writes into a health record, and the form it goes in."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

BOUNDARY: Final = "glowline-4f1c8e0b7a"
"""A PDF of ours holds no such line: its text is written in hexadecimal."""
MULTIPART: Final = f"multipart/form-data; boundary={BOUNDARY}"
MARK: Final = "Sent automatically."
"""P23: so that nobody says it again."""
_COLUMNS: Final = 84
_LINES: Final = 58
_PAGE: Final = (612, 792)  # US Letter, in points


def file_name(external_id: str) -> str:
    """The document's name, by which a copy that may be there already is found."""
    return f"glowline-{external_id}.pdf"


def form(name: str, file: bytes, fields: Mapping[str, str]) -> bytes:
    """The file and its fields as multipart/form-data (RFC 7578)."""
    parts = [
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n'
        "content-type: application/pdf\r\n\r\n"
    )
    return b"".join([*parts, head.encode(), file, f"\r\n--{BOUNDARY}--\r\n".encode()])


def pdf(body: str, about: str) -> bytes:
    """One page: that it was sent automatically, by which way and when, and the text. What has no sign becomes `?`."""
    written = [MARK, about, "", *_wrapped(body)][:_LINES]
    shown = b"\n".join(f"<{line.encode('cp1252', 'replace').hex()}> Tj T*".encode() for line in written)
    stream = b"BT /F1 11 Tf 13 TL 54 738 Td\n" + shown + b"\nET"
    width, height = _PAGE
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>"
    return _file(
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page.encode(),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
            f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream",
        )
    )


def _wrapped(body: str) -> list[str]:
    return [line for paragraph in body.splitlines() for line in textwrap.wrap(paragraph, _COLUMNS) or [""]]


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects, numbered from 1, with the table of where each begins (ISO 32000-1, 7.5)."""
    written, begins = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        begins.append(len(written))
        written += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = b"".join(f"{at:010d} 00000 n \n".encode() for at in begins)
    size = len(objects) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n".encode()
    return written + f"xref\n0 {size}\n0000000000 65535 f \n".encode() + table + end
