// How large each segment is, what its customers are expected to spend, and how many households it reaches.
MATCH (s:Segment)<-[:IN_SEGMENT]-(c:Customer)
OPTIONAL MATCH (c)-[:LIVES_IN]->(h:Household)
RETURN s.id AS segment, count(DISTINCT c) AS customers, count(DISTINCT h) AS households, avg(c.value) AS value
ORDER BY customers DESC, segment
