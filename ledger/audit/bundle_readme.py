"""The words that travel with an export, enough for somebody to write a third verifier."""

README = """\
AUDIT LOG EXPORT

What this is. Every step the practice's follow-up system took is one entry in an append-only log. This folder holds the
entries, and the signed checkpoints that were taken off the machine while the log was written. Entries hold ids, codes
and counts: no names, no numbers, no messages.

How to check it. Get verify_audit.py from the software's source, not from whoever gave you this folder. It is one file
and needs nothing but Python 3.9 or newer:

    python3 verify_audit.py FOLDER_OR_ZIP --key KEY --checkpoint NOTE

KEY is the verifier key you received when the practice went live; NOTE is a checkpoint you kept yourself, for example one
that was mailed to you. Both are optional, but without KEY the check can only show that this folder agrees with itself,
and without a NOTE of your own somebody may have left newer checkpoints out of it.
Exit code 0: verified. 1: something is wrong with the log. 2: it could not be checked, or there was nothing to check with.

How it is built, for whoever wants to check it with other tools.

entries.jsonl       One entry a line, in order: seq (from 1, without gaps), prev and hash (64 hex digits), body (text).
                    hash = SHA-256(prev || body), with prev as 32 bytes and body as UTF-8; the first prev is 32 zero bytes.
                    A body is RFC 8785 JSON. Bytes that are not UTF-8 stand as lone surrogates U+DC80 to U+DCFF.
checkpoints/*.note  C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), Ed25519 over three lines: origin,
                    number of entries, base64 of the RFC 6962 Merkle root. Leaf = SHA-256(0x00 || body),
                    node = SHA-256(0x01 || left || right). A checkpoint of n entries covers the entries 1 to n.
keys.json           The origin, and the public keys the log began with, as C2SP verifier keys.
head.json           What the ledger keeps beside its rows: number of entries, last hash, roots of the full subtrees,
                    largest first. It must follow from the entries.

A key changes by an entry `key:signing:rotated` that names the old and the new public key and is covered by a checkpoint
of the old key; from the checkpoint after that on, only the new key signs. An entry `ledger:checkpoint:adopted` says that
the log was restored from a backup and that a named user accepted the loss of what a checkpoint had covered; it counts
only when a later checkpoint covers the entry itself.

A chain shows that an entry was changed, removed or moved. A checkpoint shows that the whole log up to its size is the one
that was signed. What was written after the newest checkpoint is not proved, and neither is that nothing was cut off there.
"""
