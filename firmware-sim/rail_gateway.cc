// Written from the documents of Kafka's REST proxy (v2) and the course's Avro schemas:
//   arrival    {station_id:int, train_id:string, direction:string, line:string, train_status:string,
//               prev_station_id:["null","int"], prev_direction:["null","string"]}
//   turnstile  {station_id:int, station_name:string, line:string}     one record a person
// Avro's JSON writes a value of a union as {"int":7}, null as null. The answer lists an offset or an error for each record.
#include "firmware-sim/rail_gateway.h"

#include <boost/asio/io_context.hpp>
#include <deque>
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "firmware-sim/ticker.h"

namespace wayside::sim {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr std::size_t kRecordsPerRequest = 200;
constexpr milliseconds kRepeatAfter{1000};

struct Waiting {
  bool person = false;
  Json record;
  WitnessLine said;
};

Json record_of(UtcTime at, Json value) { return {{"key", {{"timestamp", at.ms}}}, {"value", std::move(value)}}; }

Json nullable(bool avro, const char* type, Json value) {
  return avro && !value.is_null() ? Json{{type, std::move(value)}} : value;
}

}  // namespace

class RailGateway::Impl : public std::enable_shared_from_this<RailGateway::Impl> {
 public:
  Impl(boost::asio::io_context& loop, RailGatewayOptions options, std::shared_ptr<Witness> witness)
      : loop_(loop),
        options_(std::move(options)),
        witness_(std::move(witness)),
        faults_(options_.faults, "rail", Random(options_.seed).fork(303), {Fault::kDrop, Fault::kDuplicate, Fault::kSilence}),
        started_(std::chrono::steady_clock::now()) {}

  void start() {
    ticker_ = std::make_unique<Ticker>(loop_, options_.interval, [this] { return send_next(); });
  }
  void stop() {
    stopped_ = true;
    ticker_.reset();
  }

  void add(const SeenTrain& train) {
    Json prev = train.prev_station ? Json(*train.prev_station) : Json(nullptr);
    Json prev_direction = train.prev_station ? Json(train.prev_direction) : Json(nullptr);
    Json value = {{"station_id", train.station},
                  {"train_id", train.train},
                  {"direction", train.direction},
                  {"line", train.line},
                  {"train_status", train.status},
                  {"prev_station_id", nullable(options_.avro, "int", prev)},
                  {"prev_direction", nullable(options_.avro, "string", prev_direction)}};
    Json said = {{"vehicle_id", train.train},
                 {"route_id", train.line},
                 {"direction_id", train.direction},
                 {"vehicle_status", train.status},
                 {"stop_sequence", train.stop_sequence}};
    if (train.prev_station) {
      said["prev_station_id"] = std::to_string(*train.prev_station);
      said["prev_direction_id"] = train.prev_direction;
    }
    wait({false,
          record_of(train.at, std::move(value)),
          {std::to_string(train.station), "kafka-rest-arrival", number_++, {}, format_rfc3339(train.at), said.dump()}});
  }

  void add(const SeenPersons& persons) {
    const Json value = {{"station_id", persons.station}, {"station_name", persons.station_name}, {"line", persons.line}};
    for (std::uint64_t i = 0; i < persons.count; ++i) {
      wait({true,
            record_of(persons.at, value),
            {std::to_string(persons.station),
             "kafka-rest-turnstile",
             number_++,
             {},
             format_rfc3339(persons.at),
             R"({"entries":1})"}});
    }
  }

  bool idle() const { return waiting_.empty() && !under_way_; }
  const RailGatewayCounters& counters() const { return counters_; }
  const Faults& faults() const { return faults_; }

 private:
  void wait(Waiting one) {
    if (waiting_.size() >= kRecordsMax) {
      ++counters_.dropped;
      return;
    }
    waiting_.push_back(std::move(one));
  }

  Ticker::Delay send_next() {
    const double elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    if (!under_way_ && !waiting_.empty() && !faults_.silent(elapsed_s)) begin_request();
    return options_.interval;
  }

  void begin_request() {
    const bool person = waiting_.front().person;
    // A request that had no answer is sent again as it was.
    const bool again = batch_ != 0;
    while (!again && batch_ < waiting_.size() && batch_ < kRecordsPerRequest && waiting_[batch_].person == person) ++batch_;
    if (faults_.strikes(Fault::kDrop)) return finish(batch_);
    under_way_ = true;
    copies_ = faults_.strikes(Fault::kDuplicate) ? 2 : 1;
    send(person);
  }

  void send(bool person) {
    Json envelope;
    if (options_.avro) {
      envelope["key_schema_id"] = 1;
      envelope["value_schema_id"] = 2;
    }
    for (std::size_t i = 0; i < batch_; ++i) envelope["records"].push_back(waiting_[i].record);
    const std::string body = envelope.dump();
    HttpCallOptions call;
    call.target = options_.target;
    call.segments = {"POST /topics/" + (person ? options_.turnstile_topic : options_.arrivals_topic) +
                         " HTTP/1.1\r\nHost: " + options_.target.authority() +
                         "\r\nConnection: close\r\nContent-Type: application/vnd.kafka." + (options_.avro ? "avro" : "json") +
                         ".v2+json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n",
                     body};
    http_call(loop_, std::move(call), [self = shared_from_this(), person](const HttpReply& reply) {
      if (!self->stopped_) self->answered(reply, person);
    });
  }

  void answered(const HttpReply& reply, bool person) {
    const Json answer = Json::parse(reply.body, nullptr, false);
    if (reply.status != 200 || !answer.is_object() || !answer.contains("offsets")) return failed(reply);
    testify(answer["offsets"]);
    if (--copies_ > 0) return send(person);
    under_way_ = false;
    finish(batch_);
    if (!waiting_.empty()) begin_request();
  }

  void failed(const HttpReply& reply) {
    ++counters_.failed;
    log_limited(LogLevel::kWarn, "upload_failed", "rail",
                {{"status", reply.status}, {"answer", reply.status == 0 ? reply.error : reply.body.substr(0, 80)}});
    // A whole request that is refused for good would be so for ever.
    const bool for_good = reply.status >= 400 && reply.status < 500 && reply.status != 429;
    if (for_good) counters_.refused += batch_;
    if (for_good) finish(batch_);
    repeat_ = std::make_unique<Ticker>(loop_, kRepeatAfter, [this] {
      under_way_ = false;
      return Ticker::Delay(-1);
    });
  }

  void testify(const Json& offsets) {
    for (std::size_t i = 0; i < batch_ && i < offsets.size(); ++i) {
      if (!offsets[i]["error_code"].is_null()) {
        ++counters_.refused;
        continue;
      }
      ++(waiting_[i].person ? counters_.persons : counters_.arrivals);
      waiting_[i].said.sent_at = clock_.wall();
      if (witness_) witness_->write(waiting_[i].said);
    }
  }

  void finish(std::size_t count) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    batch_ = 0;
  }

  boost::asio::io_context& loop_;
  RailGatewayOptions options_;
  std::shared_ptr<Witness> witness_;
  Faults faults_;
  std::chrono::steady_clock::time_point started_;
  SystemClock clock_;
  std::deque<Waiting> waiting_;  // the first batch_ of them are under way
  std::size_t batch_ = 0;
  int copies_ = 0;
  bool under_way_ = false;
  bool stopped_ = false;
  std::uint64_t number_ = 0;
  RailGatewayCounters counters_;
  std::unique_ptr<Ticker> repeat_;
  std::unique_ptr<Ticker> ticker_;
};

RailGateway::RailGateway(boost::asio::io_context& loop, RailGatewayOptions options, std::shared_ptr<Witness> witness)
    : impl_(std::make_shared<Impl>(loop, std::move(options), std::move(witness))) {
  impl_->start();
}
RailGateway::~RailGateway() { impl_->stop(); }
void RailGateway::add(const SeenTrain& train) { impl_->add(train); }
void RailGateway::add(const SeenPersons& persons) { impl_->add(persons); }
bool RailGateway::idle() const { return impl_->idle(); }
RailGatewayCounters RailGateway::counters() const { return impl_->counters(); }
std::string RailGateway::faults_summary() const { return impl_->faults().summary(); }

}  // namespace wayside::sim
