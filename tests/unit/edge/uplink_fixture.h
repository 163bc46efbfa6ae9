#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/contract/receipt.h"
#include "edge/outbox.h"
#include "edge/uplink.h"
#include "tests/unit/edge/fake_link.h"

namespace wayside::edge {

/// An uplink with a real outbox, a fake link and a fake clock: the test is broker and bridge.
class UplinkTest : public testing::Test {
 protected:
  UplinkTest() {
    char pattern[] = "/tmp/wayside-uplink-XXXXXX";
    folder_ = mkdtemp(pattern);
    options_.agent = "north";
    options_.window = 4;
    options_.backlog_per_s = 1'000;
    open();
  }
  ~UplinkTest() override {
    kill();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    OutboxLimits limits;
    limits.now = [this] { return Stamp{clock_.wall(), ClockQuality::kSynced, {}}; };
    auto opened = Outbox::open(folder_ + "/outbox.db", limits, "boot-1");
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    outbox_ = std::move(*opened);
    auto link = std::make_unique<FakeLink>();
    link_ = link.get();
    loop_ = std::make_unique<boost::asio::io_context>();
    uplink_ = std::make_unique<Uplink>(*loop_, clock_, *outbox_, std::move(link), options_,
                                       UplinkEvents{[] { return "{}"; }, [this](UtcTime now) { times_.push_back(now); }});
    uplink_->start();
  }
  /// As kill -9 does: nothing is closed.
  void kill() {
    uplink_.reset();
    outbox_.reset();
    loop_.reset();
  }

  void accept(const std::string& station, int n, bool dated = true) {
    NewReading reading;
    reading.observation = {station, Stream::kWeather, UtcTime{n}, "{\"n\":" + std::to_string(n) + "}"};
    reading.stamp =
        dated ? Stamp{UtcTime{n}, ClockQuality::kSynced, {}} : Stamp{std::nullopt, ClockQuality::kUnknown, MonoTime{n}};
    const std::vector<NewReading> group{reading};
    ASSERT_TRUE(outbox_->accept(group, {}).ok());
    uplink_->outbox_grew();
  }
  void accept_large(const std::string& station) {
    NewReading reading;
    reading.observation = {station, Stream::kWeather, UtcTime{1}, "{\"n\":1,\"x\":\"" + std::string(5'000, 'x') + "\"}"};
    reading.stamp = Stamp{UtcTime{1}, ClockQuality::kSynced, {}};
    ASSERT_TRUE(outbox_->accept(std::vector<NewReading>{reading}, {}).ok());
    uplink_->outbox_grew();
  }
  void accept_all(int first, int last) {
    for (int n = first; n <= last; ++n) accept("a", n);
  }

  /// The `n` of the readings published since the last call, in order.
  std::vector<int> published() {
    std::vector<int> numbers;
    for (const auto& message : link_->take_sent()) {
      if (!message.is_reading()) continue;
      last_ = message;
      numbers.push_back(message.json()["values"]["n"]);
    }
    return numbers;
  }

  Receipt receipt(std::uint64_t first, std::uint64_t last, const std::string& station = "a") {
    Receipt receipt;
    receipt.epoch = outbox_->epoch();
    receipt.stations[station].insert(SeqRange{first, last});
    return receipt;
  }
  void receive(const Receipt& receipt) {
    for (const std::string& text : encode_receipt(receipt)) link_->receive(text);
  }
  void pass(std::int64_t ms) {
    clock_.now += MonoTime{ms};
    uplink_->outbox_grew();
  }

  using Ns = std::vector<int>;
  std::string folder_;
  SteadyClock clock_;
  UplinkOptions options_;
  std::unique_ptr<boost::asio::io_context> loop_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Uplink> uplink_;
  FakeLink* link_ = nullptr;
  std::vector<UtcTime> times_;
  FakeLink::Message last_;
};

}  // namespace wayside::edge
