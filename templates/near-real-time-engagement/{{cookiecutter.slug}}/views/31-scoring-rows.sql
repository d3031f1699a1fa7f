-- What the model is asked, in the order of its columns (model/columns.py).
SELECT
  customer, churned, tenure_days, days_since_order, orders_90, orders_30, spend_90,
  open_rate_90, opens_90, opens_30, clicks_90, days_since_open
FROM customer_features
WHERE ago = 0
