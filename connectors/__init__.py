"""The border: one folder per vendor, all alike.

A vendor's bytes come in here and our commands go out here, and nowhere else. Each folder holds a manifest that can be
read without importing it, and one file per capability the manifest declares. What all vendors share lives in `kit`;
no vendor knows another.
"""
