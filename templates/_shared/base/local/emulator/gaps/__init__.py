"""What the pinned emulator lacks or only pretends, one module for each, in the order in which they are filled.

Each module says in its docstring what the emulator does without it, and has one function `fill(aws)`.
"""

GAPS: tuple[str, ...] = (
    "lake",
    "secure_transport",
    "athena_sql",
    "athena_parameters",
    "athena_results",
    "athena_scan",
    "athena_workgroups",
    "athena_views",
    "athena_catalogue",
    "athena_tables",
    "metric_namespaces",
    "glue_jobs",
    "glue_crawlers",
    "sagemaker",
    "personalize",
    "neptune",
    "lambda_errors",
    "step_functions_sync",
    "schedules",
    "firehose_buffer",
    "nested_stacks",
    "retained_resources",
    "api_endpoint",
    "jwt_authorizer",
    "stream_consumers",
    "managed_flink",
    "stream_limits",
    "iot_rules",
    "iot_endpoint",
    "sqs_queues",
    "ses",
    "cloudformation_types",
)
