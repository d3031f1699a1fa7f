-- How far the messages of each campaign and channel got, each counted once.
SELECT
  campaign,
  channel,
  count(DISTINCT CASE WHEN type = 'intended' THEN message END) AS intended,
  count(DISTINCT CASE WHEN type = 'suppressed' THEN message END) AS suppressed,
  count(DISTINCT CASE WHEN type = 'send' THEN message END) AS sent,
  count(DISTINCT CASE WHEN type = 'delivery' THEN message END) AS delivered,
  count(DISTINCT CASE WHEN type = 'open' THEN message END) AS opened,
  count(DISTINCT CASE WHEN type = 'click' THEN message END) AS clicked,
  count(DISTINCT CASE WHEN type = 'bounce' THEN message END) AS bounced,
  count(DISTINCT CASE WHEN type = 'complaint' THEN message END) AS complained,
  count(DISTINCT CASE WHEN type = 'opt-out' THEN message END) AS opted_out
FROM engagement
WHERE campaign <> 'history'
GROUP BY campaign, channel
