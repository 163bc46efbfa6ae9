// Proves the reading of turnstile audit lines: the published example, several audits on a line, and each reason of refusal.
#include "edge/drivers/mta_audit.h"

#include <gtest/gtest.h>

namespace wayside::edge {
namespace {

std::string reason(std::string_view line) {
  const auto parsed = parse_audit_line(line);
  const auto* why = std::get_if<AuditReason>(&parsed);
  return why == nullptr ? "taken" : std::string(to_text(*why));
}

TEST(MtaAudit, reads_the_published_line) {
  const auto parsed = parse_audit_line("A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391,001097585");
  const auto& line = std::get<AuditLine>(parsed);
  EXPECT_EQ(line.device, "A002/R051/02-00-00");
  ASSERT_EQ(line.audits.size(), 1U);
  const Audit& audit = line.audits[0];
  EXPECT_EQ(audit.at.year, 2011);
  EXPECT_EQ(audit.at.month, 5);
  EXPECT_EQ(audit.at.day, 21);
  EXPECT_EQ(audit.event, "REGULAR");
  EXPECT_EQ(audit.entries.value, 3'169'391U);
  EXPECT_EQ(audit.entries.modulus, 1'000'000'000U);
  EXPECT_EQ(audit.exits.value, 1'097'585U);
}

TEST(MtaAudit, reads_several_audits_of_a_padded_line) {
  const auto parsed = parse_audit_line(
      "A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391,001097585,05-21-11,04:00:00,DOOR OPEN,003169415,001097588,,  ");
  const auto& line = std::get<AuditLine>(parsed);
  ASSERT_EQ(line.audits.size(), 2U);
  EXPECT_EQ(line.audits[1].at.hour, 4);
  EXPECT_EQ(line.audits[1].event, "DOOR OPEN");
  EXPECT_EQ(line.audits[1].exits.value, 1'097'588U);
}

TEST(MtaAudit, refuses_what_is_none) {
  EXPECT_EQ(reason(""), "not_an_audit");
  EXPECT_EQ(reason("$WIMWV,270.5,R,0.2,N,A*21"), "not_an_audit");
  EXPECT_EQ(reason("A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391"), "not_an_audit");
  EXPECT_EQ(reason("A0\"2,R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391,001097585"), "not_an_audit");
  EXPECT_EQ(reason(",R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391,001097585"), "not_an_audit");
  EXPECT_EQ(reason("A002,R051,02-00-00,02-30-11,00:00:00,REGULAR,003169391,001097585"), "bad_time");
  EXPECT_EQ(reason("A002,R051,02-00-00,05-21-11,24:00:00,REGULAR,003169391,001097585"), "bad_time");
  EXPECT_EQ(reason("A002,R051,02-00-00,5-21-11,00:00:00,REGULAR,003169391,001097585"), "bad_time");
  EXPECT_EQ(reason("A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,-03169391,001097585"), "not_a_register");
  EXPECT_EQ(reason("A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391,1097585x"), "not_a_register");
  EXPECT_EQ(reason("A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,1234567890123456,1"), "not_a_register");
  EXPECT_EQ(reason(std::string(513, 'A')), "too_long");
}

}  // namespace
}  // namespace wayside::edge
