"""The columns of a row, as the views `customer_features` and `scoring_rows` give them: no header, in this order."""

FEATURES = (
    "tenure_days",
    "days_since_order",
    "orders_90",
    "orders_30",
    "spend_90",
    "open_rate_90",
    "opens_90",
    "opens_30",
    "clicks_90",
    "days_since_open",
)
COLUMNS = ("customer", "churned", *FEATURES)
