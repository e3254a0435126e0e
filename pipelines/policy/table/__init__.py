"""The rule table as data: what each rule is about, what it decides, what it answers to an unknown, and on which basis."""
