#include "edge/http_fetch.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <strings.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "common/base/version.h"

namespace wayside::edge {
namespace {

/// libcurl's functions, found at run time.
struct CurlLibrary {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;

  static Result<const CurlLibrary*> load();
};

Result<const CurlLibrary*> CurlLibrary::load() {
  static CurlLibrary library;
  if (library.easy_init != nullptr) return &library;
  void* handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return Error{std::string("loading libcurl: ") + dlerror(), "apt install libcurl4"};
  bool complete = true;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    complete = complete && function != nullptr;
  };
  find(library.global_init, "curl_global_init");
  find(library.easy_cleanup, "curl_easy_cleanup");
  find(library.easy_reset, "curl_easy_reset");
  find(library.easy_setopt, "curl_easy_setopt");
  find(library.easy_perform, "curl_easy_perform");
  find(library.easy_getinfo, "curl_easy_getinfo");
  find(library.easy_strerror, "curl_easy_strerror");
  find(library.slist_append, "curl_slist_append");
  find(library.slist_free_all, "curl_slist_free_all");
  find(library.easy_init, "curl_easy_init");
  if (!complete || library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    library.easy_init = nullptr;
    return Error{"loading libcurl: this libcurl.so.4 lacks a function", "apt install libcurl4"};
  }
  return &library;
}

struct Answering {
  FetchAnswer answer;
  std::size_t bytes_max = 0;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
  auto& answering = *static_cast<Answering*>(context);
  if (answering.answer.body.size() + size > answering.bytes_max) return 0;  // makes the transfer fail
  answering.answer.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
  auto& answer = static_cast<Answering*>(context)->answer;
  const std::string_view line(data, size);
  const auto value_of = [&line](std::string_view name) -> std::optional<std::string> {
    if (line.size() <= name.size() || strncasecmp(line.data(), name.data(), name.size()) != 0) return std::nullopt;
    const std::string_view rest = line.substr(name.size());
    const std::size_t begin = rest.find_first_not_of(' ');
    const std::size_t end = rest.find_last_not_of("\r\n ");
    return begin == std::string_view::npos || end < begin ? std::string() : std::string(rest.substr(begin, end - begin + 1));
  };
  if (line.starts_with("HTTP/")) answer = FetchAnswer{};  // a redirect's headers are not the answer's
  if (auto etag = value_of("etag:")) answer.etag = *etag;
  return size;
}

class CurlFetcher final : public HttpFetcher {
 public:
  CurlFetcher(boost::asio::io_context& loop, const CurlLibrary& library, std::string ca_file)
      : loop_(loop), curl_(library), ca_file_(std::move(ca_file)), thread_([this] { run(); }) {}

  ~CurlFetcher() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();  // a transfer in progress sees stopping_ within a second
  }

  void fetch(FetchRequest request, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      queue_.emplace_back(std::move(request), std::move(done));
    }
    wake_.notify_all();
  }

 private:
  void run() {
    CURL* easy = curl_.easy_init();
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) break;
      auto [request, done] = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      auto result = std::make_shared<Result<FetchAnswer>>(perform(easy, request));
      lock.lock();
      if (stopping_) break;
      boost::asio::post(loop_, [done = std::move(done), result] { done(std::move(*result)); });
    }
    curl_.easy_cleanup(easy);
  }

  static int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& self = *static_cast<CurlFetcher*>(context);
    const std::lock_guard lock(self.mutex_);
    return self.stopping_ ? 1 : 0;
  }

  Result<FetchAnswer> perform(CURL* easy, const FetchRequest& request) {
    Answering answering;
    answering.bytes_max = request.bytes_max;
    curl_.easy_reset(easy);  // keeps the connection for the next poll
    curl_slist* headers = nullptr;
    if (!request.if_none_match.empty()) {
      headers = curl_.slist_append(headers, ("If-None-Match: " + request.if_none_match).c_str());
    }
    curl_.easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_.easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_.easy_setopt(easy, CURLOPT_USERAGENT, (std::string("wayside-agent/") + kVersion).c_str());
    curl_.easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_.easy_setopt(easy, CURLOPT_MAXREDIRS, 5L);
    curl_.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_.easy_setopt(easy, CURLOPT_TIMEOUT, static_cast<long>(request.timeout_s));
    curl_.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_.easy_setopt(easy, CURLOPT_WRITEDATA, &answering);
    curl_.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_.easy_setopt(easy, CURLOPT_HEADERDATA, &answering);
    curl_.easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_.easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_.easy_setopt(easy, CURLOPT_XFERINFODATA, this);
    if (!ca_file_.empty()) curl_.easy_setopt(easy, CURLOPT_CAINFO, ca_file_.c_str());
    const CURLcode code = curl_.easy_perform(easy);
    curl_.slist_free_all(headers);
    if (code == CURLE_WRITE_ERROR) return Error{"the answer is too large", ""};
    if (code != CURLE_OK) return Error{curl_.easy_strerror(code), ""};
    long status = 0;
    curl_.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answering.answer.status = static_cast<int>(status);
    curl_off_t wait_s = 0;  // from a number of seconds or from a date
    curl_.easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s);
    if (wait_s > 0) answering.answer.retry_after_s = static_cast<std::uint32_t>(std::min<curl_off_t>(wait_s, 86'400));
    return std::move(answering.answer);
  }

  boost::asio::io_context& loop_;
  const CurlLibrary& curl_;
  std::string ca_file_;
  std::mutex mutex_;  // guards queue_ and stopping_
  std::condition_variable wake_;
  std::deque<std::pair<FetchRequest, Done>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::string url_for_people(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find_first_of("?#", begin), url.size());
  const std::size_t host_end = std::min(url.find('/', begin), end);
  const std::size_t at = url.rfind('@', host_end);
  const bool has_user = at != std::string::npos && at >= begin && at < host_end;
  return url.substr(0, begin) + url.substr(has_user ? at + 1 : begin, end - (has_user ? at + 1 : begin));
}

Result<std::unique_ptr<HttpFetcher>> make_curl_fetcher(boost::asio::io_context& loop, const std::string& ca_file) {
  auto library = CurlLibrary::load();
  if (!library) return std::move(library).error();
  return std::unique_ptr<HttpFetcher>(std::make_unique<CurlFetcher>(loop, **library, ca_file));
}

}  // namespace wayside::edge
