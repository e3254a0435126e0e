-- What the rest of the catalogue needs to know: forms, money, scores, reviews, delays, and what was found out too late.
-- min_reader: 2

CREATE TABLE interests (              -- somebody who asked wants to come: by reply, by CRM stage, by a tag of the staff (row 2.1)
    seq BIGINT, inquiry_id VARCHAR, source VARCHAR, interested_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE intakes (                -- latest row per intake form wins (row 2.3)
    seq BIGINT, intake_id VARCHAR, record_id VARCHAR, version_id VARCHAR, person_id VARCHAR, visit_id VARCHAR,
    status VARCHAR, completed_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE payments (               -- latest row per payment wins; amounts in cents (row 2.4, M5)
    seq BIGINT, payment_id VARCHAR, record_id VARCHAR, version_id VARCHAR, person_id VARCHAR, visit_id VARCHAR,
    deposit BOOLEAN, amount_cents BIGINT, currency VARCHAR, status VARCHAR, paid_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE confirmations (          -- a person says that they will come (row 3.6); latest row per visit wins
    seq BIGINT, visit_id VARCHAR, person_id VARCHAR, reply_id VARCHAR, start_at TIMESTAMPTZ, confirmed_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);
CREATE TABLE survey_answers (         -- latest row per visit wins: a later correction replaces a score (R24)
    seq BIGINT, visit_id VARCHAR, person_id VARCHAR, score INTEGER, reply_id VARCHAR, answered_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);
CREATE TABLE asked (                  -- what a person was asked for, so that it is not asked again too soon (R54)
    seq BIGINT, person_id VARCHAR, visit_id VARCHAR, action_id VARCHAR, "row" VARCHAR, asked_at TIMESTAMPTZ
);
CREATE TABLE reviews (                -- latest row per review wins; never matched to a person (row 7.4, M4)
    seq BIGINT, review_id VARCHAR, record_id VARCHAR, version_id VARCHAR, connection_id VARCHAR, platform VARCHAR,
    location_id VARCHAR, rating INTEGER, posted_at TIMESTAMPTZ, replied BOOLEAN, recorded_at TIMESTAMPTZ
);
CREATE TABLE delays (                 -- the staff say that a provider runs late (row 4.3); one row per delay
    seq BIGINT, delay_id VARCHAR, location_id VARCHAR, provider_id VARCHAR, minutes INTEGER, announced_at TIMESTAMPTZ,
    day DATE, who VARCHAR, source VARCHAR, recorded_at TIMESTAMPTZ
);
CREATE TABLE control_words (          -- what the desk told us by tag or text, and what became of it (R60)
    seq BIGINT, word_id VARCHAR, word VARCHAR, subject_id VARCHAR, person_id VARCHAR, connection_id VARCHAR, who VARCHAR,
    outcome VARCHAR, said_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE late_truths (            -- what would have stopped a message, had it been known (R55)
    seq BIGINT, action_id VARCHAR, attempt_id VARCHAR, subject_id VARCHAR, kind VARCHAR, sent_at TIMESTAMPTZ,
    fact_at TIMESTAMPTZ, known_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE foreign_messages (       -- another tool wrote about a visit whose row is ours (R40); one row per message seen
    seq BIGINT, message_id VARCHAR, connection_id VARCHAR, contact_point_id VARCHAR, visit_id VARCHAR, "row" VARCHAR,
    sent_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE surges (                 -- a tick that would have released too much, held whole (R48)
    seq BIGINT, surge_id VARCHAR, approval_id VARCHAR, actions BIGINT, forecast BIGINT, found_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ
);

CREATE VIEW current_interests AS SELECT * FROM interests QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1;
CREATE VIEW current_intakes AS SELECT * FROM intakes QUALIFY row_number() OVER (PARTITION BY intake_id ORDER BY seq DESC) = 1;
CREATE VIEW current_payments AS SELECT * FROM payments QUALIFY row_number() OVER (PARTITION BY payment_id ORDER BY seq DESC) = 1;
CREATE VIEW current_confirmations AS SELECT * FROM confirmations QUALIFY row_number() OVER (PARTITION BY visit_id ORDER BY seq DESC) = 1;
CREATE VIEW current_survey_answers AS SELECT * FROM survey_answers QUALIFY row_number() OVER (PARTITION BY visit_id ORDER BY seq DESC) = 1;
CREATE VIEW current_reviews AS SELECT * FROM reviews QUALIFY row_number() OVER (PARTITION BY review_id ORDER BY seq DESC) = 1;
CREATE VIEW current_approvals AS SELECT * FROM approvals QUALIFY row_number() OVER (PARTITION BY approval_id ORDER BY seq DESC) = 1;
