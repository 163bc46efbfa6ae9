#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/http/server.h"

namespace boost::asio::ssl {
class context;
}

namespace wayside {

/// One open connection, as the server sees it.
class HttpSession {
 public:
  virtual ~HttpSession() = default;
  virtual void drop() = 0;
};

/// What sessions share with their server.
struct HttpServerCore {
  HttpServerOptions options;
  HttpHandler handler;
  HttpServerCounters counters;
  std::set<HttpSession*> open;
  std::map<std::string, std::size_t> open_by_address;
};

/// Serves the connection until it ends; `tls` may be null. The session keeps `server` alive.
void start_http_session(std::shared_ptr<HttpServerCore> server, boost::asio::ip::tcp::socket socket,
                        boost::asio::ssl::context* tls);

}  // namespace wayside
