"""The only stage that can send: enqueue, deliver, reconcile.

A claim, its audit entry and its attempt are one transaction before the call. What came back unclear is looked up or
handed to a person, and never sent again on a guess.
"""
