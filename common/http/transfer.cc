#include "common/http/transfer.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "common/base/log.h"
#include "common/base/version.h"

namespace wayside {
namespace {

constexpr std::size_t kErrorBodyMax = 4096;
constexpr long kConnectTimeoutS = 15;
constexpr long kSilenceS = 60;
// Of an empty body.
constexpr std::string_view kNothingSha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct CurlDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDeleter>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter>;

/// One try under way; libcurl's callbacks get it.
struct Try {
  const Transfer& transfer;
  CURL* easy = nullptr;
  TransferAnswer answer = {};
  std::int64_t sent = 0;
  bool taken = false;
};

std::size_t on_bytes(char* data, std::size_t, std::size_t size, void* context) {
  Try& current = *static_cast<Try*>(context);
  curl_easy_getinfo(current.easy, CURLINFO_RESPONSE_CODE, &current.answer.status);
  if (!current.answer.good()) {
    std::string& body = current.answer.body;
    body.append(data, std::min(size, kErrorBodyMax - std::min(kErrorBodyMax, body.size())));
  } else if (current.transfer.take) {
    current.taken = true;
    current.transfer.take({data, size});
  }
  return size;
}

std::size_t on_send(char* out, std::size_t, std::size_t size, void* context) {
  Try& current = *static_cast<Try*>(context);
  const ssize_t got = ::pread(current.transfer.upload_fd, out, size, current.sent);
  if (got < 0) return CURL_READFUNC_ABORT;
  current.sent += got;
  return static_cast<std::size_t>(got);
}

int on_seek(void* context, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Try*>(context)->sent = offset;
  return CURL_SEEKFUNC_OK;
}

void add_header(CurlList& headers, const std::string& line) {
  curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
  WAYSIDE_CHECK(longer != nullptr);
  static_cast<void>(headers.release());
  headers.reset(longer);
}

/// The header of the hash is set by hand: this libcurl does not make it, and signs with the hash that stands in it.
void sign(const Transfer& transfer, CURL* easy, CurlList& headers) {
  const S3Account& account = *transfer.s3;
  if (!account.signs()) return;
  curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, ("aws:amz:" + account.region + ":s3").c_str());
  curl_easy_setopt(easy, CURLOPT_USERNAME, account.key_id.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, account.secret.c_str());
  add_header(headers,
             "x-amz-content-sha256: " + (transfer.upload_fd < 0 ? std::string(kNothingSha256) : transfer.upload_sha256));
  if (!account.token.empty()) add_header(headers, "x-amz-security-token: " + account.token);
}

void set_common(const Transfer& transfer, CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_URL, transfer.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, transfer.s3 == nullptr ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, (std::string("wayside/") + kVersion).c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutS);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, kSilenceS);
  // What a store keeps under Content-Encoding is handed over as it lies there.
  if (transfer.s3 == nullptr) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  if (!transfer.range.empty()) curl_easy_setopt(easy, CURLOPT_RANGE, transfer.range.c_str());
}

CURLcode run_once(Try& current) {
  const Transfer& transfer = current.transfer;
  const CurlHandle easy(curl_easy_init());
  WAYSIDE_CHECK(easy != nullptr);
  current.easy = easy.get();
  set_common(transfer, easy.get());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &current);
  if (transfer.upload_fd >= 0) {
    curl_easy_setopt(easy.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer.upload_bytes));
    curl_easy_setopt(easy.get(), CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(easy.get(), CURLOPT_READDATA, &current);
    curl_easy_setopt(easy.get(), CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy.get(), CURLOPT_SEEKDATA, &current);
  }
  CurlList headers;
  if (transfer.s3 != nullptr) sign(transfer, easy.get(), headers);
  if (headers) curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(easy.get());
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &current.answer.status);
  current.easy = nullptr;
  return code;
}

bool passes_by_itself(CURLcode code) {
  constexpr std::array kCodes{CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,  CURLE_OPERATION_TIMEDOUT,
                              CURLE_SEND_ERROR,           CURLE_RECV_ERROR,       CURLE_GOT_NOTHING,
                              CURLE_PARTIAL_FILE,         CURLE_SSL_CONNECT_ERROR};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

bool passes_by_itself(long status) {
  constexpr std::array<long, 6> kStatuses{408, 429, 500, 502, 503, 504};
  return std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
}

std::string environment(const char* name, const char* other = nullptr) {
  const char* value = std::getenv(name);
  if ((value == nullptr || *value == '\0') && other != nullptr) value = std::getenv(other);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

S3Account S3Account::from_environment() {
  S3Account account;
  account.key_id = environment("AWS_ACCESS_KEY_ID");
  account.secret = environment("AWS_SECRET_ACCESS_KEY");
  account.token = environment("AWS_SESSION_TOKEN");
  account.region = environment("AWS_REGION", "AWS_DEFAULT_REGION");
  if (account.region.empty()) account.region = "us-east-1";
  account.endpoint = environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
  while (account.endpoint.ends_with('/')) account.endpoint.pop_back();
  return account;
}

std::string shown_address(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t path = std::min(url.find('/', host), url.size());
  const std::size_t user = url.substr(0, path).rfind('@');
  const std::size_t begin = user == std::string_view::npos || user < host ? host : user + 1;
  return std::string(url.substr(0, host)) + std::string(url.substr(begin));
}

Result<TransferAnswer> run_transfer(const Transfer& transfer, const RetryPauses& pauses) {
  int pause_ms = pauses.first_ms;
  for (int tried = 1;; ++tried, pause_ms = std::min(2 * pause_ms, pauses.most_ms)) {
    Try current{transfer};
    const CURLcode code = run_once(current);
    const bool again = code == CURLE_OK ? passes_by_itself(current.answer.status) : passes_by_itself(code);
    const std::string why = code == CURLE_OK ? "HTTP " + std::to_string(current.answer.status) : curl_easy_strerror(code);
    if (!again || current.taken || tried >= pauses.tries) {
      if (code == CURLE_OK) return std::move(current.answer);
      return Error{shown_address(transfer.url) + ": " + why, "check the address, and that its server can be reached"};
    }
    log_warn("transfer_retried",
             {{"address", shown_address(transfer.url)}, {"reason", why}, {"try", tried}, {"pause_ms", pause_ms}});
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  }
}

}  // namespace wayside
