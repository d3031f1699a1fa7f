-- How large each segment is, what it is expected to spend within 90 days, and how many may be written to.
SELECT
    i.segment,
    count(*) AS customers,
    sum(CASE WHEN c.marketing THEN 1 ELSE 0 END) AS may_be_written_to,
    round(avg(i.returns), 3) AS returns,
    round(avg(i.value), 2) AS value
FROM insight AS i
INNER JOIN customers AS c ON i.customer_id = c.customer_id
GROUP BY i.segment
