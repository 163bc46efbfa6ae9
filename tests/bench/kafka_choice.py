"""Which Kafka a benchmark runs against."""

from line.real_kafka import KafkaUnavailable


def start_kafka(line, wanted="real"):
    """Starts the wanted Kafka (real, dev, or HOST:PORT of one that runs); returns what it is in words."""
    if wanted == "real":
        try:
            line.start_real_kafka()
            return "a real one, fresh, single node"
        except KafkaUnavailable as error:
            print(f"no real Kafka ({error}); the development one stalls 40 ms now and then, so do not quote these figures")
            wanted = "dev"
    if wanted == "dev":
        line.start_dev_kafka()
        return "the development one (mock)"
    line.use_kafka(wanted)
    return wanted
