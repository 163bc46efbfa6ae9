// Proves how recorded serial logs are read. The mast itself is tried on a real pseudo terminal in tests/integration.

#include "firmware-sim/serial_mast.h"

#include <gtest/gtest.h>

#include "tests/unit/sim/temporary_folder.h"

namespace wayside::sim {
namespace {

TEST(SerialMast, takes_time_prefixes_off_recorded_lines) {
  EXPECT_EQ(strip_time_prefix("13:01:35.407: <- $WIMWV,224.8,R,0.3,N,A*2C"), "$WIMWV,224.8,R,0.3,N,A*2C");
  EXPECT_EQ(strip_time_prefix("$WIMWV,224.8,R,0.3,N,A*2C"), "$WIMWV,224.8,R,0.3,N,A*2C");
  EXPECT_EQ(strip_time_prefix("WIMWV,224.8,R,0.3,N,A*2C"), "WIMWV,224.8,R,0.3,N,A*2C");
}

TEST(SerialMast, reads_a_log_that_begins_in_the_middle) {
  TemporaryFolder folder;
  const std::string path = folder.write("log", "13:01:21.858: <- \r\n$PAMTR,INFO*7\r\n13:01:21.858: <- $PAMTR,INFO*78\r\n\r\n");
  const auto lines = read_recorded_lines(path);
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(*lines, (std::vector<std::string>{"$PAMTR,INFO*7", "$PAMTR,INFO*78"}));
  EXPECT_FALSE(read_recorded_lines(folder.path() + "/none").ok());
}

}  // namespace
}  // namespace wayside::sim
