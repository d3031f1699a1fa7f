-- Readings, each once: what is no reading is the business of the function that scores.
CREATE TEMPORARY VIEW parsed AS
SELECT device, measured, arrived,
  JSON_VALUE(content, '$.id') AS id,
  JSON_VALUE(content, '$.time') AS time_text,
  TRY_CAST(JSON_VALUE(content, '$.seq') AS BIGINT) AS seq,
  TRY_CAST(JSON_VALUE(content, '$.sent_at') AS BIGINT) AS sent_at,
  TRY_CAST(JSON_VALUE(content, '$.load') AS DOUBLE) AS load_percent,
  TRY_CAST(JSON_VALUE(content, '$.ambient') AS DOUBLE) AS ambient,
  TRY_CAST(JSON_VALUE(content, '$.temperature') AS DOUBLE) AS temperature,
  TRY_CAST(JSON_VALUE(content, '$.vibration') AS DOUBLE) AS vibration,
  TRY_CAST(JSON_VALUE(content, '$.current') AS DOUBLE) AS electric_current
FROM telemetry;

CREATE TEMPORARY VIEW readings AS
SELECT device, measured, arrived, id, time_text, sent_at, temperature, vibration, electric_current
FROM parsed
WHERE id IS NOT NULL AND seq >= 0 AND sent_at >= 0 AND measured > TIMESTAMP '1970-01-01 00:00:00.000'
  AND load_percent BETWEEN 0 AND 150 AND ambient BETWEEN -60 AND 90 AND temperature BETWEEN -60 AND 400
  AND vibration BETWEEN 0 AND 200 AND electric_current BETWEEN 0 AND 2000;

CREATE TEMPORARY VIEW once AS
SELECT device, measured, id, time_text, sent_at, temperature, vibration, electric_current
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY device, id ORDER BY arrived ASC) AS copy FROM readings)
WHERE copy = 1;

-- Late is a reading whose minute the watermark has closed; the same line divides the two views, so none is in both.
CREATE TEMPORARY VIEW timed AS
SELECT *, CURRENT_WATERMARK(measured) >= FLOOR(measured TO MINUTE) + INTERVAL '59.999' SECOND AS is_late
FROM once;

CREATE TEMPORARY VIEW on_time AS
SELECT device, measured, time_text, temperature, vibration, electric_current FROM timed WHERE is_late IS NOT TRUE;

-- With what the asset table knew of the machine when it was measured.
CREATE TEMPORARY VIEW enriched AS
SELECT r.device, r.measured, r.time_text, r.temperature, r.vibration, r.electric_current,
  a.name, a.site, a.line,
  COALESCE(r.temperature > a.temperature_limit OR r.vibration > a.vibration_limit, FALSE) AS over_limit
FROM on_time AS r
LEFT JOIN assets FOR SYSTEM_TIME AS OF r.measured AS a ON r.device = a.device;
