"""Forgetting a person on request: what goes, what must stay and until when, and the answer they get (R35, DEL-01 to DEL-03, RET-01).

plan      what may be erased, from what is held and from the practice's retention; pure
answer    the answer to the person, in their language
stage     stopping everything, asking the other tools, erasing
"""
