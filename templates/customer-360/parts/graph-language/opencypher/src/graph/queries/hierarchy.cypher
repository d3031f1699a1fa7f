// A household from top to bottom: who lives in it, by which records they are known, and by which identities those.
// household: its id, that of the customer with the smallest id.
MATCH (h:Household {id: $household})<-[:LIVES_IN]-(c:Customer)-[:HAS_RECORD]->(r:Record)
OPTIONAL MATCH (r)-[:IDENTIFIED_BY]->(i:Identity)
RETURN h.id AS household, c.id AS customer, r.id AS record, collect(i.known_as) AS identities
ORDER BY customer, record
