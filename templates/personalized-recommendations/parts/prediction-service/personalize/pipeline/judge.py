"""The served model as it is judged: the campaign itself, with the filter that the API uses."""

from collections.abc import Mapping

import boto3

from data.split import Parts
from pipeline.evaluation import K, Recommend


def served_model(outputs: Mapping[str, str], parts: Parts) -> Recommend:
    """Returns what the campaign recommends to a user."""
    runtime = boto3.client("personalize-runtime")
    age = {row["user_id"]: row["age"] or "0" for row in parts.history.users}

    def recommend(user: str) -> list[str]:
        answer = runtime.get_recommendations(
            campaignArn=outputs["ForYouCampaignArn"],
            filterArn=outputs["ForYouFilterArn"],
            filterValues={"AGE": age.get(user, "0")},
            userId=user,
            numResults=K,
        )
        return [one["itemId"] for one in answer["itemList"]]

    return recommend
