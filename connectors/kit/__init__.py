"""What every connector is built from, so that a vendor's folder holds only what is peculiar to that vendor.

manifest, manifest_file, capabilities    what a connector says it can do, read without importing it
registry                                 connectors by name: puller, verifier, webhook, reader
dispatch                                 the one road to a vendor's `push`; only `pipelines.outbox` may take it
access                                   what a connector is given to work with: one connection, its secrets, a line
calls, http, problem_table               asking a vendor, and what its answer or silence means
auth, exchanged, secrets, limits         who asks, and how often it may
paging, shapes                           pages to their end, records at the border
offered                                  who treats and what is offered, as a vendor lists it, for a check
webhooks, signatures                     what vendors tell us, and whether it was them
redact                                   what logs never show
"""
