"""What answers for a graph database: openCypher over a property graph, SPARQL over triples."""
