"""Cleans interactions and shapes what there is to learn from; a Spark job on Glue, and here.

    --LAKE my-lake --RUN 6745a1b2

It reads landing/ and events/ of the lake and writes CSV with a header below prepared/<RUN>/: interactions, items and
users as Personalize wants them, the popular items for the fallback, and the size. The views in views/ judge alike; a
test holds both together.
"""

import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import DataFrame, SparkSession, Window, functions as f

ROBOT_EVENTS_A_DAY = 300
TYPES = ("view", "cart", "purchase")
HALF_LIFE_DAYS = 28.0


def clean(interactions: DataFrame, items: DataFrame) -> DataFrame:
    """Returns each event once, without robots, items that are gone, times that have not come, and unknown types."""
    day = f.substring("event_time", 1, 10)
    robots = (
        interactions.groupBy("user_id", day.alias("day"))
        .agg(f.countDistinct("event_id").alias("events"))
        .where(f.col("events") > ROBOT_EVENTS_A_DAY)
        .select("user_id")
        .distinct()
    )
    first = Window.partitionBy("event_id").orderBy(f.desc("tracked"), "event_time")
    return (
        interactions.withColumn("nth", f.row_number().over(first))
        .where("nth = 1")
        .join(robots, "user_id", "left_anti")
        .join(items.select("item_id").distinct(), "item_id", "left_semi")
        .where(f.to_timestamp("event_time") <= f.current_timestamp() + f.expr("INTERVAL 1 DAY"))
        .where(f.col("event_type").isin(*TYPES))
    )


def popular(cleaned: DataFrame, items: DataFrame) -> DataFrame:
    """Returns the thousand items that are asked for most; an event of four weeks ago counts half."""
    newest = cleaned.agg(f.max(f.to_timestamp("event_time")).alias("newest"))
    age = f.floor((f.col("newest").cast("long") - f.to_timestamp("event_time").cast("long")) / 86_400)
    score = f.round(f.sum(f.pow(f.lit(0.5), age / HALF_LIFE_DAYS)), 4)
    counted = cleaned.crossJoin(newest).groupBy("item_id").agg(score.alias("score"))
    shaped = counted.join(items, "item_id").select("item_id", "score", "category", "min_age", "available")
    return shaped.orderBy(f.desc("score")).limit(1000)


def size(cleaned: DataFrame) -> DataFrame:
    """Returns one row: interactions, users, and users with two interactions or more."""
    per_user = cleaned.groupBy("user_id").agg(f.count("*").alias("events"))
    return per_user.agg(
        f.coalesce(f.sum("events"), f.lit(0)).alias("interactions"),
        f.coalesce(f.sum((f.col("events") > 1).cast("int")), f.lit(0)).alias("users_with_two"),
        f.count("*").alias("users"),
    )


def run(spark: SparkSession, lake: str, name: str) -> None:
    """Reads, cleans and writes."""
    history = spark.read.schema("event_id STRING, user_id STRING, item_id STRING, event_type STRING, event_time STRING")
    columns = ["event_id", "user_id", "item_id", "event_type", "event_time", "tracked"]
    landed = history.json(f"{lake}/landing/interactions/").withColumn("tracked", f.lit(False)).select(*columns)
    items = spark.read.schema(
        "item_id STRING, category STRING, price STRING, min_age STRING, available STRING, added_on STRING"
    ).json(f"{lake}/landing/items/")
    users = spark.read.schema("user_id STRING, age STRING").json(f"{lake}/landing/users/")
    everything = landed.unionByName(_live(spark, lake).select(*columns))
    cleaned = clean(everything, items).cache()
    unix = f.to_timestamp("event_time").cast("long")
    shaped = {
        "interactions": cleaned.where("NOT tracked").select(
            f.col("user_id").alias("USER_ID"),
            f.col("item_id").alias("ITEM_ID"),
            f.col("event_type").alias("EVENT_TYPE"),
            unix.alias("TIMESTAMP"),
        ),
        "items": items.select(
            f.col("item_id").alias("ITEM_ID"),
            f.col("category").alias("CATEGORY"),
            f.col("price").alias("PRICE"),
            f.col("min_age").alias("MIN_AGE"),
            f.col("available").alias("AVAILABLE"),
            f.to_timestamp("added_on").cast("long").alias("CREATION_TIMESTAMP"),
        ),
        "users": users.select(f.col("user_id").alias("USER_ID"), f.col("age").alias("AGE")),
        "popular": popular(cleaned, items).coalesce(1),
        "size": size(cleaned).coalesce(1),
    }
    for part, frame in shaped.items():
        frame.write.mode("overwrite").option("header", "true").csv(f"{lake}/prepared/{name}/{part}/")


def _live(spark: SparkSession, lake: str) -> DataFrame:
    """Returns what has arrived through the API; before the first event there is no such folder."""
    schema = "event_id STRING, user_id STRING, item_id STRING, event_type STRING, event_time STRING, tracked BOOLEAN"
    hadoop = spark._jvm.org.apache.hadoop.fs  # type: ignore[union-attr]
    path = hadoop.Path(f"{lake}/events/")
    if not path.getFileSystem(spark._jsc.hadoopConfiguration()).exists(path):
        return spark.createDataFrame([], schema)
    return spark.read.schema(schema).json(f"{lake}/events/")


if __name__ == "__main__":
    given = getResolvedOptions(sys.argv, ["LAKE", "RUN"])
    session = SparkSession.builder.getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    run(session, f"s3://{given['LAKE']}", given["RUN"])
