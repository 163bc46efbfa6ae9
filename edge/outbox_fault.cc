#include "edge/outbox_fault.h"

#include "common/base/log.h"

namespace wayside::edge {

void OutboxFault::note(const Status& status) {
  if (!status.ok() && why_.empty()) {
    log_error("outbox_fault", {{"error", status.error().message}, {"try", status.error().hint}});
  } else if (status.ok() && !why_.empty()) {
    log_info("outbox_ok", {{"was", why_}});
  }
  why_ = status.ok() ? std::string() : status.error().message;
}

}  // namespace wayside::edge
