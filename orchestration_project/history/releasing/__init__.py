"""Making a candidate live, on evidence: the gate it has to pass, and the way back.

`gate.py` judges, `release.py` writes the files and the record. What is compared is `evaluation/`.
"""
