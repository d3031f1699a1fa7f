-- What analysts may see: nobody can be found or written to by it, and who may not be profiled has no row.
SELECT
    customer_id,
    records,
    systems,
    year(birth_date) - year(birth_date) % 10 AS born_in_the,
    concat(substr(postcode, 1, 2), '..') AS area,
    concat(substr(first_name, 1, 1), '***') AS name,
    concat('***@', split_part(email, '@', 2)) AS email,
    marketing
FROM customers
WHERE profiling
