#include "firmware-sim/witness.h"

#include <nlohmann/json.hpp>

namespace wayside::sim {

Result<std::shared_ptr<Witness>> Witness::open(const std::string& path) {
  std::ofstream file(path, std::ios::app);
  if (!file) return Error{"--witness: cannot be written (got " + path + ")", "a path in a folder that exists"};
  return std::shared_ptr<Witness>(new Witness(std::move(file)));
}

std::string to_json(const WitnessLine& line) {
  nlohmann::ordered_json json;
  json["device"] = line.device;
  json["dialect"] = line.dialect;
  json["n"] = line.number;
  json["sent_at"] = format_rfc3339(line.sent_at);
  json["observed_at"] = nullptr;
  if (!line.observed_at.empty()) json["observed_at"] = line.observed_at;
  json["values"] = nlohmann::ordered_json::parse(line.values);
  return json.dump();
}

void Witness::write(const WitnessLine& line) { file_ << to_json(line) << '\n' << std::flush; }

}  // namespace wayside::sim
