-- An inquiry may come by a thread on a platform, and is answered there (row 1.1).

ALTER TABLE inquiries ADD COLUMN thread_id VARCHAR;
CREATE OR REPLACE VIEW current_inquiries AS SELECT * FROM inquiries QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1;
