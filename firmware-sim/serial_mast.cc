#include "firmware-sim/serial_mast.h"

#include <boost/asio/io_context.hpp>
#include <cctype>
#include <fstream>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "firmware-sim/nmea_writer.h"
#include "firmware-sim/pty_port.h"
#include "firmware-sim/ticker.h"

namespace wayside::sim {
namespace {

constexpr std::uint64_t kFaultSalt = 202;
constexpr std::size_t kCutBytes = 9;
using Steady = std::chrono::steady_clock;

}  // namespace

class SerialMast::Impl {
 public:
  Impl(boost::asio::io_context& loop, SerialMastOptions options, std::unique_ptr<PtyPort> port,
       std::shared_ptr<Witness> witness, std::function<void()> on_done)
      : options_(std::move(options)),
        port_(std::move(port)),
        witness_(std::move(witness)),
        on_done_(std::move(on_done)),
        started_(Steady::now()),
        region_(options_.region),
        faults_(options_.faults, "serial", Random(options_.seed).fork(kFaultSalt),
                {Fault::kDrop, Fault::kCorrupt, Fault::kDuplicate, Fault::kDelay, Fault::kSilence, Fault::kVoid}),
        ticker_(loop, interval(), [this] { return tick(); }) {
    if (!region_) region_ = std::make_shared<WeatherModel>(Random(options_.seed), clock_.wall());
  }

  const PtyPort& port() const { return *port_; }
  const Faults& faults() const { return faults_; }
  std::uint64_t lines() const { return number_; }

 private:
  Ticker::Delay interval() const { return Ticker::Delay(static_cast<std::int64_t>(1000 / options_.lines_per_s)); }

  Ticker::Delay tick() {
    const bool recording_ended = !options_.recorded.empty() && number_ >= options_.recorded.size();
    if (recording_ended || (options_.count != 0 && number_ >= options_.count)) {
      if (on_done_) on_done_();
      return Ticker::Delay(-1);
    }
    if (options_.recorded.empty()) {
      const NmeaSentence sentence = compose();
      send(nmea_line(sentence.payload), sentence.contract_values);
    } else {
      send(options_.recorded[number_] + "\r\n", "{}");
    }
    ++number_;
    return interval() + Ticker::Delay(faults_.delay_ms());
  }

  /// Three winds, then the air; every second round the pressure as a transducer, as the 110WX does.
  NmeaSentence compose() {
    const WeatherSample& weather = region_->at(clock_.wall());
    const std::uint64_t round = number_ / 5;
    const std::uint64_t place = number_ % 5;
    if (place == 3) return nmea_mda(weather);
    if (place == 4 && round % 2 == 0) return nmea_xdr(weather);
    const bool relative = options_.wind == "relative" || (options_.wind == "both" && place % 2 == 0);
    return nmea_mwv(weather, relative ? 'R' : 'T', !faults_.strikes(Fault::kVoid));
  }

  void send(std::string line, const std::string& values) {
    const double elapsed_s = std::chrono::duration<double>(Steady::now() - started_).count();
    if (faults_.silent(elapsed_s) || faults_.strikes(Fault::kDrop)) return;
    const bool cut = number_ == 0 && options_.recorded.empty();
    if (cut) line.erase(0, kCutBytes);
    const bool corrupt = faults_.strikes(Fault::kCorrupt);
    // One bit of one byte, as noise on a line does: the checksum no longer fits.
    if (corrupt && line.size() > 8) line[1 + faults_.random().below(line.size() - 6)] ^= 0x01;
    const bool twice = faults_.strikes(Fault::kDuplicate);
    port_->write(line);
    if (twice) port_->write(line);
    if (witness_ && !cut && !corrupt) witness_->write({options_.link, "nmea", number_, clock_.wall(), "", values});
  }

  SerialMastOptions options_;
  std::unique_ptr<PtyPort> port_;
  std::shared_ptr<Witness> witness_;
  std::function<void()> on_done_;
  SystemClock clock_;
  Steady::time_point started_;
  std::shared_ptr<WeatherModel> region_;
  Faults faults_;
  std::uint64_t number_ = 0;
  Ticker ticker_;
};

Result<std::unique_ptr<SerialMast>> SerialMast::open(boost::asio::io_context& loop, SerialMastOptions options,
                                                     std::shared_ptr<Witness> witness, std::function<void()> on_done) {
  auto port = PtyPort::open(options.link);
  if (!port) return std::move(port).error();
  auto impl = std::make_unique<Impl>(loop, std::move(options), std::move(*port), std::move(witness), std::move(on_done));
  return std::unique_ptr<SerialMast>(new SerialMast(std::move(impl)));
}

SerialMast::SerialMast(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SerialMast::~SerialMast() = default;
std::string SerialMast::device() const { return impl_->port().device(); }
std::uint64_t SerialMast::lines() const { return impl_->lines(); }
std::string SerialMast::faults_summary() const { return impl_->faults().summary(); }

std::string strip_time_prefix(const std::string& line) {
  constexpr std::string_view kArrow = ": <- ";
  const std::size_t arrow = line.find(kArrow);
  const bool timed = arrow < 20 && std::isdigit(static_cast<unsigned char>(line[0])) != 0;
  return timed ? line.substr(arrow + kArrow.size()) : line;
}

Result<std::vector<std::string>> read_recorded_lines(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{"--replay: cannot be read (got " + path + ")", "a text file of recorded lines"};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    line = strip_time_prefix(line);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
  }
  if (lines.empty()) return Error{"--replay: holds no lines (got " + path + ")", "a text file of recorded lines"};
  return lines;
}

}  // namespace wayside::sim
