"""Kafka's DeleteRecords, which moves the beginning of a partition up; Debian's confluent_kafka does not have it yet."""

import ctypes
import ctypes.util

PRODUCER = 0
TIMEOUT_MS = 20_000


def delete_records(brokers, topic, partition, before):
    """What lies below offset `before` is gone when this returns. Raises RuntimeError with Kafka's own words."""
    kafka = _library()
    why = ctypes.create_string_buffer(512)
    conf = kafka.rd_kafka_conf_new()
    if kafka.rd_kafka_conf_set(conf, b"bootstrap.servers", brokers.encode(), why, len(why)) != 0:
        raise RuntimeError(why.value.decode())
    handle = kafka.rd_kafka_new(PRODUCER, conf, why, len(why))
    if not handle:
        raise RuntimeError(why.value.decode())
    offsets = kafka.rd_kafka_topic_partition_list_new(1)
    kafka.rd_kafka_topic_partition_list_add(offsets, topic.encode(), partition)
    kafka.rd_kafka_topic_partition_list_set_offset(offsets, topic.encode(), partition, before)
    request = kafka.rd_kafka_DeleteRecords_new(offsets)
    queue = kafka.rd_kafka_queue_new(handle)
    kafka.rd_kafka_DeleteRecords(handle, (ctypes.c_void_p * 1)(request), 1, None, queue)
    event = kafka.rd_kafka_queue_poll(queue, TIMEOUT_MS)
    error = kafka.rd_kafka_event_error_string(event) if event and kafka.rd_kafka_event_error(event) else None
    answered = bool(event)
    kafka.rd_kafka_event_destroy(event)
    kafka.rd_kafka_DeleteRecords_destroy(request)
    kafka.rd_kafka_topic_partition_list_destroy(offsets)
    kafka.rd_kafka_queue_destroy(queue)
    kafka.rd_kafka_destroy(handle)
    if error or not answered:
        raise RuntimeError(f"DeleteRecords of {topic} {partition}: {error.decode() if error else 'no answer'}")


def _library():
    library = ctypes.CDLL(ctypes.util.find_library("rdkafka") or "librdkafka.so.1")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    signatures = {
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (number, [pointer, text, text, text, ctypes.c_size_t]),
        "rd_kafka_new": (pointer, [number, pointer, text, ctypes.c_size_t]),
        "rd_kafka_topic_partition_list_new": (pointer, [number]),
        "rd_kafka_topic_partition_list_add": (pointer, [pointer, text, ctypes.c_int32]),
        "rd_kafka_topic_partition_list_set_offset": (number, [pointer, text, ctypes.c_int32, ctypes.c_int64]),
        "rd_kafka_topic_partition_list_destroy": (None, [pointer]),
        "rd_kafka_DeleteRecords_new": (pointer, [pointer]),
        "rd_kafka_DeleteRecords": (None, [pointer, pointer, ctypes.c_size_t, pointer, pointer]),
        "rd_kafka_DeleteRecords_destroy": (None, [pointer]),
        "rd_kafka_queue_new": (pointer, [pointer]),
        "rd_kafka_queue_poll": (pointer, [pointer, number]),
        "rd_kafka_queue_destroy": (None, [pointer]),
        "rd_kafka_event_error": (number, [pointer]),
        "rd_kafka_event_error_string": (text, [pointer]),
        "rd_kafka_event_destroy": (None, [pointer]),
        "rd_kafka_destroy": (None, [pointer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
