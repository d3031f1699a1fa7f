-- Patterns in the readings of one machine: three in a row over a limit after one that was not, and a value that stays.
INSERT INTO alerts
SELECT kind, device, name, site, since, until_then, temperature, vibration, CAST(CURRENT_DATE AS STRING)
FROM (
  SELECT 'over-limit' AS kind, device, name, site, since, until_then, temperature, vibration
  FROM enriched MATCH_RECOGNIZE (
    PARTITION BY device
    ORDER BY measured
    MEASURES
      LAST(hot.name) AS name, LAST(hot.site) AS site, FIRST(hot.time_text) AS since, LAST(hot.time_text) AS until_then,
      LAST(hot.temperature) AS temperature, LAST(hot.vibration) AS vibration
    ONE ROW PER MATCH
    AFTER MATCH SKIP PAST LAST ROW
    PATTERN (normal hot{3})
    DEFINE normal AS NOT normal.over_limit, hot AS hot.over_limit
  )
  UNION ALL
  SELECT 'sensor-sticks' AS kind, device, name, site, since, until_then, temperature, vibration
  FROM enriched MATCH_RECOGNIZE (
    PARTITION BY device
    ORDER BY measured
    MEASURES
      LAST(same.name) AS name, LAST(same.site) AS site, FIRST(first_one.time_text) AS since,
      LAST(same.time_text) AS until_then, LAST(same.temperature) AS temperature, LAST(same.vibration) AS vibration
    ONE ROW PER MATCH
    AFTER MATCH SKIP PAST LAST ROW
    PATTERN (before first_one same{5})
    DEFINE
      first_one AS first_one.temperature <> LAST(before.temperature, 0),
      same AS same.temperature = LAST(first_one.temperature, 0)
  )
);
