-- One row for each window.
SELECT device, site, line, minutes, window_start, window_end, readings,
       temperature_avg, temperature_max, vibration_avg, vibration_max, current_avg
FROM (
  SELECT *, row_number() OVER (PARTITION BY device, minutes, window_start ORDER BY readings DESC) AS delivery
  FROM window_aggregates
)
WHERE delivery = 1
