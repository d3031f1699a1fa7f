"""What the templates, the jobs and the tables have to agree about; the local AWS runs jobs as an administrator."""

import json
import re

import tables

from templates import INFRA, PROJECT, allowed, resources, template


def columns(table: str) -> set[str]:
    descriptor = resources("catalog.yaml")[table]["Properties"]["TableInput"]["StorageDescriptor"]
    return {column["Name"] for column in descriptor["Columns"]}


def partitions(table: str, key: str) -> set[str]:
    parameters = resources("catalog.yaml")[table]["Properties"]["TableInput"]["Parameters"]
    return set(parameters[f"projection.{key}.values"].split(","))


def test_the_tables_have_a_column_for_everything_that_is_curated() -> None:
    assert columns("Persons") == {"record_id", *tables.PERSON} - {"source", "birth_text", "deleted"}
    assert columns("Events") == {"record_id", *tables.EVENT} - {"person_source", "person_id"}
    assert partitions("Persons", "source") == {table.columns["source"].strip("'") for table in tables.PERSONS}
    assert partitions("Events", "origin") == {table.name for table in tables.EVENTS}
    assert partitions("QuarantinedPersons", "origin") == {table.name for table in tables.PERSONS}
    assert partitions("QuarantinedEvents", "origin") == {table.name for table in tables.EVENTS}


def test_every_column_of_a_table_is_one_that_is_kept() -> None:
    for kept, known in ((tables.PERSON, tables.PERSONS), (tables.EVENT, tables.EVENTS)):
        for table in known:
            assert set(table.columns) <= set(kept), table.path


def test_the_role_of_the_jobs_allows_what_they_do_and_no_write_to_the_raw_zone() -> None:
    called = {
        "s3": {"get_object": "s3:GetObject", "put_object": "s3:PutObject", "delete_objects": "s3:DeleteObject",
               "list_objects_v2": "s3:ListBucket"},
        "athena": {"start_query_execution": "athena:StartQueryExecution",
                   "get_query_execution": "athena:GetQueryExecution"},
        "dynamodb": {"scan": "dynamodb:Scan", "batch_writer": "dynamodb:BatchWriteItem"},
        "cloudwatch": {"put_metric_data": "cloudwatch:PutMetricData"},
    }  # fmt: skip
    jobs = [path for path in (PROJECT / "jobs").glob("*.py") if path.name != "erase.py"]
    jobs.append(PROJECT / "lib" / "store.py")
    code = "".join(path.read_text() for path in jobs)
    needed = {action for calls in called.values() for call, action in calls.items() if re.search(rf"\b{call}\b", code)}
    assert {"s3:GetObject", "s3:PutObject", "athena:StartQueryExecution", "cloudwatch:PutMetricData"} <= needed
    assert needed | {"kms:Decrypt", "kms:GenerateDataKey", "glue:GetTable"} <= allowed("processing.yaml", "JobRole")
    statements = resources("processing.yaml")["JobRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    writes = next(one for one in statements if "s3:PutObject" in one["Action"])
    zones = {resource.split("/")[1] for resource in writes["Resource"]}
    zone = r"[\"'](?:s3://\{lake\}/)?(curated|quarantine|identity|insight|audiences|masked|state)/"
    written = set(re.findall(zone, code))
    assert written <= zones
    assert "raw" not in zones


def test_only_the_role_of_erasure_may_change_the_raw_zone_and_delete_versions() -> None:
    needed = {"s3:ListBucketVersions", "s3:GetObjectVersion", "s3:DeleteObjectVersion", "s3:PutObject"}
    assert needed | {"s3:DeleteObject"} <= allowed("processing.yaml", "EraseRole")
    assert "s3:DeleteObjectVersion" not in allowed("processing.yaml", "JobRole")


def test_the_role_of_the_state_machine_allows_what_its_tasks_do() -> None:
    texts = [json.loads(path.read_text())["States"] for path in INFRA.glob("*.asl.json")]
    states = {f"{number} {name}": state for number, one in enumerate(texts) for name, state in one.items()}
    needed = {
        "glue:startJobRun.sync": {"glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"},
        "lambda:invoke": {"lambda:InvokeFunction"},
    }
    tasks = {state["Resource"].rpartition(":::")[2] for state in states.values() if state["Type"] == "Task"}
    assert "glue:startJobRun.sync" in tasks
    for task in tasks:
        assert needed[task] <= allowed("processing.yaml", "MachineRole")


def test_the_role_of_the_stream_allows_what_firehose_does() -> None:
    needed = {"s3:PutObject", "s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucket"}
    assert needed | {"kms:GenerateDataKey", "logs:PutLogEvents"} <= allowed("clickstream.yaml", "Role")
    stream = resources("clickstream.yaml")["ClickStream"]["Properties"]["ExtendedS3DestinationConfiguration"]
    assert stream["Prefix"].startswith("raw/web/events/")


def test_the_role_of_the_replication_allows_what_dms_does() -> None:
    needed = {"s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "secretsmanager:GetSecretValue", "kms:Decrypt"}
    assert needed <= allowed("databases.yaml", "Role")
    settings = resources("databases.yaml")["Target"]["Properties"]["S3Settings"]
    assert settings["BucketFolder"] == "raw"
    assert settings["AddColumnName"] is settings["IncludeOpForFullLoad"] is settings["DatePartitionEnabled"] is True
    mappings = resources("databases.yaml")["Replication"]["Properties"]["TableMappings"]["rules"]
    copied = {"/".join(rule["object-locator"].values()) for rule in mappings}
    assert copied == {table.path for table in (*tables.PERSONS, *tables.EVENTS) if table.path.startswith("shop/")}


def test_spark_is_the_one_of_glue_and_splink_the_one_that_was_tried() -> None:
    locked = (PROJECT / "requirements" / "project.txt").read_text()
    assert resources("processing.yaml")["CurateJob"]["Properties"]["GlueVersion"] == "5.1"
    assert "pyspark==3.5.6 " in locked
    for job, package in (("ResolveJob", "splink"), ("PublishJob", "scikit-learn")):
        given = resources("processing.yaml")[job]["Properties"]["DefaultArguments"]["--additional-python-modules"]
        assert given.startswith(f"{package}==")
        assert f"{given} " in locked


def test_no_stack_touches_the_settings_of_lake_formation() -> None:
    for path in INFRA.glob("*.yaml"):
        types = {resource["Type"] for resource in template(path.name)["Resources"].values()}
        assert "AWS::LakeFormation::DataLakeSettings" not in types
    assert resources("governance.yaml")["Location"]["Properties"]["HybridAccessEnabled"] is True


def test_flows_land_where_curation_looks() -> None:
    prefixes = {
        flow["Properties"]["DestinationFlowConfigList"][0]["DestinationConnectorProperties"]["S3"]["BucketPrefix"]
        for flow in resources("flows.yaml").values()
    }
    assert prefixes <= {f"raw/{table.path}" for table in (*tables.PERSONS, *tables.EVENTS)}
    policy = resources("storage.yaml")["LakeBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert {"Service": "appflow.amazonaws.com"} in [one["Principal"] for one in policy if one["Effect"] == "Allow"]
