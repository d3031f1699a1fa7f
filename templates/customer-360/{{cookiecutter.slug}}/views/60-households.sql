-- Customers who share a home and a family name. A household is known by the smallest id of its members.
SELECT
    min(customer_id) OVER (PARTITION BY last_name, street, postcode) AS household_id,
    customer_id,
    count(*) OVER (PARTITION BY last_name, street, postcode) AS members
FROM customers
WHERE last_name IS NOT NULL AND street IS NOT NULL
