"""A pretend Salesforce: objects, SOQL, collections, composite requests, bulk queries, deletions, tokens and the day's limit.

Sources: Salesforce's REST, Bulk 2.0 and SOQL guides (read 2026-11), its describe answers and recorded traffic. SOQL is read
as far as clients ask it for flat rows: no subqueries, no grouping.
"""

from emulators.salesforce.emulator import SalesforceEmulator
from emulators.salesforce.org import Org

__all__ = ["Org", "SalesforceEmulator"]
