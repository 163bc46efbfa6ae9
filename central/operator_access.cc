#include "central/operator_access.h"

#include <array>

#include "central/answer.h"

namespace wayside::central {
namespace {

bool is_loopback(std::string_view address) {
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  return address.starts_with("127.") || address == "::1";
}

/// Without its port.
bool is_local_name(std::string_view host) {
  if (host.starts_with("[")) return host.starts_with("[::1]");
  host = host.substr(0, host.rfind(':'));
  return host == "localhost" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool came_through_a_proxy(const HttpRequest& request) {
  for (const std::string_view name : {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"}) {
    if (!request.header(name).empty()) return true;
  }
  return false;
}

bool is_own_page(const HttpRequest& request) {
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return true;
  const std::size_t host = origin.find("://");
  return host != std::string_view::npos && origin.substr(host + 3) == request.header("host");
}

}  // namespace

std::optional<HttpResponse> refuse_operator(const HttpRequest& request, bool allowed) {
  constexpr std::string_view kTitle = "Not allowed";
  if (!allowed) {
    return problem(403, kTitle,
                   "http.operator_actions is off; set it to true in central's settings where every user of its machine may do "
                   "this and no reverse proxy there passes requests on unmarked");
  }
  if (!is_loopback(request.remote) || came_through_a_proxy(request) || !is_local_name(request.header("host"))) {
    return problem(403, kTitle,
                   "only from central's own machine, by a loopback address; from another one: ssh -L 8080:127.0.0.1:8080 "
                   "and http://localhost:8080/");
  }
  if (request.header("x-wayside-operator").empty()) return problem(403, kTitle, "header X-Wayside-Operator is missing");
  if (!is_own_page(request)) return problem(403, kTitle, "another site's page has sent this");
  return std::nullopt;
}

}  // namespace wayside::central
