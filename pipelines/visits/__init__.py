"""What is one visit and what is one inquiry, however many tools and records speak of it (R3, R4, R12–R18, R41).

`words` is what one appointment record says; `chains` which records are one visit; `derive` what the chain makes of it;
`inquiries` and `spam` the same for those who ask; `stage` reads, decides with no ledger open, and writes.
"""
