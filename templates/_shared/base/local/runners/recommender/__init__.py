"""A recommender that answers as Amazon Personalize would be asked: `train_recommender.py`, `serve_recommender.py`."""
