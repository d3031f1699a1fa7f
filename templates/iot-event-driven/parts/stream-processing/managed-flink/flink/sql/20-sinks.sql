-- What goes out: files in the lake, by day of arrival, each written once (a checkpoint makes them visible).
CREATE TEMPORARY TABLE windows (
  device STRING, site STRING, line STRING, minutes INT, window_start STRING, window_end STRING, readings BIGINT,
  temperature_avg DOUBLE, temperature_max DOUBLE, vibration_avg DOUBLE, vibration_max DOUBLE, current_avg DOUBLE,
  dt STRING
) PARTITIONED BY (dt) WITH (${windows});

CREATE TEMPORARY TABLE alerts (
  kind STRING, device STRING, name STRING, site STRING, since STRING, `time` STRING, temperature DOUBLE,
  vibration DOUBLE, dt STRING
) PARTITIONED BY (dt) WITH (${alerts});

CREATE TEMPORARY TABLE late (
  id STRING, device STRING, `time` STRING, sent_at BIGINT, dt STRING
) PARTITIONED BY (dt) WITH (${late});
