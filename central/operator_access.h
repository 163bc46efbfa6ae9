#pragma once

#include <optional>

#include "common/http/server.h"

namespace wayside::central {

/// Who may change something over HTTP: nobody until `http.operator_actions` is set, then a program or page on central's own
/// machine, also through `ssh -L`. Nothing when the request may pass; else the answer, which says what is wrong.
///
/// - The peer is a loopback address and no proxy has passed the request on (a proxy on this machine would make everybody
///   local, and not every one adds a header: hence the setting).
/// - Header X-Wayside-Operator is there. A page of another site cannot send it: browsers ask first (CORS), and central
///   never allows it.
/// - Host is a loopback name, so that a foreign name that resolves to 127.0.0.1 (DNS rebinding) gets nowhere; Origin and
///   Sec-Fetch-Site, where a browser sends them, name this page.
std::optional<HttpResponse> refuse_operator(const HttpRequest& request, bool allowed);

}  // namespace wayside::central
