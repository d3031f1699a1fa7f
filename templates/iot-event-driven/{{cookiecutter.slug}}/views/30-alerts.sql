-- One row for each alert.
SELECT kind, device, name, site, since, time, temperature, vibration
FROM (
  SELECT *, row_number() OVER (PARTITION BY kind, device, since ORDER BY time) AS delivery
  FROM machine_alerts
)
WHERE delivery = 1
