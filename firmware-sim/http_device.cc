#include "firmware-sim/http_device.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "firmware-sim/weather_model.h"

namespace wayside::sim {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;
constexpr milliseconds kRepeatAfter{2'000};

}  // namespace

class HttpDevice::Impl : public std::enable_shared_from_this<HttpDevice::Impl> {
 public:
  Impl(asio::io_context& loop, HttpDeviceOptions options, std::shared_ptr<Witness> witness, std::function<void()> on_done)
      : loop_(loop),
        options_(std::move(options)),
        witness_(std::move(witness)),
        on_done_(std::move(on_done)),
        timer_(loop),
        started_(Steady::now()),
        due_(started_ + options_.first),
        region_(options_.region),
        locality_(random_locality(Random(options_.seed).fork(options_.salt * 2 + 1))),
        faults_(options_.faults, options_.dialect->name, Random(options_.seed).fork(options_.salt * 2 + 2),
                {Fault::kDrop, Fault::kCorrupt, Fault::kDuplicate, Fault::kDelay, Fault::kSilence, Fault::kClockZero,
                 Fault::kMissing, Fault::kSentinel}) {
    if (!region_) region_ = std::make_shared<WeatherModel>(Random(options_.seed), clock_.wall());
  }

  void start() {
    timer_.expires_at(due_);
    wait([](Impl& self) { self.begin_upload(); });
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

  const HttpDeviceCounters& counters() const { return counters_; }
  const Faults& faults() const { return faults_; }

 private:
  template <class Then>
  void wait(Then then) {
    timer_.async_wait([self = shared_from_this(), then](boost::system::error_code error) {
      if (!error && !self->stopped_) then(*self);
    });
  }

  void begin_upload() {
    const double elapsed_s = std::chrono::duration<double>(Steady::now() - started_).count();
    if (faults_.silent(elapsed_s) || faults_.strikes(Fault::kDrop)) return next();
    const UtcTime now = clock_.wall();
    const UtcTime device_now = faults_.clock_zero() ? UtcTime{static_cast<std::int64_t>(elapsed_s * 1000)} : now;
    const WeatherSample weather = localize(region_->at(now), locality_);
    upload_ = options_.dialect->write({weather, options_.identity, device_now, number_, faults_});
    copies_left_ = faults_.strikes(Fault::kDuplicate) ? 2 : 1;
    attempts_left_ = options_.dialect->attempts;
    timer_.expires_after(milliseconds(faults_.delay_ms()));
    wait([](Impl& self) { self.send(); });
  }

  void send() {
    ++counters_.sent;
    --attempts_left_;
    HttpCallOptions call;
    call.target = options_.target;
    call.segments = upload_.segments;
    call.segment_gap = milliseconds(upload_.segment_gap_ms);
    http_call(loop_, std::move(call), [self = shared_from_this()](const HttpReply& reply) {
      if (!self->stopped_) self->answered(reply);
    });
  }

  void answered(const HttpReply& reply) {
    if (options_.dialect->accepted(reply.status, reply.body)) {
      ++counters_.accepted;
      testify();
      if (--copies_left_ == 0) return next();
      attempts_left_ = options_.dialect->attempts;
      return send();
    }
    reply.status == 0 ? ++counters_.failed : ++counters_.refused;
    log_limited(LogLevel::kWarn, reply.status == 0 ? "upload_failed" : "upload_refused", options_.dialect->name,
                {{"dialect", options_.dialect->name},
                 {"n", number_},
                 {"status", reply.status},
                 {"answer", reply.status == 0 ? reply.error : reply.body.substr(0, 80)}});
    if (attempts_left_ == 0) return next();
    timer_.expires_after(kRepeatAfter);
    wait([](Impl& self) { self.send(); });
  }

  void testify() {
    if (!witness_) return;
    WitnessLine line{options_.identity.key, options_.dialect->name, number_, clock_.wall(), "", upload_.contract_values};
    if (upload_.observed_at) line.observed_at = format_rfc3339(*upload_.observed_at);
    witness_->write(line);
  }

  void next() {
    ++number_;
    if (options_.count != 0 && number_ >= options_.count) {
      if (on_done_) on_done_();
      return;
    }
    due_ += options_.interval;
    start();
  }

  asio::io_context& loop_;
  HttpDeviceOptions options_;
  std::shared_ptr<Witness> witness_;
  std::function<void()> on_done_;
  asio::steady_timer timer_;
  SystemClock clock_;
  Steady::time_point started_;
  Steady::time_point due_;
  std::shared_ptr<WeatherModel> region_;
  Locality locality_;
  Faults faults_;
  HttpDeviceCounters counters_;
  Upload upload_;
  std::uint64_t number_ = 0;
  int copies_left_ = 0;
  int attempts_left_ = 0;
  bool stopped_ = false;
};

HttpDevice::HttpDevice(asio::io_context& loop, HttpDeviceOptions options, std::shared_ptr<Witness> witness,
                       std::function<void()> on_done)
    : impl_(std::make_shared<Impl>(loop, std::move(options), std::move(witness), std::move(on_done))) {
  impl_->start();
}
HttpDevice::~HttpDevice() { impl_->stop(); }
HttpDeviceCounters HttpDevice::counters() const { return impl_->counters(); }
std::string HttpDevice::faults_summary() const { return impl_->faults().summary(); }

}  // namespace wayside::sim
