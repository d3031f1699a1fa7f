"""SageMaker: training and transform jobs, models and endpoints; `gaps/sagemaker.py` puts it into the emulator."""
