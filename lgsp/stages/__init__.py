"""What a document passes on its way in: a file a stage, and no stage knows another."""
