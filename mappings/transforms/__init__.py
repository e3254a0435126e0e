"""Named transforms: what `via:` may say. Each reads one text, keeps its promise or raises `Unreadable`, and has a doctest.

Several sources (`from: [date, time]`) reach a transform as one text, joined by a space. Text arrives trimmed and not empty;
an empty answer means that the record says nothing here.
"""
