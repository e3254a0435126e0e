"""The settings: what a practice, an agency and a vertical have decided, read from their files.

Layers are read, merged and checked here, and drift between them is told in sentences. A mistake names its file, its
line and what to write instead. Nothing here opens a ledger.
"""
