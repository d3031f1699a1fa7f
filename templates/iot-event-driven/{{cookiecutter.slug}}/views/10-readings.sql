-- One row for each reading: a reading that was sent or delivered twice is here once.
SELECT id, device, seq, time, at, sent_at, received_at, load, ambient, temperature, vibration, current,
       score, threshold, anomaly, cause, scored_at, scored_at - sent_at AS latency_ms, dt
FROM (
  SELECT *, row_number() OVER (PARTITION BY id ORDER BY scored_at, place) AS delivery
  FROM scored_readings
)
WHERE delivery = 1
