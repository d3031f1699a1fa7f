-- Readings that came after their minute was closed.
INSERT INTO late
SELECT id, device, time_text, sent_at, CAST(CURRENT_DATE AS STRING) FROM timed WHERE is_late IS TRUE;
