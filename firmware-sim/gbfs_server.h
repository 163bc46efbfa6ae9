#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "firmware-sim/faults.h"
#include "firmware-sim/gbfs_feed.h"

namespace boost::asio {
class io_context;
}

namespace wayside::sim {

struct GbfsServerOptions {
  std::string listen = "127.0.0.1:8070";
  FaultPlan faults;
  std::uint64_t seed = 1;
};

/// Serves a feed over HTTP: /gbfs.json (with the host the client asked for), /NAME.json, /sim/status. Answers with ETag,
/// 304, Cache-Control, gzip where accepted, and with the planned faults (/sim/status never fails).
class GbfsServer {
 public:
  GbfsServer(boost::asio::io_context& loop, GbfsServerOptions options, std::shared_ptr<GbfsFeed> feed);
  ~GbfsServer();
  Status start();
  void stop();
  /// Where clients begin: http://127.0.0.1:8070/gbfs.json, with the port in use.
  std::string url() const;
  /// What struck, for the log at the end.
  std::string faults_summary() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wayside::sim
