// Proves the checks of information and health, and that a dead letter carries any bytes there and back.
#include "common/contract/message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/seeded.h"

namespace wayside {
namespace {

std::string info_reason(std::string_view text) {
  const auto refusal = check_station_info(text, "72");
  return refusal ? std::string(to_text(refusal->reason)) : "taken";
}
std::string health_reason(std::string_view text) {
  const auto refusal = check_agent_health(text, "demo");
  return refusal ? std::string(to_text(refusal->reason)) : "taken";
}

TEST(StationInfo, is_taken_with_unknown_fields_and_refused_with_bad_known_ones) {
  EXPECT_EQ(info_reason(R"({"kind":"bike"})"), "taken");
  EXPECT_EQ(info_reason(R"({"station_id":"72","kind":"rail","name":"é","lat":-90,"lon":180,"capacity":null,"lines":["blue"],
                            "streams":{"arrival":{"report_interval_s":60},"new":{}},"more":[1]})"),
            "taken");
  EXPECT_EQ(info_reason(""), "bad_json");
  EXPECT_EQ(info_reason("[]"), "bad_type");
  EXPECT_EQ(info_reason("{}"), "missing_field");
  EXPECT_EQ(info_reason(R"({"kind":5})"), "bad_type");
  EXPECT_EQ(info_reason(R"({"kind":"tram"})"), "out_of_range");
  EXPECT_EQ(info_reason(R"({"kind":"bike","station_id":"73"})"), "topic_mismatch");
  EXPECT_EQ(info_reason(R"({"kind":"bike","lat":90.1})"), "out_of_range");
  EXPECT_EQ(info_reason(R"({"kind":"bike","lon":"5"})"), "bad_type");
  EXPECT_EQ(info_reason(R"({"kind":"bike","capacity":-1})"), "out_of_range");
  EXPECT_EQ(info_reason(R"({"kind":"bike","lines":"blue"})"), "bad_type");
  EXPECT_EQ(info_reason(R"({"kind":"bike","lines":[5]})"), "bad_type");
  EXPECT_EQ(info_reason(R"({"kind":"bike","streams":[]})"), "bad_type");
  EXPECT_EQ(info_reason(R"({"kind":"bike","streams":{"x":5}})"), "bad_type");
  EXPECT_EQ(info_reason(R"({"kind":"bike","streams":{"x":{"report_interval_s":0}}})"), "out_of_range");
  EXPECT_EQ(info_reason(R"({"kind":"bike","name":")" + std::string(kMessageBytesMax, 'x') + "\"}"), "too_large");
}

TEST(StationInfo, deep_nesting_is_refused_before_anything_recurses) {
  const std::string deep = R"({"kind":"bike","x":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_EQ(info_reason(deep), "bad_json");
  EXPECT_EQ(info_reason(R"({"kind":"bike","x":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"["})"), "taken");
}

TEST(AgentHealth, encoding_passes_its_own_check) {
  AgentHealth health{"demo", "online", "0.1.0", UtcTime{1}, UtcTime{0}, "synced", 1, 2, 3, 1.5, "disk full", {}, {}};
  health.drivers.push_back({"city", "gbfs", "fault", "broken \xff text", 5, 6, 7, 8, {{"not_stored", 9}}});
  health.epochs.push_back({"e1", 10, 5, 1, 2, 2});
  EXPECT_EQ(health_reason(encode_agent_health(health)), "taken");
  health.outbox_hours_left.reset();
  EXPECT_EQ(health_reason(encode_agent_health(health)), "taken");
}

TEST(AgentHealth, types_are_checked_so_that_readers_need_not) {
  EXPECT_EQ(health_reason(R"({"agent":"demo","status":"offline","at":"2026-11-20T08:11:33Z"})"), "taken");
  EXPECT_EQ(health_reason(R"({"agent":"other","status":"offline"})"), "topic_mismatch");
  EXPECT_EQ(health_reason(R"({"agent":"demo"})"), "missing_field");
  EXPECT_EQ(health_reason(R"({"status":"asleep"})"), "out_of_range");
  EXPECT_EQ(health_reason(R"({"status":"online","version":5})"), "bad_type");
  EXPECT_EQ(health_reason(R"({"status":"online","at":"now"})"), "bad_time");
  EXPECT_EQ(health_reason(R"({"status":"online","drivers":{}})"), "bad_type");
  EXPECT_EQ(health_reason(R"({"status":"online","drivers":[{"source":"a","driver":"b"}]})"), "missing_field");
  EXPECT_EQ(health_reason(R"({"status":"online","outbox":{"bytes":-1}})"), "out_of_range");
  EXPECT_EQ(health_reason(R"({"status":"online","epochs":[{"epoch":"e","accepted":1,"receipted":"1"}]})"), "bad_type");
  EXPECT_EQ(health_reason(R"({"status":"online","epochs":[7]})"), "bad_type");
}

TEST(DeadLetter, any_bytes_come_back) {
  test::Seeded random;
  for (int round = 0; round < 200; ++round) {
    DeadLetter letter;
    letter.reason = static_cast<Reason>(random.number(0, kReasonCount - 1));
    letter.detail = "why";
    letter.topic = "wayside/v1/a/b";
    letter.received_at = UtcTime{static_cast<std::int64_t>(random.number(0, 4'000'000'000'000))};
    letter.seq = random.one_in(2) ? random.number(1, kSeqMax) : 0;
    letter.payload.resize(random.number(0, 300));
    for (char& c : letter.payload) c = random.byte();
    const auto back = parse_dead_letter(encode_dead_letter(letter));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->reason, letter.reason);
    EXPECT_EQ(back->payload, letter.payload);
    EXPECT_EQ(back->seq, letter.seq);
    EXPECT_EQ(back->received_at, letter.received_at);
  }
}

TEST(DeadLetter, broken_text_in_fields_does_not_stop_it) {
  DeadLetter letter;
  letter.topic = "bad\xff\xfe";
  letter.detail = std::string("nul\0", 4);
  EXPECT_TRUE(parse_dead_letter(encode_dead_letter(letter)));
}

TEST(DeadLetter, huge_payload_is_cut_and_says_so) {
  DeadLetter letter;
  letter.payload.assign(3 * kMessageBytesMax, 'x');
  const auto text = encode_dead_letter(letter);
  EXPECT_LT(text.size(), 400'000U);
  EXPECT_EQ(nlohmann::json::parse(text)["payload_bytes"], 3 * kMessageBytesMax);
  EXPECT_EQ(parse_dead_letter(text)->payload.size(), kMessageBytesMax);
}

TEST(DeadLetter, bad_ones_are_refused) {
  for (const char* text : {"", "[]", "{}", R"({"reason":"bored","received_at":"2026-11-20T08:11:33Z","payload_base64":""})",
                           R"({"reason":"bad_json","received_at":"x","payload_base64":""})",
                           R"({"reason":"bad_json","received_at":"2026-11-20T08:11:33Z","payload_base64":"A"})",
                           R"({"reason":"bad_json","received_at":"2026-11-20T08:11:33Z"})"}) {
    EXPECT_FALSE(parse_dead_letter(text)) << text;
  }
}

TEST(Reasons, have_texts_that_come_back) {
  for (std::size_t i = 0; i < kReasonCount; ++i)
    EXPECT_EQ(parse_reason(to_text(static_cast<Reason>(i))), static_cast<Reason>(i));
  EXPECT_FALSE(parse_reason("bored"));
}

}  // namespace
}  // namespace wayside
