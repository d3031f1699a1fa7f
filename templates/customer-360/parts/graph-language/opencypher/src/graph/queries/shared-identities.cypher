// Customers who share an e-mail address or a phone number: families, or one person who was taken for two.
MATCH (c:Customer)-[:HAS_RECORD]->(:Record)-[:IDENTIFIED_BY]->(i:Identity)<-[:IDENTIFIED_BY]-(:Record)<-[:HAS_RECORD]-(o:Customer)
WHERE c.id < o.id
RETURN DISTINCT c.id AS customer, o.id AS other, i.kind AS kind
ORDER BY customer, other, kind
LIMIT 100
