#include "bridge/receipt_merger.h"

#include "common/contract/names.h"

namespace wayside::bridge {
namespace {

using Ranges = std::map<std::string, RangeSet, std::less<>>;

RangeSet& ranges_of(Ranges& stations, std::string_view station_id) {
  const auto found = stations.find(station_id);
  return found != stations.end() ? found->second : stations[std::string(station_id)];
}

}  // namespace

Receipt& ReceiptMerger::receipt(std::string_view agent, std::string_view epoch) {
  if (last_ == nullptr || last_key_->first != agent || last_key_->second != epoch) {
    const auto entry = receipts_.try_emplace(AgentEpoch(agent, epoch)).first;
    entry->second.epoch = epoch;
    last_key_ = &entry->first;
    last_ = &entry->second;
  }
  return *last_;
}

void ReceiptMerger::delivered(std::string_view agent, std::string_view epoch, std::string_view station_id, std::uint64_t seq) {
  ranges_of(receipt(agent, epoch).stations, station_id).insert(seq);
}

void ReceiptMerger::refused(std::string_view agent, std::string_view epoch, std::string_view station_id, std::uint64_t seq) {
  Receipt& all = receipt(agent, epoch);
  if (const auto found = all.stations.find(station_id); found != all.stations.end()) {
    found->second.erase(SeqRange{seq, seq});
    if (found->second.empty()) all.stations.erase(found);
  }
  ranges_of(all.refused, station_id).insert(seq);
}

void ReceiptMerger::answer_health(std::string_view agent) {
  if (!health_.contains(agent)) health_.emplace(agent);
}

std::vector<ReceiptMerger::Outgoing> ReceiptMerger::encode(std::optional<UtcTime> now, std::uint32_t backlog_per_s) const {
  std::vector<Outgoing> out;
  const auto add = [&out](const std::string& agent, const Receipt& receipt) {
    for (std::string& text : encode_receipt(receipt)) out.push_back({receipts_topic(agent), std::move(text)});
  };
  for (const auto& [key, receipt] : receipts_) add(key.first, receipt);
  Receipt answer;
  answer.now = now;
  if (backlog_per_s != 0) answer.backlog_per_s = backlog_per_s;
  for (const std::string& agent : health_) add(agent, answer);
  return out;
}

void ReceiptMerger::clear() {
  receipts_.clear();
  health_.clear();
  last_key_ = nullptr;
  last_ = nullptr;
}

}  // namespace wayside::bridge
