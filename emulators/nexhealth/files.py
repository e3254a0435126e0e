"""Files in a multipart body."""

import email.parser
import email.policy
import hashlib

from emulators.kit.exchange import Call


def reference_in(call: Call) -> str | None:
    """The sender's own reference: the name of a document, without its ending."""
    name = uploaded(call)[0] if call.path.endswith("/documents") else ""
    return name.rpartition(".")[0].removeprefix("glowline-") or None


def uploaded(call: Call) -> tuple[str, bytes]:
    """The file of a multipart body: its name and its bytes; empty where there is none."""
    head = f"content-type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + call.body)
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "file":
            content = part.get_payload(decode=True)
            return str(part.get_filename() or ""), content if isinstance(content, bytes) else b""
    return "", b""


def digest(content: bytes) -> str:
    """What tells two files apart."""
    return hashlib.sha256(content).hexdigest()
