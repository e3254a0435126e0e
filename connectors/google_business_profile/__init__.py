"""Google Business Profile: public reviews in, answers somebody approved out. See README.md; nothing is imported here."""
