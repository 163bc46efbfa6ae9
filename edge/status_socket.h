#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/contract/message.h"
#include "edge/refusals.h"

namespace boost::asio {
class io_context;
}

namespace wayside::edge {

/// A Unix socket that answers each connection with one JSON document and closes: what `wayside-agent status` reads.
/// Only the agent's own user may connect.
class StatusSocket {
 public:
  StatusSocket();
  ~StatusSocket();
  Status listen(boost::asio::io_context& loop, const std::string& path, std::function<std::string()> compose);
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

std::string compose_status(const AgentHealth& health, bool online, std::size_t in_flight, const Refusals& refusals);
/// The JSON of a running agent; an error when none listens on `path`.
Result<std::string> fetch_status(const std::string& path);
/// The document as a person reads it.
std::string format_status(const std::string& json);

}  // namespace wayside::edge
