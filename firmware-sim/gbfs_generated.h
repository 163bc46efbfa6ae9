#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware-sim/gbfs_city.h"
#include "firmware-sim/gbfs_documents.h"
#include "firmware-sim/gbfs_feed.h"

namespace wayside::sim {

struct GbfsGeneratedOptions {
  CityOptions city;
  GbfsVersion version = GbfsVersion::k2_3;
  int ttl_s = 5;
  bool clock_zero = false;  ///< all times count from the start, as if it had been 1970
};

/// The feed of an invented city.
class GbfsGenerated final : public GbfsFeed {
 public:
  GbfsGenerated(const GbfsGeneratedOptions& options, UtcTime start);

  void step(double seconds, UtcTime now) { city_.step(seconds, now); }
  const GbfsCity& city() const { return city_; }

  std::string version() const override { return std::string(to_text(options_.version)); }
  int ttl_s() const override { return options_.ttl_s; }
  std::int64_t last_updated_s() const override;
  std::vector<std::string> names() const override;
  std::shared_ptr<const GbfsDocument> document(std::string_view name, std::string_view held_etag) override;
  std::string status() const override;

 private:
  GbfsHead head() const;

  GbfsGeneratedOptions options_;
  UtcTime start_;
  GbfsCity city_;
  std::shared_ptr<const GbfsDocument> information_;
  std::shared_ptr<const GbfsDocument> system_;
  std::shared_ptr<const GbfsDocument> status_;
  std::uint64_t status_revision_ = 0;
};

}  // namespace wayside::sim
