// Groups that no segment names: who bought both of two products, across how many segments, and what they are worth.
MATCH (one:Product)<-[:BOUGHT]-(c:Customer)-[:BOUGHT]->(other:Product)
WHERE one.id < other.id AND c.segment IS NOT NULL
RETURN one.id AS one, other.id AS other, count(DISTINCT c) AS customers, count(DISTINCT c.segment) AS segments,
       avg(c.value) AS value
ORDER BY customers DESC, one, other
LIMIT 20
