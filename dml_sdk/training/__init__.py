"""Training: data, networks, engines, aggregation and scoring; knows neither chain nor storage.

Read in this order, each file leaning only on those above it:

    weights.py      what is exchanged: arrays by name, and what is wrong with an update
    schemes.py      who gets which example: IID, shards, Dirichlet; pure functions of the labels
    data.py         Dataset, Client, Partition, Split; label_table.py draws a partition
    datasets.py     MNIST, digits, or your own file, as a Split
    network.py      multi-layer perceptrons without TensorFlow; keras.py reads Keras models
    engine.py       the protocol that every engine keeps, the batch order they share
    reference.py    the NumPy engine, and the oracle in tests
    graphs.py       local training of a Keras model as a TensorFlow graph
    tff.py          the TensorFlow Federated engine (imported only when it is opened)
    aggregators.py  FedAvg
    scoring.py      how validators judge updates
"""
