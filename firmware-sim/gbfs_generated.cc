#include "firmware-sim/gbfs_generated.h"

namespace wayside::sim {
namespace {

std::shared_ptr<const GbfsDocument> make_document(std::string body, const std::string& tag) {
  return std::make_shared<const GbfsDocument>(GbfsDocument{std::move(body), "\"" + tag + "\""});
}

}  // namespace

GbfsGenerated::GbfsGenerated(const GbfsGeneratedOptions& options, UtcTime start)
    : options_(options), start_(start), city_(options.city, start) {
  const std::string tag = std::to_string(start_.ms);
  information_ = make_document(station_information(head(), city_.stations()), tag + "-info");
  system_ = make_document(system_information(head()), tag + "-system");
}

GbfsHead GbfsGenerated::head() const {
  return {options_.version, city_.last_changed().seconds(), options_.ttl_s, options_.clock_zero ? -start_.seconds() : 0};
}

std::int64_t GbfsGenerated::last_updated_s() const {
  return city_.last_changed().seconds() + (options_.clock_zero ? -start_.seconds() : 0);
}

std::vector<std::string> GbfsGenerated::names() const {
  return {"system_information", "station_information", "station_status"};
}

std::shared_ptr<const GbfsDocument> GbfsGenerated::document(std::string_view name, std::string_view) {
  if (name == "station_information") return information_;
  if (name == "system_information") return system_;
  if (name != "station_status") return nullptr;
  if (status_revision_ != city_.revision()) {
    status_revision_ = city_.revision();
    status_ = make_document(station_status(head(), city_.stations()),
                            std::to_string(start_.ms) + "-" + std::to_string(status_revision_));
  }
  return status_;
}

std::string GbfsGenerated::status() const {
  return "{\"source\":\"generated\",\"stations\":" + std::to_string(city_.stations().size()) +
         ",\"revision\":" + std::to_string(city_.revision()) + ",\"bikes_total\":" + std::to_string(city_.bikes_total()) +
         ",\"bikes_under_way\":" + std::to_string(city_.bikes_under_way()) + "}";
}

}  // namespace wayside::sim
