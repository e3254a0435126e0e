"""The stages, in the order a fact passes through them.

    accept       the spool: a webhook's event is written, taken, and landed as raw
    poll         vendor to raw, by paging with overlap
    normalize    raw to canonical versions, through the mappings
    resolve      which records are one person, one household, one contact point
    visits       chains of vendor appointments that are one visit
    paperwork    forms and money: whose they are, which visit they are for
    reputation   public reviews
    replies      what a person's answer means
    elsewhere    what goes on in the practice's other tools
    lifecycle    facts to desired actions, compared with the ledger
    messages     templates to text, linted and counted
    policy       may this action go now: a pure function with every rule's answer
    erasure      forgetting a person on request: what goes, what stays, and until when
    outbox       claim, deliver, reconcile: the only stage that can send
    oversight    what people must see: approvals, surges, the call list, what was found out too late
    receipts     what vendors say happened next
    tick         the sequence of all of these, and conservation: what went in is accounted for
    measures     what came of it, in figures
    simulate     the same engine over another time or other settings

A later stage may import an earlier one, never back (`.importlinter`).
"""
