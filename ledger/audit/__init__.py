"""The audit: an append-only chain of entries, a Merkle tree over them, signed checkpoints, and proof for outsiders.

Everything in this package is pure: no database, no clock, no network. Read it in this order:

    events           what may be recorded, and the body of one entry
    canonical_bytes  the one written form of a body (RFC 8785)
    chain            entries and the hash that ties each to the one before
    merkle           the tree over the bodies (RFC 6962)
    append           many bodies onto a head in one go
    notes            signed notes, keys and the key ring (C2SP)
    checkpoints      what is signed, and the proof that must precede it
    own_events       the entries the audit writes about itself: checkpoints, adoptions, key changes
    verify           the proof, over rows and exported checkpoints
    bundle           the export an outsider checks with `tools/verify_audit.py`, which shares no code with this package
"""
