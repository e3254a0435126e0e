"""What every connector is built from: manifest, registry, capabilities, dispatch, HTTP, auth, paging, limits,
signatures, secrets, redaction.

A vendor's folder holds what is peculiar to that vendor; whatever two vendors would write twice is here. `dispatch` is
the one road to a vendor's `push`, and only `pipelines.outbox` may take it.
"""
