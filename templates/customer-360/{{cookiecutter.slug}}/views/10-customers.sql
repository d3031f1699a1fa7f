-- One row for each customer: of every attribute the newest value that any record holds, and the record it is from.
-- Consent is what no system denies: one no outweighs every yes.
WITH ranked AS (
    SELECT
        p.*,
        c.customer_id,
        -- Of records that changed in the same moment the one with the greater id wins: the same rows, the same profile.
        concat(CAST(p.changed_at AS VARCHAR), p.record_id) AS age
    FROM persons AS p
    INNER JOIN clusters AS c ON p.record_id = c.record_id
)

SELECT
    customer_id,
    count(*) AS records,
    count(DISTINCT source) AS systems,
    max_by(first_name, age) FILTER (WHERE first_name IS NOT NULL) AS first_name,
    max_by(record_id, age) FILTER (WHERE first_name IS NOT NULL) AS first_name_from,
    max_by(last_name, age) FILTER (WHERE last_name IS NOT NULL) AS last_name,
    max_by(record_id, age) FILTER (WHERE last_name IS NOT NULL) AS last_name_from,
    max_by(birth_date, age) FILTER (WHERE birth_date IS NOT NULL) AS birth_date,
    max_by(record_id, age) FILTER (WHERE birth_date IS NOT NULL) AS birth_date_from,
    max_by(email, age) FILTER (WHERE email IS NOT NULL) AS email,
    max_by(record_id, age) FILTER (WHERE email IS NOT NULL) AS email_from,
    max_by(phone, age) FILTER (WHERE phone IS NOT NULL) AS phone,
    max_by(record_id, age) FILTER (WHERE phone IS NOT NULL) AS phone_from,
    max_by(concat(street, ' ', coalesce(house_number, '')), age) FILTER (WHERE street IS NOT NULL) AS street,
    max_by(postcode, age) FILTER (WHERE street IS NOT NULL) AS postcode,
    max_by(town, age) FILTER (WHERE street IS NOT NULL) AS town,
    max_by(record_id, age) FILTER (WHERE street IS NOT NULL) AS address_from,
    coalesce(bool_and(marketing), false) AS marketing,
    coalesce(bool_and(profiling), false) AS profiling
FROM ranked
GROUP BY customer_id
