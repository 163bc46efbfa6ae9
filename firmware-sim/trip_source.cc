#include "firmware-sim/trip_source.h"

#include <curl/curl.h>

#include <cstdlib>
#include <fstream>
#include <memory>

namespace wayside::sim {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string region() {
  const std::string set = environment("AWS_REGION");
  return set.empty() ? "us-east-1" : set;
}

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t on_bytes(char* data, std::size_t, std::size_t size, void* reader) {
  static_cast<TripReader*>(reader)->feed({data, size});
  return size;
}

void sign(CURL* curl, std::unique_ptr<curl_slist, CurlDeleter>& headers) {
  const std::string id = environment("AWS_ACCESS_KEY_ID");
  const std::string secret = environment("AWS_SECRET_ACCESS_KEY");
  if (id.empty() || secret.empty()) return;
  curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, ("aws:amz:" + region() + ":s3").c_str());
  curl_easy_setopt(curl, CURLOPT_USERPWD, (id + ":" + secret).c_str());
  // Of an empty body; S3 asks for the header, which this libcurl does not make by itself.
  headers.reset(curl_slist_append(headers.release(),
                                  "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  const std::string token = environment("AWS_SESSION_TOKEN");
  if (!token.empty()) headers.reset(curl_slist_append(headers.release(), ("x-amz-security-token: " + token).c_str()));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
}

Status fetch(const std::string& url, bool s3, TripReader& reader) {
  const std::unique_ptr<CURL, CurlDeleter> curl(curl_easy_init());
  WAYSIDE_CHECK(curl != nullptr);
  std::unique_ptr<curl_slist, CurlDeleter> headers;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 15L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, 30L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reader);
  if (s3) sign(curl.get(), headers);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  const std::string why = status >= 400 ? "HTTP " + std::to_string(status) : curl_easy_strerror(code);
  return Error{"trips: " + url + ": " + why, "the address of a CSV file"};
}

}  // namespace

Result<std::string> s3_address(const std::string& source, const std::string& endpoint, const std::string& region) {
  const std::string rest = source.substr(5);  // behind s3://
  const std::size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == rest.size()) {
    return Error{"trips: names no object (got " + source + ")", "s3://bucket/path/file.csv"};
  }
  const std::string bucket = rest.substr(0, slash);
  const std::string key = rest.substr(slash + 1);
  if (!endpoint.empty()) return endpoint + "/" + bucket + "/" + key;
  // Bucket names with dots do not fit the certificate of the bucket's own host.
  if (bucket.find('.') != std::string::npos) return "https://s3." + region + ".amazonaws.com/" + bucket + "/" + key;
  return "https://" + bucket + ".s3." + region + ".amazonaws.com/" + key;
}

Result<TripHistory> read_trips(const std::string& source) {
  TripReader reader;
  if (source.starts_with("s3://")) {
    auto url = s3_address(source, environment("AWS_ENDPOINT_URL"), region());
    if (!url) return std::move(url).error();
    WAYSIDE_TRY(fetch(*url, true, reader));
  } else if (source.starts_with("http://") || source.starts_with("https://")) {
    WAYSIDE_TRY(fetch(source, false, reader));
  } else {
    std::ifstream file(source, std::ios::binary);
    if (!file) return Error{"trips: cannot be read (got " + source + ")", "a CSV file, https://…, s3://bucket/key"};
    char bytes[64 * 1024];
    while (file.read(bytes, sizeof bytes) || file.gcount() > 0) reader.feed({bytes, static_cast<std::size_t>(file.gcount())});
  }
  return reader.finish();
}

}  // namespace wayside::sim
