-- Windows of one minute, and of five that slide by one.
INSERT INTO windows
SELECT device, site, line, minutes,
  DATE_FORMAT(window_start, 'yyyy-MM-dd''T''HH:mm:ss''Z'''), DATE_FORMAT(window_end, 'yyyy-MM-dd''T''HH:mm:ss''Z'''),
  readings, ROUND(temperature_avg, 3), temperature_max, ROUND(vibration_avg, 3), vibration_max, ROUND(current_avg, 3),
  CAST(CURRENT_DATE AS STRING)
FROM (
  SELECT device, MAX(site) AS site, MAX(line) AS line, 1 AS minutes, window_start, window_end, COUNT(*) AS readings,
    AVG(temperature) AS temperature_avg, MAX(temperature) AS temperature_max, AVG(vibration) AS vibration_avg,
    MAX(vibration) AS vibration_max, AVG(electric_current) AS current_avg
  FROM TABLE(TUMBLE(TABLE enriched, DESCRIPTOR(measured), INTERVAL '1' MINUTE))
  GROUP BY device, window_start, window_end
  UNION ALL
  SELECT device, MAX(site) AS site, MAX(line) AS line, 5 AS minutes, window_start, window_end, COUNT(*) AS readings,
    AVG(temperature) AS temperature_avg, MAX(temperature) AS temperature_max, AVG(vibration) AS vibration_avg,
    MAX(vibration) AS vibration_max, AVG(electric_current) AS current_avg
  FROM TABLE(HOP(TABLE enriched, DESCRIPTOR(measured), INTERVAL '1' MINUTE, INTERVAL '5' MINUTES))
  GROUP BY device, window_start, window_end
);
