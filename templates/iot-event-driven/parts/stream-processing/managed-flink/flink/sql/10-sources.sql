-- What comes in: messages in their envelopes, as the rule of IoT Core wrote them, and the asset table.
CREATE TEMPORARY TABLE telemetry (
  device STRING,
  received_at BIGINT,
  body STRING,
  content AS FROM_BASE64(body),
  measured AS COALESCE(
    TRY_CAST(REPLACE(REPLACE(JSON_VALUE(FROM_BASE64(body), '$.time'), 'T', ' '), 'Z', '') AS TIMESTAMP(3)),
    TIMESTAMP '1970-01-01 00:00:00.000'),
  arrived AS PROCTIME(),
  WATERMARK FOR measured AS measured - INTERVAL '30' SECOND
) WITH (${telemetry});

CREATE TEMPORARY TABLE assets (
  device STRING,
  name STRING,
  site STRING,
  line STRING,
  temperature_limit DOUBLE,
  vibration_limit DOUBLE,
  valid_from TIMESTAMP(3),
  WATERMARK FOR valid_from AS valid_from,
  PRIMARY KEY (device) NOT ENFORCED
) WITH (${assets});
