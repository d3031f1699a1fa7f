// What a customer did in the order of time, and about which product.
// customer: the id.
MATCH (c:Customer {id: $customer})-[:DID]->(i:Interaction)
OPTIONAL MATCH (i)-[:ABOUT]->(p:Product)
OPTIONAL MATCH (i)-[:NEXT]->(next:Interaction)
RETURN i.at AS at, i.kind AS kind, p.id AS product, i.amount AS amount, i.id AS interaction, next.id AS next
ORDER BY at, interaction
