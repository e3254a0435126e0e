-- A link is made for one visit's deposit (row 2.4), and every text that asks for it says that link.

CREATE TABLE payment_links (          -- one row per link that a vendor made; the newest of a visit counts
    seq BIGINT, visit_id VARCHAR, action_id VARCHAR, attempt_id VARCHAR, link VARCHAR, recorded_at TIMESTAMPTZ
);
