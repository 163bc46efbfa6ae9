#include "central/event_hub.h"

#include <charconv>

#include "central/answer_format.h"
#include "central/event_encoder.h"
#include "central/json_text.h"
#include "central/station_row.h"
#include "common/base/log.h"
#include "common/contract/reading.h"

namespace wayside::central {
namespace {

/// A snapshot this young is shared by new viewers, who then get the deltas since; a crowd coming back costs one.
constexpr std::int64_t kSnapshotMsMax = 1000;

constexpr const char* kRetry = "retry: 2000\n\n";

std::string delta_json(const Board::Changed& changed, UtcTime now) {
  std::string out = "{";
  append_key(out, "generated_at");
  append_time(out, now);
  append_key(out, "stations");
  out += '[';
  for (const BoardStation* station : changed.stations) {
    append_comma(out);
    append_row(out, *station, now);
  }
  out += ']';
  append_key(out, "removed");
  out += '[';
  for (const std::string& id : changed.removed) {
    append_comma(out);
    append_json_string(out, id);
  }
  return out += "]}";
}

std::string snapshot_json(const Board& board, const std::string& database_id, UtcTime now) {
  std::string out = "{";
  append_key(out, "generated_at");
  append_time(out, now);
  append_key(out, "database_id");
  append_json_string(out, database_id);
  append_key(out, "stations");
  out += '[';
  for (const auto& [id, station] : board.stations()) {
    append_comma(out);
    append_row(out, *station, now);
  }
  return out += "]}";
}

}  // namespace

const EventHub::Bytes& EventHub::Delta::as(bool gzip) {
  if (!gzip) return bytes;
  if (gzipped == nullptr) gzipped = std::make_shared<const std::string>(gzip_stream_part(*bytes));
  return gzipped;
}

EventHub::Bytes EventHub::frame(const char* name, std::uint64_t event, const std::string& data) const {
  std::string out = "id: " + options_.database_id + "-" + std::to_string(event) + "\nevent: " + name + "\ndata: ";
  out.append(data).append("\n\n");
  return std::make_shared<const std::string>(std::move(out));
}

/// The number behind the id, when all deltas above it are still kept.
std::optional<std::uint64_t> EventHub::resumable(const std::string& last_event_id) const {
  const std::size_t dash = last_event_id.rfind('-');
  if (dash == std::string::npos || last_event_id.compare(0, dash, options_.database_id) != 0) return std::nullopt;
  std::uint64_t event = 0;
  const char* end = last_event_id.data() + last_event_id.size();
  const auto parsed = std::from_chars(last_event_id.data() + dash + 1, end, event);
  if (parsed.ec != std::errc() || parsed.ptr != end || event > event_) return std::nullopt;
  if (event == event_) return event;
  if (kept_.empty() || event + 1 < kept_.front().event) return std::nullopt;
  return event;
}

EventHub::Delta& EventHub::snapshot(UtcTime now) {
  const bool young = snapshot_.bytes != nullptr && now.ms - snapshot_at_.ms < kSnapshotMsMax && now >= snapshot_at_ &&
                     (snapshot_.event == event_ || (!kept_.empty() && kept_.front().event <= snapshot_.event + 1));
  if (!young) {
    flush(now);  // what the snapshot shows must not come again as the first delta
    snapshot_ = {event_, frame("snapshot", event_, snapshot_json(board_, options_.database_id, now))};
    snapshot_at_ = now;
  }
  return snapshot_;
}

bool EventHub::add_viewer(const std::shared_ptr<HttpExchange>& exchange, const std::string& last_event_id, HttpHeaders headers,
                          UtcTime now) {
  if (viewers_.size() >= options_.viewers_max) {
    ++counters_.refused_total;
    return false;
  }
  // Before it counts as a viewer: making the snapshot may flush a delta, which is not for it.
  const auto resumed = resumable(last_event_id);
  const bool gzip = takes_coding(exchange->request(), "gzip");
  const std::uint64_t from = resumed ? *resumed : snapshot(now).event;
  const auto viewer = viewers_.insert(viewers_.end(), {exchange, gzip, 0});
  exchange->on_closed([this, viewer] { viewers_.erase(viewer); });
  exchange->on_drained([viewer] { viewer->grace_bytes = 0; });
  HttpResponse head;
  head.content_type = "text/event-stream";
  head.headers = std::move(headers);
  head.body = kRetry;
  if (gzip) {
    head.headers.emplace_back("Content-Encoding", "gzip");
    head.body = gzip_stream_head() + gzip_stream_part(kRetry);
  }
  head.headers.emplace_back("Vary", "Accept-Encoding");
  exchange->start_stream(std::move(head));
  ++counters_.viewers_total;
  if (!resumed) exchange->send(snapshot_.as(gzip));
  ++(resumed ? counters_.resumed_total : counters_.snapshots_total);
  for (Delta& delta : kept_) {
    if (delta.event > from) exchange->send(delta.as(gzip));
  }
  viewer->grace_bytes = exchange->queued_bytes();
  return true;
}

void EventHub::keep(Delta delta) {
  kept_bytes_ += delta.bytes->size();
  kept_.push_back(std::move(delta));
  while (kept_.size() > options_.kept_deltas_max || (kept_bytes_ > options_.kept_bytes_max && kept_.size() > 1)) {
    kept_bytes_ -= kept_.front().bytes->size();
    kept_.pop_front();
  }
}

void EventHub::flush(UtcTime now) {
  const Board::Changed changed = board_.take_changed();
  if (changed.empty()) return;
  const Bytes bytes = frame("delta", ++event_, delta_json(changed, now));
  ++counters_.deltas_total;
  Delta delta{event_, bytes};
  send_all(delta);
  keep(std::move(delta));
}

void EventHub::keep_alive() {
  static Delta comment{0, std::make_shared<const std::string>(": keep-alive\n\n")};
  send_all(comment);
}

void EventHub::send_all(Delta& delta) {
  for (auto viewer = viewers_.begin(); viewer != viewers_.end();) {
    const auto next = std::next(viewer);
    if (viewer->exchange->queued_bytes() > options_.queue_bytes_max + viewer->grace_bytes) {
      ++counters_.slow_dropped_total;
      log_limited(LogLevel::kWarn, "viewer_dropped", "slow",
                  {{"remote", viewer->exchange->request().remote}, {"why", "does not keep up"}});
      const auto exchange = viewer->exchange;  // abort calls on_closed, which erases the viewer
      exchange->abort();
    } else {
      viewer->exchange->send(delta.as(viewer->gzip));
    }
    viewer = next;
  }
}

void EventHub::close() {
  const std::list<Viewer> viewers = viewers_;  // abort changes the list
  for (const Viewer& viewer : viewers) viewer.exchange->abort();
}

EventHubCounters EventHub::counters() const {
  EventHubCounters counters = counters_;
  counters.viewers = viewers_.size();
  return counters;
}

}  // namespace wayside::central
